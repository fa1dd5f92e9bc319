"""Images at the ends of what an audit measures, as small copies: what a table cannot show."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from report.audited.audit_images import COLOURS, AuditImages
from report.section import Section, Thumb

MOST_CLASSES = 10  # of which images are shown: those of most images
ENDS = {  # of all images together: what the lowest and the highest are called
    "pixels": ("fewest pixels", "most pixels"),
    "jpeg_quality": ("lowest JPEG quality", "highest JPEG quality"),
    "ends": (None, "most values at 0 or 255"),
}


@dataclass(frozen=True)
class Extreme:
    """An image and what it is the extreme of."""

    image: str
    label: str
    title: str
    colour: tuple[float, ...]  # means of red, green and blue


def extremes(images: AuditImages) -> list[Extreme]:
    """Of each class the darkest image, the one nearest to its median colour, and the lightest; then ends of the files.

    Of equal ones the first by name.
    """
    in_order = images.table.sort_values("image", kind="stable")
    chosen = []
    for name in sorted(images.most_frequent[:MOST_CLASSES]):
        chosen += of_class(in_order[in_order["label"] == name], name)
    for column, titles in ENDS.items():
        if images.varies(column):
            known = in_order.dropna(subset=[column])
            rows = known[column].idxmin(), known[column].idxmax()
            chosen += [extreme(known.loc[row], title) for row, title in zip(rows, titles, strict=True) if title]
    return chosen


def of_class(table: pd.DataFrame, name: str) -> list[Extreme]:
    """The darkest, the most usual and the lightest image of a class; fewer where a class has fewer images."""
    known = table.dropna(subset=list(COLOURS))
    if known.empty:
        return []
    colours = known[list(COLOURS)].to_numpy()  # (n, 3)
    light = colours.mean(axis=1)  # (n,)
    apart = np.abs(colours - np.median(colours, axis=0)).sum(axis=1)  # (n,)
    rows = {int(light.argmin()): "darkest", int(light.argmax()): "lightest"}  # one image alone is the latter
    rows.setdefault(int(apart.argmin()), "usual colour")
    in_order = sorted(rows, key=lambda row: light[row])
    return [extreme(known.iloc[row], f"{name}: {rows[row]}") for row in in_order]


def extreme(row: pd.Series, title: str) -> Extreme:
    """An image of the table."""
    return Extreme(row["image"], row["label"], title, tuple(float(row[channel]) for channel in COLOURS))


def extremes_section(images: AuditImages, thumbnails: Mapping[str, bytes]) -> Section:
    """The extremes as small copies where the images are at hand, and as a table."""
    chosen = extremes(images)
    rows = []
    for one in chosen:
        rows.append({"what": one.title, "image": one.image, "class": one.label})
    cells = pd.DataFrame(rows, columns=["what", "image", "class"]).set_index("what")
    thumbs: tuple[Thumb, ...] = ()
    if any(one.image in thumbnails for one in chosen):
        thumbs = tuple(thumb_of(one, thumbnails.get(one.image, b"")) for one in chosen)
    shown = min(len(images.classes), MOST_CLASSES)
    of_classes = f" of the {shown} classes of most images" if shown < len(images.classes) else " of each class"
    sentence = (
        f"The darkest image{of_classes}, the one nearest to the median colour, and the lightest; then the extremes of "
        "all images together. Means of red, green and blue stand below each."
    )
    return Section("audit-extremes", "Extremes", sentence, cells, at_length=True, thumbs=thumbs)


def thumb_of(one: Extreme, content: bytes) -> Thumb:
    """The small copy of an extreme with its words."""
    colour = "mean colour not known"
    if not np.isnan(one.colour).any():
        colour = ", ".join(f"{mean:.0f}" for mean in one.colour)
    words = (one.image, colour) if one.title.startswith(f"{one.label}:") else (one.image, one.label, colour)
    return Thumb(content, one.title, words, f"{one.title}: {one.image} ({one.label})")
