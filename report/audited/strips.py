"""A figure of strips: a row for each class, a column for each measure, a dot for each image of a bounded sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from report.audited.audit_images import COLOURS, AuditImages
from report.chapters.figure_style import CURVE, DOTS_PER_INCH, POINTS, QUIET, short

MOST_CLASSES = 20  # rows of a figure: the classes of most images
MOST_DOTS = 1000  # images drawn, and as many patients, shared among the classes
ROW, COLUMN, MARGIN = 0.46, 1.75, 1.2  # inches
DECADE = 10  # times the lowest value; a scale of less has no need to be logarithmic
BAND = 0.28  # of a row, on either side of its middle, over which dots are spread


@dataclass(frozen=True)
class Strip:
    """One measure of images, a column of the figure."""

    column: str
    title: str
    logarithmic: bool = False  # where it spans more than a decade


def drawn_classes(images: AuditImages) -> list[str]:
    """The classes that have a row, in order of name."""
    return sorted(images.most_frequent[:MOST_CLASSES])


def sample_of(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most so many rows, spread evenly over the images in order of name."""
    if len(table) <= most:
        return table
    places = np.linspace(0, len(table) - 1, most).round().astype(int)  # (most,)
    return table.sort_values("image").iloc[places]


def patient_means(table: pd.DataFrame, column: str) -> np.ndarray:
    """The mean of each known patient's images, (patients,), those of NaN left out."""
    known = table[table["patient"] != ""]
    means = known.groupby("patient")[column].mean()
    return means.dropna().to_numpy()


def strips_figure(images: AuditImages, strips: Sequence[Strip], title: str, swatches: bool = False) -> Figure:
    """Draw the strips; with swatches each class begins with a field of its mean colour."""
    classes = drawn_classes(images)
    height = ROW * len(classes) + 1.4
    figure = Figure(figsize=(COLUMN * len(strips) + MARGIN, height), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    columns = figure.subplots(1, len(strips), sharey=True, squeeze=False)[0]
    for axes, strip in zip(columns, strips, strict=True):
        for row, name in enumerate(classes):
            draw_row(axes, row, images.of_class(name), strip, MOST_DOTS // len(classes))
        finish_strip(axes, strip)
    columns[0].set_yticks(range(len(classes)), [short(name) for name in classes])
    columns[0].set_ylim(len(classes) - 0.5, -0.5)
    if swatches:
        draw_swatches(columns[0], [mean_colour(images.of_class(name)) for name in classes])
    figure.suptitle(title, fontsize=11)
    return figure


def draw_row(axes: Axes, row: int, table: pd.DataFrame, strip: Strip, most: int) -> None:
    """Images in grey, patients' means above them, the mean of the class and a standard deviation either way."""
    known = table.dropna(subset=[strip.column])
    values = known[strip.column]
    if values.empty:
        axes.text(0.5, row, "not known", transform=axes.get_yaxis_transform(), ha="center", va="center", color=QUIET)
        return
    dots = sample_of(known, most)[strip.column].to_numpy()  # (dots,)
    axes.plot(dots, row + spread(len(dots)), ".", color=QUIET, alpha=0.6, markersize=5, markeredgewidth=0)
    patients = patient_means(table, strip.column)[:most]
    axes.plot(patients, row + spread(len(patients)), "o", color=POINTS[0], markeredgecolor="white", markersize=5)
    mean, deviation = float(values.mean()), float(values.std(ddof=0))
    below = min(deviation, mean - values.min())  # not past any image
    above = min(deviation, values.max() - mean)
    axes.errorbar(mean, row, xerr=[[below], [above]], fmt="D", color=CURVE, markersize=5, linewidth=2, capsize=4)


def spread(count: int) -> np.ndarray:
    """Heights that part dots of a row, (count,): the same for the same count, in no order that the eye would see."""
    golden = 0.6180339887
    return BAND * (2 * (np.arange(1, count + 1) * golden % 1) - 1)


def finish_strip(axes: Axes, strip: Strip) -> None:
    """Title, scale and grid."""
    lowest, highest = axes.dataLim.intervalx
    if strip.logarithmic and highest > DECADE * lowest > 0:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=6))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel(strip.title, fontsize=9)
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.7)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)


def mean_colour(table: pd.DataFrame) -> tuple[float, ...]:
    """The mean colour of some images, each channel in [0, 1]; grey where it is not known."""
    means = table[list(COLOURS)].mean().fillna(128).clip(0, 255) / 255
    return tuple(means.tolist())


def draw_swatches(axes: Axes, colours: Sequence[tuple[float, ...]]) -> None:
    """A field of the mean colour between the name of each class and its strip."""
    for row, colour in enumerate(colours):
        field: dict[str, Any] = {
            "transform": axes.get_yaxis_transform(),
            "clip_on": False,
            "edgecolor": QUIET,
            "linewidth": 0.6,
        }
        axes.barh(row, 0.1, left=-0.13, height=0.7, color=[colour], **field)
    axes.tick_params(axis="y", pad=20)


def strips_words(images: AuditImages) -> str:
    """What a dot, a circle and a bar are, and which images are drawn."""
    words = "Diamond and bar: mean of the class and a standard deviation either way. Grey dots: images"
    drawn = drawn_classes(images)
    if len(images.table) > MOST_DOTS:
        words += f", {MOST_DOTS // len(drawn)} of each class at most, spread evenly over their names"
    if (images.table["patient"] != "").any():
        words += "; orange circles: means of patients"
    if len(drawn) < len(images.classes):
        words += f". The {len(drawn)} of {len(images.classes)} classes that have most images are drawn"
    return words + "."
