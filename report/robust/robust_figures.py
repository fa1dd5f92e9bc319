"""Robustness as small curves, a panel for each kind of alteration, all on one scale."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from imaging.alter.alterations import ALTERATIONS
from report.chapters.figure_style import CURVE, DOTS_PER_INCH, POINTS, QUIET, short
from report.robust.robust_points import Robustness, RobustPoint, position
from report.statistics.intervals import Interval

COLUMNS = 4  # of panels
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442", "#8a8a8a")
MARKERS = "osD^vP*Xh"
MOST_WITH_BARS = 3  # lines of a panel that have their intervals drawn; of more, nothing could be seen
UNALTERED_LINE = "dashed: unaltered images"


@dataclass(frozen=True)
class Measure:
    """What a figure shows of each point."""

    title: str
    file: str
    values: Callable[[RobustPoint], Mapping[str, Interval]]  # by the name of a line
    sentence: str
    axis: str
    lines: str  # what the straight lines are
    unit: float = 100
    decimals: int = 0


def _flips(point: RobustPoint) -> Interval:
    return point.flips or Interval(0.0, 0.0, 0.0)


MEASURES = {
    "accuracy": Measure(
        "Accuracy", "accuracy", lambda point: {"accuracy": point.accuracy}, "Accuracy in %.", "accuracy, %",
        "dashed: unaltered images; dotted: naming the most frequent class",
    ),
    "recall": Measure(
        "Recall of each class", "classes", lambda point: point.recall, "Recall in %.", "recall, %", UNALTERED_LINE,
    ),
    "log-loss": Measure(
        "Log-loss", "log-loss", lambda point: {"log-loss": point.log_loss}, "0 is perfect, less is better.",
        "log-loss", UNALTERED_LINE, unit=1, decimals=2,
    ),
    "calibration error": Measure(
        "Calibration error", "calibration", lambda point: {"error": point.calibration_error},
        "Expected calibration error in %; less is better.", "calibration error, %", UNALTERED_LINE,
    ),
    "coverage": Measure(
        "Coverage of the sets", "coverage", lambda point: {"coverage": point.coverage},
        "The share in % of conformal sets that hold the true class.", "coverage, %",
        f"{UNALTERED_LINE}; dotted: the level",
    ),
    "flips": Measure(
        "Answers that change", "flips", lambda point: {"flips": _flips(point)},
        "The share in % of answers that are another class than for the unaltered image.", "changed answers, %",
        "the unaltered images have none",
    ),
}  # fmt: skip


def robust_figure(robustness: Robustness, measure: Measure) -> Figure:
    """A panel for each alteration."""
    keys = list(robustness.points)
    rows = ceil(len(keys) / COLUMNS)
    figure = Figure(figsize=(3.0 * COLUMNS, 2.35 * rows + 0.7), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False).ravel()
    for axes, key in zip(panels, keys, strict=False):
        draw_panel(axes, robustness, measure, key)
    for axes in panels[len(keys) :]:
        axes.set_visible(False)
    bottom, top = limits_of(robustness, measure)
    panels[0].set_ylim(bottom, top)
    for axes in panels[::COLUMNS]:
        axes.set_ylabel(measure.axis, fontsize=9)
    images, patients = len(robustness.guess), robustness.groups.patients()
    whose = f"{patients} patients" if robustness.groups.by_patient else "patients unknown"
    figure.suptitle(f"{measure.title}: {short(robustness.name, 60)}, {images} images, {whose}", fontsize=11)
    if len(measure.values(robustness.origin)) > 1:
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 6), fontsize=9, frameon=False)
    return figure


def draw_panel(axes: Axes, robustness: Robustness, measure: Measure, key: str) -> None:
    """The curve of one kind of alteration, each line with its interval."""
    alteration = ALTERATIONS[key]
    points = robustness.curve(key)
    places = np.array([position(point, key) for point in points])
    at_origin = measure.values(robustness.origin)
    for number, line in enumerate(at_origin):
        intervals = [measure.values(point)[line] for point in points]
        value, low, high = (
            measure.unit * np.array([getattr(interval, end) for interval in intervals])
            for end in ("value", "low", "high")
        )
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        axes.plot(places, value, f"{marker}-", color=colour, markersize=4.5, linewidth=1.4, label=short(line))
        if len(at_origin) == 1:
            axes.fill_between(places, low, high, color=CURVE, alpha=0.16, linewidth=0)
        elif len(at_origin) <= MOST_WITH_BARS:
            axes.fill_between(places, low, high, color=colour, alpha=0.12, linewidth=0)
        if measure.file != "flips":
            axes.axhline(measure.unit * at_origin[line].value, color=colour, linestyle="--", linewidth=0.8, alpha=0.6)
    for height in straight_lines(robustness, measure):
        axes.axhline(height, color=POINTS[0], linestyle=":", linewidth=1.3)
    if alteration.unit in ("factor", "exponent"):
        axes.set_xscale("log", base=2)
        axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(places, [f"{place:g}" for place in places])
    axes.tick_params(labelsize=8)
    axes.set_title(alteration.title, fontsize=9.5)
    axes.set_xlabel(alteration.unit, fontsize=8, color=QUIET)
    axes.grid(color="#e6e6e6", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)


def straight_lines(robustness: Robustness, measure: Measure) -> list[float]:
    """What accuracy and coverage are held against."""
    if measure.file == "accuracy":
        return [100 * robustness.guess_accuracy.value]
    return [100 * float(robustness.level)] if measure.file == "coverage" else []


def limits_of(robustness: Robustness, measure: Measure) -> tuple[float, float]:
    """The ends of the scale that all panels share."""
    ends: list[Any] = []
    for points in robustness.points.values():
        for point in points:
            for interval in measure.values(point).values():
                ends += [interval.value, interval.low, interval.high]
    highest = measure.unit * float(np.nanmax(ends))
    return (0.0, 102.0) if measure.unit == 100 and highest > 60 else (0.0, 1.05 * max(highest, 1e-9))
