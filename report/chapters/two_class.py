"""The two-class task: accuracy, AUC, operating points, and how a threshold is chosen."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from report.chapters.figure_style import CURVE, POINTS, QUIET, canvas, finish, short
from report.chapters.overall import auc_words
from report.evaluation import Evaluation
from report.measures.thresholds import ThresholdChoice, TwoClass, why_no_threshold, why_not_two_class
from report.section import Cell, Chapter, Estimate, MeanAndStd, Number, Part, Picture, Section, Span, estimate
from report.statistics.intervals import Interval

CHOSEN_BY = ("sensitivity", "specificity")  # what a threshold is chosen for
PREDICTIVE = ("PPV", "NPV")
RULES = {
    "max": "the largest positive probability over itself plus the largest other one",
    "sum": "the sum of the positive probabilities",
}


def two_class(evaluation: Evaluation) -> Chapter:
    """The result, its operating points and the choice of a threshold; a sentence in place of what cannot be."""
    result = evaluation.two_class
    if result is None:
        sections = [Section("two-classes", "Two classes", why_not_two_class(evaluation.out_of_fold) or "")]
    else:
        sections = [
            two_class_section(result, evaluation),
            operating_section(result, evaluation),
            predictive_section(evaluation),
        ]
    return Chapter("two-class", "The two-class task", (*sections, threshold_section(evaluation)))


def two_class_section(result: TwoClass, evaluation: Evaluation) -> Section:
    """Accuracy and AUC."""
    folds = result.accuracy
    row = {
        "accuracy": MeanAndStd(folds.mean(), folds.std(ddof=0)),
        "AUC": estimate("AUC", evaluation.overall["AUC"]),
    }
    cells = pd.DataFrame({"fusion": row}).T.rename_axis("model")
    sentence = (
        f"Positive: {' + '.join(result.positive)}; the score of an image is {RULES[result.rule]} (`--two-class "
        f"{result.rule}`); accuracy in % at 0.50, mean ± standard deviation over folds; "
        f"AUC {auc_words(evaluation)}."
    )
    return Section("two-classes", "Two classes", sentence, cells)


def operating_section(result: TwoClass, evaluation: Evaluation) -> Section:
    """What each operating point finds and misses."""
    label = evaluation.out_of_fold.label
    rows = {}
    for threshold, intervals in evaluation.operating_points.items():
        row = cells_of(intervals, CHOSEN_BY)
        for name in result.positive:
            missed = int(result.points.loc[threshold, f"missed {name}"])
            row[f"missed {name}"] = Part(missed, int(np.sum(label == name)))
        rows[f"{threshold:.2f}"] = row
    sentence = (
        "Sensitivity and specificity in % over all images, an image being positive when its score reaches the "
        "threshold, and the positive images missed, by class."
    )
    picture = Picture(
        name="roc",
        draw=lambda: roc_figure(result, evaluation),
        caption="Sensitivity against 1 − specificity over all images, with its 95 % band and the operating points; "
        f"AUC {auc_words(evaluation)}.",
        alt=roc_words(result, evaluation),
    )
    cells = pd.DataFrame(rows).T.rename_axis("threshold")
    return Section("operating-points", "Operating points", sentence, cells, picture=picture)


def predictive_section(evaluation: Evaluation) -> Section:
    """What an answer is worth at each operating point."""
    rows = {}
    for threshold, intervals in evaluation.operating_points.items():
        rows[f"{threshold:.2f}"] = cells_of(intervals, PREDICTIVE)
    positives = np.mean(evaluation.out_of_fold.truth)
    sentence = (
        "The share of images called positive that are (PPV), and of those called negative that are not (NPV), in %; "
        f"they hold where {100 * positives:.0f} % are positive, as here: where fewer are, PPV is lower and NPV higher."
    )
    cells = pd.DataFrame(rows).T.rename_axis("threshold")
    return Section("predictive-values", "Predictive values", sentence, cells)


def cells_of(intervals: Mapping[str, Interval], names: Iterable[str]) -> dict[str, Cell]:
    """Some of the measures at a threshold."""
    return {name: Estimate(intervals[name]) for name in names}


def threshold_section(evaluation: Evaluation) -> Section:
    """Thresholds chosen without the images they are judged on, and with hindsight."""
    key, title, choices = "choosing-the-threshold", "Choosing the threshold", evaluation.threshold_choices
    if choices is None:
        return Section(key, title, why_no_threshold(evaluation.out_of_fold) or "")
    rows: dict[str, dict[str, Cell]] = {}
    for choice in choices:
        rows |= threshold_rows(choice)
    optimism = "; ".join(f"{choice.aim}: {optimism_words(choice)}" for choice in choices)
    sentence = (
        "The threshold chosen on all images and judged on the same, and chosen for each fold on the other folds' "
        f"predictions (out-of-fold). Optimism, chosen on all minus out-of-fold, in points: {optimism}."
    )
    return Section(key, title, sentence, pd.DataFrame(rows).T.rename_axis("aim"))


def threshold_rows(choice: ThresholdChoice) -> dict[str, dict[str, Cell]]:
    """Two rows of one aim: with hindsight, and by the thresholds of the other folds."""
    spread = Span(choice.thresholds.min(), choice.thresholds.max())
    on_all: dict[str, Cell] = {"threshold": Number(choice.hindsight, 2)}
    held_out: dict[str, Cell] = {"threshold": spread}
    on_all |= cells_of(choice.on_all, CHOSEN_BY)
    held_out |= cells_of(choice.held_out, CHOSEN_BY)
    return {f"{choice.aim}, on all": on_all, f"{choice.aim}, out-of-fold": held_out}


def optimism_words(choice: ThresholdChoice) -> str:
    """The optimism of one aim: `sensitivity +3.8, specificity +0.0`."""
    return ", ".join(f"{measure} {100 * choice.gap(measure) + 0.0:+.1f}" for measure in CHOSEN_BY)


def roc_figure(result: TwoClass, evaluation: Evaluation) -> Figure:
    """The ROC curve of the two-class score with its 95 % band, the interval of the AUC and the operating points."""
    fusion = evaluation.out_of_fold
    curve = roc_curve(fusion.truth, fusion.score, drop_intermediate=False)
    false_positive_rate, sensitivity, _ = (100 * column for column in curve)  # (points,) each
    grid, low, high = (100 * column for column in evaluation.roc_band)  # (101,) each
    figure, axes = canvas(4.8, 4.8)
    axes.plot([0, 100], [0, 100], color=QUIET, linewidth=0.9, linestyle=(0, (4, 4)))
    axes.fill_between(grid, low, high, color=CURVE, alpha=0.16, linewidth=0, label="95 % band, point by point")
    words = f"fusion, AUC {evaluation.overall['AUC'].text(3, unit=1)} {fusion.auc}"
    axes.plot(false_positive_rate, sensitivity, color=CURVE, linewidth=2, label=words)
    mark_points(axes, result)
    axes.set(xlim=(-1.5, 101.5), ylim=(-1.5, 101.5), aspect="equal")
    axes.set(xlabel="1 − specificity (%)", ylabel="sensitivity (%)")
    positive = short(" + ".join(result.positive), 48)
    axes.set_title(f"{positive} against the rest\n{len(fusion.label)} images, {evaluation.predicted}", fontsize=11)
    finish(axes, "lower right")
    return figure


def mark_points(axes: Axes, result: TwoClass) -> None:
    """Mark the operating points on the curve by their thresholds; the legend says what each achieves."""
    marked: list[tuple[float, float]] = []
    for (threshold, point), marker, colour in zip(result.points.iterrows(), "so", POINTS, strict=True):
        where = (100 - point["specificity"], point["sensitivity"])
        points_below = marked.count(where)  # a point on another one is smaller, and its words stand lower
        size = 9 - 3 * points_below
        down = -6 - 12 * points_below
        achieved = f"sensitivity {point['sensitivity']:.1f} %, specificity {point['specificity']:.1f} %"
        words = f"threshold {threshold:.2f}\n{achieved}"
        axes.plot(*where, marker, color=colour, markersize=size, markeredgecolor="white", zorder=4, label=words)
        text = axes.annotate(f"{threshold:.2f}", where, (7, down), textcoords="offset points", va="top", color=colour)
        text.set(fontsize=9.5, fontweight="bold", zorder=3)
        marked.append(where)


def roc_words(result: TwoClass, evaluation: Evaluation) -> str:
    """The area under the curve and its operating points."""
    points = "; ".join(
        f"at {threshold:.2f} sensitivity {point['sensitivity']:.1f} %, specificity {point['specificity']:.1f} %"
        for threshold, point in result.points.iterrows()
    )
    area = evaluation.overall["AUC"].text(3, unit=1)
    rule = evaluation.out_of_fold.auc
    return f"ROC curve with its 95 % band: area ({rule}) {area}; operating points by threshold: {points}."
