"""How images of each class are coloured and stored: shares, mean colour, file."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from report.audited.audit_images import COLOURS, AuditImages
from report.audited.strips import Strip, drawn_classes, strips_figure, strips_words
from report.chapters.figure_style import CURVE, canvas, short
from report.section import Cell, MeanAndStd, Number, Picture, Section

COLOUR_STRIPS = tuple(Strip(channel, f"mean {channel}") for channel in COLOURS)
FILE_STRIPS = (
    Strip("jpeg_quality", "JPEG quality"),
    Strip("former_quality", "former JPEG quality"),
    Strip("pixels", "pixels", logarithmic=True),
    Strip("bytes_per_pixel", "bytes a pixel", logarithmic=True),
    Strip("ends", "values at 0 or 255, %"),
)
DECIMALS = {"bytes_per_pixel": 2, "ends": 2, "pixels": 0}  # of a mean; one of the others
NAMED = 10  # classes in the text of a figure


def shares_section(images: AuditImages) -> Section:
    """How many images and patients each class has."""
    rows: dict[str, dict[str, Cell]] = {}
    for name in images.classes:
        own = images.of_class(name)
        patients = own.loc[own["patient"] != "", "patient"].nunique()
        share = Number(len(own) / len(images.table), 1, unit=100)
        rows[name] = {"images": len(own), "% of images": share, "known patients": int(patients)}
    cells = pd.DataFrame(rows).T.rename_axis("class")
    shares = [f"{name} {cells.loc[name, '% of images']} %" for name in images.most_frequent[:NAMED]]
    picture = Picture(
        "audit-shares",
        lambda: shares_figure(images),
        "Share of each class among the images.",
        f"Bars of the class shares: {', '.join(shares)}.",
    )
    sentence = (
        "Answering the most frequent class is right as often as its share: that is what a probe, and a model, must be "
        "better than."
    )
    return Section("audit-class-shares", "Class shares", sentence, cells, at_length=True, picture=picture)


def shares_figure(images: AuditImages) -> Figure:
    """A bar for each class, those of most images where there are many."""
    classes = drawn_classes(images)
    counts = np.array([len(images.of_class(name)) for name in classes])  # (classes,)
    shares = 100 * counts / len(images.table)  # (classes,)
    rows = range(len(classes))
    figure, axes = canvas(4.6, 0.34 * len(classes) + 0.9)
    axes.barh(rows, shares, color=CURVE, height=0.62)
    gap = 0.015 * shares.max()
    for row, share in zip(rows, shares, strict=True):
        axes.text(share + gap, row, f"{share:.1f} %", va="center", fontsize=9)
    axes.set_yticks(rows, [short(name) for name in classes])
    axes.set(ylim=(len(classes) - 0.5, -0.5), xlim=(0, 1.18 * shares.max()), xlabel="% of the images")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def colour_section(images: AuditImages) -> Section:
    """Mean colour by class with its spread."""
    picture = Picture(
        "audit-colour",
        lambda: strips_figure(images, COLOUR_STRIPS, "Mean colour of each image, by class", swatches=True),
        f"The field beside a class has its mean colour. {strips_words(images)}",
        f"Mean colour by class, red, green and blue: {means_words(images, COLOURS)}.",
    )
    sentence = (
        "Means over the pixels of an image, 0 to 255; mean ± standard deviation over the images of a class. Classes "
        "that lie apart here can be told apart without looking at tissue. That may be biology: mucus and fat are "
        "pale, lymphocytes dark."
    )
    cells = means_table(images, [Strip(channel, channel) for channel in COLOURS])
    return Section("audit-colour", "Colour by class", sentence, cells, at_length=True, picture=picture)


def file_section(images: AuditImages) -> Section | None:
    """JPEG quality, size and the ends of the range by class; None where all of these are the same for all images."""
    varying = [strip for strip in FILE_STRIPS if images.varies(strip.column)]
    if not varying:
        return None
    columns = [strip.column for strip in varying]
    picture = Picture(
        "audit-files",
        lambda: strips_figure(images, varying, "How each image is stored, by class"),
        strips_words(images),
        f"{', '.join(strip.title for strip in varying)} by class: {means_words(images, columns)}.",
    )
    same = [strip.title for strip in FILE_STRIPS if strip not in varying]
    left_out = f" Not shown, since it is unknown or the same for all images: {', '.join(same)}." if same else ""
    sentence = (
        "Mean ± standard deviation over the images of a class. The quality of a JPEG is estimated from its tables, "
        "that of a former one from traces in the pixels. Of these only bytes and the ends of the range may follow the "
        f"tissue: where classes lie apart, look into how the images were saved.{left_out}"
    )
    cells = means_table(images, varying)
    return Section("audit-files", "Files by class", sentence, cells, at_length=True, picture=picture)


def means_table(images: AuditImages, strips: list[Strip] | tuple[Strip, ...]) -> pd.DataFrame:
    """Mean and standard deviation of each measure, a row for each class."""
    rows = {}
    for name in images.classes:
        own = images.of_class(name)
        rows[name] = {strip.title: spread_of(own[strip.column], strip.column) for strip in strips}
    return pd.DataFrame(rows).T.rename_axis("class")


def spread_of(values: pd.Series, column: str) -> MeanAndStd:
    """Mean and standard deviation of what is known."""
    known = values.dropna()
    if known.empty:
        return MeanAndStd(np.nan, np.nan)
    return MeanAndStd(float(known.mean()), float(known.std(ddof=0)), DECIMALS.get(column, 1))


def means_words(images: AuditImages, columns: tuple[str, ...] | list[str]) -> str:
    """The means of the first classes in words."""
    words = []
    for name in images.most_frequent[:NAMED]:
        own = images.of_class(name)
        means = [str(spread_of(own[column], column)).split(" ")[0] for column in columns]
        words.append(f"{name} {', '.join(means)}")
    left = len(images.classes) - NAMED
    return "; ".join(words) + (f"; and {left} more classes" if left > 0 else "")
