"""Evidence maps as pictures: the image beside the map of each class, all on one scale of probability."""

import io
from textwrap import fill

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from imaging.errors import shown
from report.chapters.figure_style import QUIET, short
from report.page.figures import figure_bytes
from report.where.evidence_map import MEANING, EvidenceMap

SCALE = "cividis"  # rises evenly in lightness, for colour-blind readers too (Nuñez et al. 2018, PLoS ONE 13:e0199239)
LARGEST_SIDE = 1024  # pixels of the image that a map is laid over
PANEL, IN_A_ROW = 3.1, 4  # inches of a panel's longer side; panels beside each other
MOST_CLASSES = 15  # that are drawn, the likeliest first
INK = "#1a1a1a"


def small_copy(image: np.ndarray, side: int = LARGEST_SIDE) -> np.ndarray:
    """An image (h, w, 3) uint8, at most so many pixels long."""
    picture = Image.fromarray(image)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def laid_over(evidence: EvidenceMap, name: str, image: np.ndarray) -> np.ndarray:
    """The map of a class over the image in grey, of which (h, w, 3) uint8 may be a small copy: (h, w, 3) uint8.

    The colour of a cell is that of the scale, darkened where the tissue is dark; its edges stay edges.
    """
    height, width = image.shape[:2]
    values = evidence.values[..., evidence.classes.index(name)]  # (row, column)
    row = np.arange(height) * values.shape[0] // height
    column = np.arange(width) * values.shape[1] // width
    colours = colormaps[SCALE](values)[..., :3]  # (row, column, 3)
    grey = np.asarray(Image.fromarray(image).convert("L")) / 255  # (h, w)
    light = 0.45 + 0.55 * _stretched(grey)
    return np.round(255 * colours[row[:, None], column] * light[..., None]).astype(np.uint8)


def _stretched(grey: np.ndarray) -> np.ndarray:
    """Grey levels (h, w) from 0 for the darkest tissue to 1 for glass."""
    low, high = np.quantile(grey, [0.01, 0.99])
    return np.clip((grey - low) / max(high - low, 0.1), 0, 1)


def overlay_png(evidence: EvidenceMap, name: str, image: np.ndarray) -> bytes:
    """The map of one class over an image (h, w, 3) uint8 without any frame, as a PNG file."""
    return _png(laid_over(evidence, name, small_copy(image)))


def scale_png(width: int = 360, height: int = 14) -> bytes:
    """The colours of the scale from 0 to 1, left to right, as a PNG file."""
    colours = colormaps[SCALE](np.linspace(0, 1, width))[:, :3]  # (width, 3)
    return _png(np.round(255 * np.tile(colours, (height, 1, 1))).astype(np.uint8))


def _png(pixels: np.ndarray) -> bytes:
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, format="PNG")
    return memory.getvalue()


def map_png(evidence: EvidenceMap, image: np.ndarray, name: str, label: str) -> bytes:
    """The image (h, w, 3) uint8 with its `name` and the class that it was answered by, and its maps, as a PNG file."""
    return figure_bytes(map_figure(evidence, image, name, label), "png")


def map_figure(evidence: EvidenceMap, image: np.ndarray, name: str, label: str) -> Figure:
    """The image and the map of each class side by side, with scale and legend."""
    small = small_copy(image)
    drawn = sorted(evidence.classes, key=lambda one: (one != label, -evidence.share(one)))[:MOST_CLASSES]
    drawn = [one for one in evidence.classes if one in drawn]  # in their own order
    panels = 1 + len(drawn)
    columns = min(panels, IN_A_ROW)
    rows = -(-panels // columns)
    wide, high = PANEL * np.array(small.shape[1::-1]) / max(small.shape[:2])
    figure = Figure(figsize=(columns * (wide + 0.12), rows * (high + 0.42) + 1.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
    _picture(axes[0], small, short(name, 40), QUIET)
    _one_window(axes[0], evidence, small)
    for place, one in zip(axes[1:], drawn, strict=False):
        answered = "  (answered)" if one == label else ""
        words = f"{short(one, 26)}: {evidence.share(one):.2f}{answered}"
        _picture(place, laid_over(evidence, one, small), words, INK if answered else QUIET)
    for place in axes[panels:]:
        place.set_axis_off()
    _legend(figure, axes, evidence, len(drawn), columns * wide)
    return figure


def _picture(axes: Axes, pixels: np.ndarray, title: str, frame: str) -> None:
    axes.imshow(pixels, interpolation="nearest" if max(pixels.shape) < 300 else "auto")
    axes.set_title(title, fontsize=9, color=INK)
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(color=frame, linewidth=2.0 if frame == INK else 0.8)


def _one_window(axes: Axes, evidence: EvidenceMap, small: np.ndarray) -> None:
    """The size of the smallest window, in a corner of the image."""
    scale = small.shape[0] / evidence.height
    height, width = (scale * side for side in evidence.window)
    box = Rectangle((-0.5, -0.5), width, height, fill=False, edgecolor=INK, linewidth=1.2, linestyle=(0, (3, 2)))
    axes.add_patch(box)


def _legend(figure: Figure, axes: np.ndarray, evidence: EvidenceMap, drawn: int, inches: float) -> None:
    """The scale, and what a map is and is not."""
    scale = ScalarMappable(Normalize(0, 1), SCALE)
    share = min(1.0, 3.6 / inches)
    bar = figure.colorbar(scale, ax=list(axes), orientation="horizontal", shrink=share, aspect=32, pad=0.02)
    bar.set_label("mean vote for the class of the windows over a point (probability, not calibrated)", fontsize=8)
    bar.ax.tick_params(labelsize=8)
    height, width = evidence.window
    words = [f"Number beside a class: mean of its map. Dashed: one window, {width:.0f} x {height:.0f} pixels."]
    if drawn < len(evidence.classes):
        words.append(f"{drawn} of {len(evidence.classes)} classes are drawn.")
    words += [*map(shown, evidence.left_out), MEANING]
    figure.supxlabel(fill(" ".join(words), int(inches * 15)), fontsize=8, color=INK, x=0.01, ha="left")
