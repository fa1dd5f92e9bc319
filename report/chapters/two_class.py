"""The two-class task: accuracy, AUC, operating points, and how a threshold is chosen."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from report.evaluation import Evaluation
from report.figure_style import CURVE, POINTS, QUIET, canvas, short
from report.measures.roc import roc_band
from report.measures.thresholds import (
    THRESHOLDS,
    ThresholdChoice,
    TwoClass,
    threshold_points,
    two_class,
    why_no_threshold,
)
from report.out_of_fold import OutOfFold
from report.section import Section, interval_text
from report.statistics.bootstrap import Resamples
from report.statistics.intervals import auc_interval, point_intervals


def threshold_section(fusion: OutOfFold, resamples: Resamples) -> Section:
    """Thresholds chosen without the images they are judged on, and with hindsight."""
    results = threshold_points(fusion, resamples)
    if results is None:
        return Section("Choosing the threshold", why_no_threshold(fusion) or "")
    rows = {name: row for result in results for name, row in threshold_rows(result).items()}
    gaps = "; ".join(f"{result.aim}: {gap_words(result)}" for result in results)
    sentence = (
        "The threshold chosen on all images and judged on the same, and chosen for each fold on the other folds' "
        f"answers (honest). Optimism, chosen on all minus honest, in points: {gaps}."
    )
    return Section("Choosing the threshold", sentence, pd.DataFrame(rows).T.rename_axis("aim"))


def threshold_rows(result: ThresholdChoice) -> dict[str, dict[str, str]]:
    """Two rows of one aim: with hindsight, and honest."""
    low, high = result.thresholds.min(), result.thresholds.max()
    spread = f"{low:.2f}" if f"{low:.2f}" == f"{high:.2f}" else f"{low:.2f}–{high:.2f}"
    ways = {"on all": (f"{result.hindsight:.2f}", result.naive), "honest": (spread, result.honest)}
    return {
        f"{result.aim}, {way}": {"threshold": used, **{measure: found.text() for measure, found in points.items()}}
        for way, (used, points) in ways.items()
    }


def gap_words(result: ThresholdChoice) -> str:
    """The optimism of one aim: `sensitivity +3.8, specificity +0.0`."""
    return ", ".join(f"{measure} {100 * result.gap(measure) + 0.0:+.1f}" for measure in result.naive)


def two_class_sections(result: TwoClass, fusion: OutOfFold, resamples: Resamples) -> list[Section]:
    """Accuracy and AUC; then what each operating point finds and misses."""
    folds = result.accuracy
    whole = pd.DataFrame(
        {
            "accuracy": f"{folds.mean():.2f} ± {folds.std(ddof=0):.2f}",
            "AUC": interval_text("AUC", auc_interval(fusion, resamples)),
        },
        index=pd.Index(["fusion"], name="model"),
    )
    totals = {f"missed {name}": int(np.sum(fusion.label == name)) for name in result.positive}
    at = [point_intervals(fusion.truth, fusion.called(threshold), resamples) for threshold in THRESHOLDS]
    points = {
        column: [f"{value:.0f} of {totals[column]}" for value in values]
        if column in totals
        else [point[str(column)].text() for point in at]
        for column, values in result.points.items()
    }
    thresholds = pd.Index([f"{threshold:.2f}" for threshold in result.points.index], name="threshold")
    return [
        Section("Two classes", two_class_sentence(result), whole),
        Section(
            "Operating points",
            "Sensitivity and specificity in % over all images, an image being positive when its score reaches the "
            "threshold, and the positive images missed, by class.",
            pd.DataFrame(points, index=thresholds),
        ),
    ]


def two_class_sentence(result: TwoClass) -> str:
    """What is positive, and how the score and the numbers are made."""
    rules = {
        "max": "the largest positive probability over itself plus the largest other one",
        "sum": "the sum of the positive probabilities",
    }
    return (
        f"Positive: {' + '.join(result.positive)}; score (rule {result.rule}): {rules[result.rule]}; accuracy in % at "
        "0.50, mean ± population std over folds; AUC over all images together."
    )


def roc_figure(answers: OutOfFold, resamples: Resamples | None = None) -> Figure | None:
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


def roc_words(facts: Evaluation) -> str:
    """The area under the curve and its operating points."""
    result = two_class(facts.fusion)
    assert result is not None, "there is no figure without a result"
    points = "; ".join(
        f"at {threshold:.2f} sensitivity {point['sensitivity']:.1f} %, specificity {point['specificity']:.1f} %"
        for threshold, point in result.points.iterrows()
    )
    area = auc_interval(facts.fusion, facts.resamples).text(3, unit=1)
    return f"ROC curve with its 95 % band: area {area}; operating points by threshold: {points}."
