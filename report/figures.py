"""The ROC curve with its operating points, and the confusion matrix; figures are returned, never shown."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from report.accuracy import confusion
from report.answers import Answers
from report.intervals import auc_interval
from report.operating import TwoClass, two_class
from report.resample import Resamples
from report.roc import roc_band

# Okabe & Ito's colours, which colour-blind readers can tell apart
CURVE, POINTS, QUIET = "#0072B2", ("#D55E00", "#009E73"), "#8a8a8a"
DOTS_PER_INCH = 200


def roc_figure(answers: Answers, resamples: Resamples | None = None) -> Figure | None:
    """The ROC curve of the two-class score, or None where there is no two-class result.

    With resampled cohorts, its 95 % band and the interval of the AUC.
    """
    result = two_class(answers)
    if result is None or answers.score is None:
        return None
    figure, axes = canvas(4.8, 4.8)
    alarms, found, _ = roc_curve(answers.truth, answers.score, drop_intermediate=False)  # (points,), (points,)
    axes.plot([0, 100], [0, 100], color=QUIET, linewidth=0.9, linestyle=(0, (4, 4)))
    area = f"AUC {result.auc:.4f}"
    if resamples is not None:
        grid, low, high = roc_band(answers, resamples)
        axes.fill_between(
            100 * grid, 100 * low, 100 * high, color=CURVE, alpha=0.16, linewidth=0, label="95 % band, point by point"
        )
        area = f"AUC {auc_interval(answers, resamples).text(3, unit=1)}"
    axes.plot(100 * alarms, 100 * found, color=CURVE, linewidth=2, label=f"fusion, {area}")
    mark_points(axes, result)
    axes.set(xlim=(-1.5, 101.5), ylim=(-1.5, 101.5), aspect="equal")
    axes.set(xlabel="1 − specificity (%)", ylabel="sensitivity (%)")
    positive = short(" + ".join(result.positive), 48)
    axes.set_title(f"{positive} against the rest\n{len(answers.label)} images, out-of-fold", fontsize=11)
    axes.grid(color="#e6e6e6", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", framealpha=0.9, edgecolor="none", fontsize=9, labelspacing=0.7)
    return figure


def mark_points(axes: Axes, result: TwoClass) -> None:
    """Mark the operating points on the curve by their thresholds; the legend says what each achieves."""
    taken: list[tuple[float, float]] = []
    for (threshold, point), marker, colour in zip(result.points.iterrows(), "so", POINTS, strict=True):
        where = (100 - point["specificity"], point["sensitivity"])
        again = taken.count(where)  # a point on another one is smaller, and its words stand lower
        achieved = f"sensitivity {point['sensitivity']:.1f} %, specificity {point['specificity']:.1f} %"
        words = f"threshold {threshold:.2f}\n{achieved}"
        size = 9 - 3 * again
        axes.plot(*where, marker, color=colour, markersize=size, markeredgecolor="white", zorder=4, label=words)
        down = -6 - 12 * again
        text = axes.annotate(f"{threshold:.2f}", where, (7, down), textcoords="offset points", va="top", color=colour)
        text.set(fontsize=9.5, fontweight="bold", zorder=3)
        taken.append(where)


def confusion_figure(answers: Answers) -> Figure:
    """The confusion matrix: counts, and their share of the true class as colour and in per cent."""
    counts = confusion(answers)
    size = len(counts)
    share = row_shares(counts)  # (classes, classes)
    figure, axes = canvas(1.9 + 0.72 * size, 1.3 + 0.72 * size)
    picture = axes.imshow(share, cmap="Blues", vmin=0, vmax=100)
    write_cells(axes, counts.to_numpy(), share)
    name_classes(axes, counts)
    right = np.diag(counts).sum()
    axes.set_title(f"{right} of {len(answers.label)} images right, out-of-fold", fontsize=11)
    bar = figure.colorbar(picture, ax=axes, fraction=0.05, shrink=0.8, label="% of the true class")
    bar.outline.set_visible(False)
    return figure


def name_classes(axes: Axes, counts: pd.DataFrame) -> None:
    """Write the classes along both axes, slanted where they would touch, and part the cells by white lines."""
    names = [short(name) for name in counts.columns]
    size, longest = len(names), max(map(len, names))
    slant: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if longest > 9 else {}
    axes.set_xticks(range(size), names, **slant)
    axes.set_yticks(range(size), names)
    axes.set(xlabel="predicted", ylabel="true")
    axes.set_xticks(np.arange(size + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(size + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)


def short(name: str, most: int = 24) -> str:
    """A name that leaves room for the drawing; tables have it in full.

    >>> short("tumour epithelium", 9)
    'tumour e…'
    """
    return name if len(name) <= most else f"{name[: most - 1]}…"


def write_cells(axes: Axes, counts: np.ndarray, share: np.ndarray) -> None:
    """Write count and per cent into each cell, light on dark; zeros step back."""
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if share[row, column] > 65 else "#222222"
        style: dict[str, Any] = {"ha": "center", "va": "center", "color": colour}
        if count:
            axes.text(column, row - 0.1, f"{count}", **style, fontsize=13)
            axes.text(column, row + 0.22, f"{share[row, column]:.1f} %", **style, fontsize=8.5)
        else:
            axes.text(column, row, "0", **style | {"color": "#a0a0a0"}, fontsize=13)


def row_shares(counts: pd.DataFrame) -> np.ndarray:
    """Per cent of each row, (classes, classes); zeros for a class without images."""
    totals = counts.to_numpy().sum(axis=1, keepdims=True)  # (classes, 1)
    return 100 * counts.to_numpy() / np.maximum(totals, 1)


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of so many inches with one set of axes, drawn by Agg and known to no global state."""
    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()
