"""The reliability diagram, the risk-coverage curve and the learning curve."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from report.answers import Answers
from report.calibration import bins_of, checked_calibrated, reliability
from report.figures import CURVE, POINTS, QUIET, canvas
from report.learning import Size, curve, unit_of
from report.resample import Resamples
from report.risk import SHARES, risk_coverage

STYLES = (("o", POINTS[0], -0.4), ("s", CURVE, 0.4))  # before and after: marker, colour, shift along x
LOOKS = {"accuracy": ("o", CURVE, 1.0), "AUC": ("^", POINTS[1], 0.97)}  # marker, colour, factor along x


def reliability_figure(
    answers: Answers, resamples: Resamples, calibrated: Mapping[str, np.ndarray] | None = None
) -> Figure | None:
    """Accuracy against certainty, bin by bin, before and after the first calibration; None without probabilities."""
    if answers.probabilities is None:
        return None
    figure, axes = canvas(4.8, 4.8)
    axes.plot([0, 100], [0, 100], color=QUIET, linewidth=0.9, linestyle=(0, (4, 4)), label="perfectly calibrated")
    lowest = 100.0
    shown = list(checked_calibrated(answers, calibrated or {}).items())[: len(STYLES)]
    for (name, table), (marker, colour, shift) in zip(shown, STYLES[: len(shown)], strict=True):
        points = reliability(bins_of(table, answers.codes), resamples)
        x = 100 * np.array([certainty for certainty, _, _ in points])  # (bins,)
        y, low, high = 100 * np.array([(found.value, found.low, found.high) for _, found, _ in points]).T  # (bins,) x 3
        style: dict[str, Any] = {"color": colour, "markeredgecolor": "white", "markersize": 8, "linewidth": 1}
        bars = np.nan_to_num([y - low, high - y])  # (2, bins)
        axes.errorbar(x + shift, y, bars, fmt=f"{marker}-", label=name, alpha=0.9, elinewidth=1, **style)
        lowest = min(lowest, *np.nan_to_num(low, nan=100), *x)
    floor = 10 * np.floor(lowest / 10)
    axes.set(xlim=(floor - 1.5, 101.5), ylim=(floor - 1.5, 101.5), aspect="equal")
    axes.set(xlabel="mean probability of the class answered (%)", ylabel="answers that are right (%)")
    axes.set_title(
        f"Are the probabilities right?\n{len(answers.label)} images, out-of-fold, 95 % intervals", fontsize=11
    )
    finish(axes, "upper left")
    return figure


def risk_figure(answers: Answers, resamples: Resamples) -> Figure | None:
    """Accuracy against the share answered, with its band; None where there are no probabilities."""
    curve = risk_coverage(answers, resamples)
    if curve is None:
        return None
    figure, axes = canvas(4.8, 4.2)
    share, accuracy, low, high = (100 * line for line in (curve.share, curve.accuracy, curve.low, curve.high))  # (n,)
    told = share >= 10  # fewer images say little and would fill the picture
    band: dict[str, Any] = {"color": CURVE, "alpha": 0.16, "linewidth": 0, "label": "95 % band, point by point"}
    axes.fill_between(share[told], low[told], high[told], **band)
    axes.plot(share[told], accuracy[told], color=CURVE, linewidth=2, label="fusion, most certain images first")
    for at in map(curve.at, (SHARES[0], SHARES[2], SHARES[-1])):
        where, words = (share[at], accuracy[at]), f"{accuracy[at]:.1f} %"
        axes.plot(*where, "o", color=POINTS[0], markeredgecolor="white", markersize=8)
        text = axes.annotate(words, where, (2, -9), textcoords="offset points", ha="right", va="top", color=POINTS[0])
        text.set(fontsize=9.5, fontweight="bold")
    floor = 10 * np.floor(np.nanmin(np.append(low[told], accuracy[told])) / 10) - 10  # room for the legend
    axes.set(xlim=(0, 101.5), ylim=(max(floor, 0), 101), xlabel="share answered (%)", ylabel="accuracy (%)")
    axes.set_title(f"Answering only when sure\n{len(answers.label)} images, out-of-fold", fontsize=11)
    finish(axes, "lower right")
    return figure


def learning_figure(sizes: Sequence[Size], resamples: Resamples) -> Figure:
    """Each measure against the patients trained on, on a scale of doublings, with intervals; accuracy draw by draw."""
    figure, axes = canvas(5.8, 4.6)
    trained = np.array([size.patients for size in sizes])  # (sizes,)
    points, lowest = curve(sizes, resamples), 100.0
    for name, found in points.items():
        marker, colour, shift = LOOKS[name]
        y, low, high = 100 * np.array([(point.value, point.low, point.high) for point in found]).T  # (sizes,) x 3
        bars = np.nan_to_num([y - low, high - y])  # (2, sizes)
        axes.errorbar(trained * shift, y, bars, fmt=f"{marker}-", color=colour, markeredgecolor="white",
                      markersize=8, linewidth=1.6, elinewidth=1, label=name)  # fmt: skip
        lowest = min(lowest, float(np.nanmin(np.append(low, y))))
    each = [(size.patients, 100 * np.mean(draw.predicted == draw.label)) for size in sizes for draw in size.draws]
    axes.plot(*zip(*each, strict=True), "_", color=CURVE, markersize=11, zorder=1, label="accuracy, each draw")
    axes.set_xscale("log", base=2)
    axes.set_xticks(trained, [f"{count:.0f}" for count in trained])
    axes.xaxis.set_minor_locator(NullLocator())
    unit = unit_of(resamples)
    axes.set(xlim=(trained[0] / 1.2, trained[-1] * 1.2), ylim=(max(10 * np.floor(lowest / 10) - 10, 0), 101.5))
    axes.set(xlabel=f"{unit} trained on (mean over folds)", ylabel="% (AUC × 100)" if "AUC" in points else "%")
    axes.set_title(f"Would more {unit} help?\n{len(resamples.group)} images, out-of-fold, 95 % intervals", fontsize=11)
    finish(axes, "lower right")
    return figure


def finish(axes: Axes, corner: Literal["upper left", "lower right"]) -> None:
    """Grid, frame and legend as in the other figures."""
    axes.grid(color="#e6e6e6", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc=corner, framealpha=0.9, edgecolor="none", fontsize=9, labelspacing=0.7)
