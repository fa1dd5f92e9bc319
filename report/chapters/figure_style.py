"""How every figure of a report looks; figures are returned, never shown."""

from typing import Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from imaging.errors import shown

# Okabe & Ito's colours, which colour-blind readers can tell apart
CURVE, POINTS, QUIET = "#0072B2", ("#D55E00", "#009E73"), "#8a8a8a"
DOTS_PER_INCH = 200


def short(name: str, most: int = 24) -> str:
    """A name that leaves room for the drawing; tables have it in full.

    >>> short("tumour epithelium", 9)
    'tumour e…'
    """
    drawn = shown(name)
    return drawn if len(drawn) <= most else f"{drawn[: most - 1]}…"


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of so many inches with one set of axes, drawn by Agg and known to no global state."""
    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def finish(axes: Axes, corner: Literal["upper left", "upper right", "lower right"]) -> None:
    """Grid, frame and legend as in the other figures."""
    axes.grid(color="#e6e6e6", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc=corner, framealpha=0.9, edgecolor="none", fontsize=9, labelspacing=0.7)
