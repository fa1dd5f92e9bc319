"""The two-class task on new images: the ROC curve with the frozen operating point, and the decision curve."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from report.chapters.figure_style import CURVE, POINTS, QUIET, canvas, finish, short
from report.chapters.two_class import RULES
from report.external.external_result import ExternalResult
from report.external.net_benefit import CURVE as THRESHOLDS_OF_CURVE
from report.external.net_benefit import THRESHOLDS, NetBenefit
from report.measures.thresholds import why_not_two_class
from report.section import Cell, Chapter, Estimate, Number, Part, Picture, Section


def operating(test: ExternalResult) -> Chapter:
    """Two sections, or a sentence on why there are none."""
    title = "The two-class task"
    if not test.is_two_class:
        return Chapter("two-class", title, (Section("two-classes", title, why_not_two_class(test.answers) or ""),))
    return Chapter("two-class", title, (operating_section(test), decision_section(test)))


def operating_section(test: ExternalResult) -> Section:
    """What the frozen threshold finds and misses."""
    answers = test.answers
    row: dict[str, Cell] = {name: Estimate(test.measures[name]) for name in ("sensitivity", "specificity")}
    for name in answers.positive or ():
        of_class = answers.label == name  # (n,)
        row[f"missed {name}"] = Part(int(np.sum(of_class & ~test.called)), int(of_class.sum()))
    sentence = (
        f"Positive: {' + '.join(answers.positive or ())}; the score of an image is {RULES[answers.rule]}. The "
        "threshold was fixed before these images were seen: nothing is chosen on them. In %, and the positive images "
        "missed, by class."
    )
    picture = Picture(
        name="roc",
        draw=lambda: roc_figure(test),
        caption="Sensitivity against 1 − specificity, with its 95 % band and the frozen operating point.",
        alt=f"ROC curve with its 95 % band: area {test.measures['AUC'].text(3, unit=1)}; at the frozen threshold "
        f"sensitivity {test.measures['sensitivity'].text()} %, specificity {test.measures['specificity'].text()} %.",
    )
    cells = pd.DataFrame({f"{test.cut:.3f}": row}).T.rename_axis("threshold")
    return Section("operating-point", "Operating point", sentence, cells, picture=picture)


def roc_figure(test: ExternalResult) -> Figure:
    """The ROC curve with its band and the frozen operating point."""
    answers = test.answers
    curve = roc_curve(answers.truth, answers.score, drop_intermediate=False)
    false_positive_rate, sensitivity, _ = (100 * column for column in curve)  # (points,) each
    grid, low, high = (100 * column for column in test.evaluation.roc_band)  # (101,) each
    figure, axes = canvas(4.8, 4.8)
    axes.plot([0, 100], [0, 100], color=QUIET, linewidth=0.9, linestyle=(0, (4, 4)))
    axes.fill_between(grid, low, high, color=CURVE, alpha=0.16, linewidth=0, label="95 % band, point by point")
    area = f"AUC {test.measures['AUC'].text(3, unit=1)}"
    axes.plot(false_positive_rate, sensitivity, color=CURVE, linewidth=2, label=area)
    reached = 100 * test.measures["sensitivity"].value
    spared = 100 * test.measures["specificity"].value
    words = f"threshold {test.cut:.3f}\nsensitivity {reached:.1f} %, specificity {spared:.1f} %"
    axes.plot(100 - spared, reached, "s", color=POINTS[0], markersize=9, markeredgecolor="white", label=words)
    axes.set(xlim=(-1.5, 101.5), ylim=(-1.5, 101.5), aspect="equal")
    axes.set(xlabel="1 − specificity (%)", ylabel="sensitivity (%)")
    positive = short(" + ".join(answers.positive or ()), 48)
    axes.set_title(f"{positive} against the rest\n{len(answers.label)} images, external test", fontsize=11)
    finish(axes, "lower right")
    return figure


def decision_section(test: ExternalResult) -> Section:
    """Net benefit from several thresholds on."""
    points = [test.two_class_truth.at(threshold) for threshold in THRESHOLDS]
    rows: dict[str, dict[str, Cell]] = {}
    for point in points:
        rows[f"{100 * point.threshold:.0f} %"] = {
            "model": Estimate(point.model),
            "treat all": Number(point.treat_all, 1, unit=100),
            "treat none": Number(0.0, 1, unit=100),
            "gain over the better of both": Estimate(point.gain, signed=True),
        }
    prevalence = test.answers.truth.mean() if test.prevalence is None else test.prevalence
    sentence = (
        "Net benefit in true positives per 100 images when every image is acted on whose calibrated probability of a "
        "positive class reaches the threshold; a threshold of 20 % says that a missed positive is as bad as four "
        f"false alarms (Vickers & Elkin 2006). At a prevalence of {100 * prevalence:.1f} %. {benefit_words(points)}"
    )
    picture = Picture(
        name="decision",
        draw=lambda: decision_figure(test),
        caption="Net benefit of acting on the model, on everybody and on nobody, by the threshold.",
        alt=f"Decision curve. {benefit_words(points)}",
    )
    cells = pd.DataFrame(rows).T.rename_axis("threshold")
    return Section("decision-curve", "Decision curve", sentence, cells, at_length=True, picture=picture)


def benefit_words(points: list[NetBenefit]) -> str:
    """At which thresholds the model is surely of use."""
    useful = [f"{100 * point.threshold:.0f} %" for point in points if point.gain.low > 0]
    if not useful:
        return "At none of these thresholds is the model better than both by more than chance."
    return f"The model is better than both by more than chance at {', '.join(useful)}."


def decision_figure(test: ExternalResult) -> Figure:
    """Net benefit against the threshold."""
    curve = test.two_class_truth
    model = [100 * curve.net_benefit(threshold).value for threshold in THRESHOLDS_OF_CURVE]
    everybody = [100 * curve.treat_all(threshold).value for threshold in THRESHOLDS_OF_CURVE]
    figure, axes = canvas(4.8, 4.2)
    thresholds = 100 * THRESHOLDS_OF_CURVE
    axes.plot(thresholds, everybody, color=POINTS[0], linewidth=1.4, label="treat all")
    axes.axhline(0, color=QUIET, linewidth=1.4, linestyle=(0, (4, 4)), label="treat none")
    axes.plot(thresholds, model, color=CURVE, linewidth=2, label="model")
    top = max(*model, everybody[0], 1)
    axes.set(xlim=(0, 91), ylim=(-0.3 * top, 1.25 * top))
    axes.set(xlabel="threshold probability (%)", ylabel="net benefit (per 100 images)")
    axes.set_title(f"Is it worth acting on?\n{len(test.answers.label)} images, external test", fontsize=11)
    finish(axes, "upper right")
    return figure
