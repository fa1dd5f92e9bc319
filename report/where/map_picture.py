"""Evidence maps as pictures: the image beside the map of each class, all on one scale of probability."""

import io
from collections.abc import Sequence
from math import ceil
from textwrap import fill

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from imaging.errors import shown
from report.chapters.figure_style import QUIET, short
from report.page.figures import STYLE, figure_bytes
from report.where.evidence_map import MEANING, EvidenceMap

SCALE = "cividis"  # rises evenly in lightness, for colour-blind readers too (Nuñez et al. 2018, PLoS ONE 13:e0199239)
LARGEST_SIDE, IN_FIGURE = 1024, 560  # pixels of the image that a map is laid over, by itself and beside others
RELIEF = 0.3  # of all lightness: how much of it the tissue takes
PANEL, NARROWEST, LEGEND_WIDTH = 3.1, 1.9, 5.5  # inches: a panel's longer side, its least width, the least of all
IN_A_ROW, DOTS_PER_INCH = 4, 120  # panels beside each other
MOST_CLASSES = 15  # that are drawn, the likeliest first
INK = "#1a1a1a"


def small_copy(image: np.ndarray, side: int = LARGEST_SIDE) -> np.ndarray:
    """An image (h, w, 3) uint8, at most so many pixels long."""
    picture = Image.fromarray(image)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def laid_over(evidence: EvidenceMap, name: str, side: int = LARGEST_SIDE) -> np.ndarray:
    """The map of a class with the tissue in it, at most `side` pixels long: (h, w, 3) uint8.

    The colour of a cell is that of the scale; tissue makes it a little darker and glass a little lighter, so that its
    mean lightness stays. Edges of cells stay edges.
    """
    picture = small_copy(evidence.picture, side)
    height, width = picture.shape[:2]
    values = evidence.values[..., evidence.classes.index(name)]  # (row, column)
    row = np.arange(height) * values.shape[0] // height  # (h,): the cell that each row of pixels lies in
    column = np.arange(width) * values.shape[1] // width  # (w,)
    colours = colormaps[SCALE](values)[..., :3]  # (row, column, 3)
    under = colours[row[:, None], column]  # (h, w, 3)
    return _eight_bits(under + _relief(picture)[..., None])


def _relief(picture: np.ndarray) -> np.ndarray:
    """How much lighter or darker than its mean the tissue is at each pixel, (h, w), in shares of all lightness."""
    grey = np.asarray(Image.fromarray(picture).convert("L")) / 255  # (h, w)
    low, high = np.quantile(grey, [0.02, 0.98])
    contrast = (grey - grey.mean()) / max(high - low, 0.1)
    return RELIEF * np.clip(contrast, -0.7, 0.7)


def _eight_bits(colours: np.ndarray) -> np.ndarray:
    """Colours of [0, 1] as uint8."""
    return np.round(255 * np.clip(colours, 0, 1)).astype(np.uint8)


def overlay_png(evidence: EvidenceMap, name: str) -> bytes:
    """The map of one class over the picture without any frame, as a PNG file."""
    return _png(laid_over(evidence, name))


def scale_png(width: int = 360, height: int = 14) -> bytes:
    """The colours of the scale from 0 to 1, left to right, as a PNG file."""
    colours = colormaps[SCALE](np.linspace(0, 1, width))[:, :3]  # (width, 3)
    return _png(_eight_bits(np.tile(colours, (height, 1, 1))))


def _png(pixels: np.ndarray) -> bytes:
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, format="PNG")
    return memory.getvalue()


def map_png(evidence: EvidenceMap, name: str, label: str, doubts: Sequence[str] = ()) -> bytes:
    """The image with its `name` and the map of each class, among them its answer, the `label`, as a PNG file.

    Doubts about the answer, a sentence each, stand above all else in the legend.
    """
    with rc_context(STYLE):  # a text takes them when it is made
        figure = map_figure(evidence, name, label, doubts)
    return figure_bytes(figure, "png")


def map_figure(evidence: EvidenceMap, name: str, label: str, doubts: Sequence[str] = ()) -> Figure:
    """The image and the map of each class side by side, with scale and legend."""
    small = small_copy(evidence.picture, IN_FIGURE)
    drawn = drawn_classes(evidence, label)
    columns = min(1 + len(drawn), IN_A_ROW)
    rows = ceil((1 + len(drawn)) / columns)
    height, width = PANEL * np.array(small.shape[:2]) / max(small.shape[:2])  # inches of the image
    inches = max(columns * (max(width, NARROWEST) + 0.12), LEGEND_WIDTH)
    figure = Figure(figsize=(inches, rows * (height + 0.3) + 1.5), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    first, *others = figure.subplots(rows, columns, squeeze=False).ravel()
    _picture(first, small, short(name, 40), QUIET)
    _one_window(first, evidence, small.shape[0] / evidence.height)
    for axes, one in zip(others, drawn, strict=False):
        answered = "  (answered)" if one == label else ""
        words = f"{short(one, 26)}: {evidence.share(one):.2f}{answered}"
        _picture(axes, laid_over(evidence, one, IN_FIGURE), words, INK if answered else QUIET)
    for axes in others[len(drawn) :]:
        axes.set_axis_off()
    _legend(figure, [first, *others], evidence, len(drawn), doubts)
    return figure


def drawn_classes(evidence: EvidenceMap, label: str) -> list[str]:
    """The classes that have a panel, in their order: the answer, and the likeliest others where there are many."""
    by_likelihood = sorted(evidence.classes, key=lambda one: (one != label, -evidence.share(one)))
    likeliest = by_likelihood[:MOST_CLASSES]
    return [one for one in evidence.classes if one in likeliest]


def _picture(axes: Axes, pixels: np.ndarray, title: str, frame: str) -> None:
    axes.imshow(pixels, interpolation="nearest" if max(pixels.shape) < 300 else "auto")
    axes.set_title(title, fontsize=9, color=INK)
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(color=frame, linewidth=2.0 if frame == INK else 0.8)


def _one_window(axes: Axes, evidence: EvidenceMap, scale: float) -> None:
    """The size of the smallest window, in a corner of the image."""
    height, width = (scale * side for side in evidence.window)
    box = Rectangle((-0.5, -0.5), width, height, fill=False, edgecolor=INK, linewidth=1.2, linestyle=(0, (3, 2)))
    axes.add_patch(box)


def _legend(figure: Figure, axes: list[Axes], evidence: EvidenceMap, drawn: int, doubts: Sequence[str]) -> None:
    """The scale, and what a map is and is not."""
    inches = figure.get_figwidth()
    scale = ScalarMappable(Normalize(0, 1), SCALE)
    shrink = min(1.0, 3.6 / inches)
    bar = figure.colorbar(scale, ax=axes, orientation="horizontal", shrink=shrink, aspect=32, pad=0.02)
    bar.set_label("mean vote of the windows over a point: probability of the class, not calibrated", fontsize=8)
    bar.ax.tick_params(labelsize=8)
    height, width = evidence.window
    words = [f"Number beside a class: mean of its map. Dashed: one window, {width:.0f} x {height:.0f} pixels."]
    if drawn < len(evidence.classes):
        words.append(f"{drawn} of {len(evidence.classes)} classes are drawn.")
    words += [*map(shown, evidence.left_out), MEANING]
    paragraphs = [*map(shown, doubts), " ".join(words)]
    lines = "\n".join(fill(paragraph, int(inches * 15)) for paragraph in paragraphs)
    figure.supxlabel(lines, fontsize=8, color=INK, x=0.01, ha="left")
