"""What the probabilities are worth: calibration, conformal sets, and silence when unsure."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from report.chapters.figure_style import CURVE, POINTS, QUIET, canvas, finish
from report.evaluation import Evaluation
from report.measures.calibration import BinPoint
from report.measures.calibration_error import BINS
from report.measures.coverage import reach_sentence
from report.measures.risk_coverage import SHARES, RiskCoverage
from report.section import Cell, Chapter, Estimate, Number, Picture, Section

WITHOUT = "Left out: only the predicted class is known, not a probability for each class."
STYLES = (("o", POINTS[0], -0.4), ("s", CURVE, 0.4))  # before and after: marker, colour, shift along x
LEAST_SHARE = 10  # per cent answered; fewer images say little and would fill the figure


def probabilities(evaluation: Evaluation) -> Chapter:
    """Tables, each a sentence where there are no probabilities; sets by class only where there are sets."""
    sections = [calibration_section(evaluation), conformal_section(evaluation), risk_section(evaluation)]
    if evaluation.sets:
        sections.insert(2, conformal_class_section(evaluation))
    return Chapter("probabilities", "What the probabilities are worth", tuple(sections))


def calibration_section(evaluation: Evaluation) -> Section:
    """Losses and calibration error of the probabilities as they are and calibrated."""
    if evaluation.out_of_fold.probabilities is None:
        return Section("calibration", "Calibration", WITHOUT, at_length=True)
    rows: dict[str, dict[str, Cell]] = {}
    for name, quality in evaluation.quality.items():
        change = evaluation.log_loss_changes.get(name)
        rows[name] = {
            "log-loss": Estimate(quality.log_loss, 3, unit=1),
            "change": None if change is None else Estimate(change, 3, unit=1, signed=True),
            "Brier": Estimate(quality.brier, 3, unit=1),
            "error %": Estimate(quality.error),
            "error by chance %": Number(quality.error_by_chance, 1, unit=100),
        }
    diagrams = list(evaluation.reliability.values())
    sentence = (
        f"{recalibrated_words(evaluation)}Log-loss (0 is perfect) and its change by calibration (below 0 is better; an "
        "interval around 0 is no evidence of a gain); Brier score, summed over the classes; expected calibration "
        f"error: mean |accuracy - certainty| over {len(diagrams[0])} bins of equal mass (at most {BINS}) of the "
        "predicted class, beside the error that perfect probabilities would show by chance, the images of a patient "
        "erring together as they do here."
    )
    if not evaluation.test:
        sentence += " Each fold is calibrated on the predictions for the other folds."
    picture = Picture(
        name="calibration",
        draw=lambda: reliability_figure(evaluation),
        caption="Predictions that are right, by how certain they are; on the dashed line certainty and accuracy agree.",
        alt=reliability_words(diagrams[0]),
    )
    cells = pd.DataFrame(rows).T.rename_axis("probabilities")
    return Section("calibration", "Calibration", sentence, cells, at_length=True, picture=picture)


def recalibrated_words(evaluation: Evaluation) -> str:
    """That the probabilities of the report are recalibrated; nothing where they are as the models vote."""
    if evaluation.out_of_fold.raw is None:
        return ""
    return (
        "The report is about recalibrated probabilities: softened by a temperature and mixed with the class shares, as "
        "much as the predictions for the other folds ask for, patients weighing alike. The other rows start from what "
        "the models vote. "
    )


def conformal_section(evaluation: Evaluation) -> Section:
    """How often the sets of each level hold the true class."""
    fusion = evaluation.out_of_fold
    if not evaluation.sets:
        words = WITHOUT if fusion.probabilities is None else "Left out: no sets were made from these predictions."
        return Section("conformal-sets", "Conformal sets", words, at_length=True)
    rows: dict[str, dict[str, Cell]] = {}
    for level in evaluation.coverage:
        rows[f"{100 * level.level:.0f} %"] = {
            "coverage %": Estimate(level.coverage),
            "mean over patients %": Number(level.mean_over_patients, 1, unit=100),
            "mean size": Number(level.mean_size, 2),
            "one class %": Number(level.one_class, 1, unit=100),
            "all classes %": Number(level.all_classes, 1, unit=100),
        }
    sentence = (
        "Sets of classes that hold the true one for the stated share of the images of a new patient, "
        f"{kind_words(evaluation)}. Calibration and limits are fitted on the other folds, by the rule that fit keeps "
        "for new images; there the models of all folds vote, which no image of the cohort can measure. Measured: the "
        "share of images whose set holds the true class, its mean over patients, the mean number of classes, and how "
        "many sets hold one class or all."
        f"{reach_sentence(fusion, evaluation.groups, evaluation.sets, evaluation.class_conditional)}"
    )
    cells = pd.DataFrame(rows).T.rename_axis("level")
    return Section("conformal-sets", "Conformal sets", sentence, cells, at_length=True)


def kind_words(evaluation: Evaluation) -> str:
    """For which images the level of the sets is meant, as it goes on in a sentence."""
    if evaluation.class_conditional:
        return "for the images of each class by itself (class-conditional sets)"
    return "for all classes together (marginal sets)"


def conformal_class_section(evaluation: Evaluation) -> Section:
    """How often the sets of each level hold the true class, class by class; only where there are sets."""
    fusion, rows = evaluation.out_of_fold, {}
    for name in fusion.classes:
        cells: dict[str, Cell] = {"patients": evaluation.groups.patients(fusion.label == name)}
        for level in evaluation.coverage:
            cells[f"{100 * level.level:.0f} %"] = Estimate(level.by_class[name])
        rows[name] = cells
    advice = "" if evaluation.class_conditional else " cv --sets class makes sets that hold it in each class."
    sentence = (
        f"Share in % of the images of a class whose set holds it, by level. The level is meant {kind_words(evaluation)}"
        f"{'.' if evaluation.class_conditional else ': one class may have less of it, and another more.'}{advice}"
    )
    table = pd.DataFrame(rows).T.rename_axis("class")
    return Section("conformal-sets-by-class", "Conformal sets by class", sentence, table, at_length=True)


def risk_section(evaluation: Evaluation) -> Section:
    """How right the predictions are when the least certain ones are withheld."""
    curve = evaluation.risk_coverage
    if curve is None:
        return Section("answering-only-when-sure", "Answering only when sure", WITHOUT, at_length=True)
    rows: dict[str, dict[str, Cell]] = {}
    for share in SHARES:
        at = curve.at(share)
        rows[f"{100 * share:.0f} %"] = {
            "images": at + 1,
            "certainty from": Number(float(curve.certainty[at]), 2),
            "accuracy": Estimate(curve.intervals[at]),
        }
    sentence = (
        "Accuracy in % when only the most certain share is answered, certainty being the probability of the "
        f"predicted class; area under the risk-coverage curve (mean error over all shares, lower is better): "
        f"{curve.area.text()} %."
    )
    picture = Picture(
        name="risk",
        draw=lambda: risk_figure(curve, evaluation.predicted),
        caption="Accuracy when only the most certain images are answered, with its 95 % band.",
        alt=risk_words(curve),
    )
    cells = pd.DataFrame(rows).T.rename_axis("answered")
    return Section(
        "answering-only-when-sure", "Answering only when sure", sentence, cells, at_length=True, picture=picture
    )


def reliability_figure(evaluation: Evaluation) -> Figure:
    """Accuracy against certainty, bin by bin, before and after the first calibration."""
    figure, axes = canvas(4.8, 4.8)
    axes.plot([0, 100], [0, 100], color=QUIET, linewidth=0.9, linestyle=(0, (4, 4)), label="perfectly calibrated")
    lowest = 100.0
    for (name, points), style in zip(evaluation.reliability.items(), STYLES, strict=False):
        marker, colour, shift = style
        certainty = 100 * np.array([point.certainty for point in points])  # (bins,)
        accuracy = 100 * np.array([point.accuracy.value for point in points])  # (bins,)
        low = 100 * np.array([point.accuracy.low for point in points])  # (bins,)
        high = 100 * np.array([point.accuracy.high for point in points])  # (bins,)
        bars = np.nan_to_num([accuracy - low, high - accuracy])  # (2, bins)
        look: dict[str, Any] = {"color": colour, "markeredgecolor": "white", "markersize": 8, "linewidth": 1}
        axes.errorbar(certainty + shift, accuracy, bars, fmt=f"{marker}-", label=name, alpha=0.9, elinewidth=1, **look)
        lowest = min(lowest, *np.nan_to_num(low, nan=100), *certainty)
    floor = 10 * np.floor(lowest / 10)
    axes.set(xlim=(floor - 1.5, 101.5), ylim=(floor - 1.5, 101.5), aspect="equal")
    axes.set(xlabel="mean probability of the predicted class (%)", ylabel="predictions that are right (%)")
    images = len(evaluation.out_of_fold.label)
    axes.set_title(
        f"Are the probabilities right?\n{images} images, {evaluation.predicted}, 95 % intervals", fontsize=11
    )
    finish(axes, "upper left")
    return figure


def risk_figure(curve: RiskCoverage, predicted: str) -> Figure:
    """Accuracy against the share answered, with its band."""
    share, accuracy = 100 * curve.share, 100 * curve.accuracy  # (n,) each
    shown = share >= LEAST_SHARE  # (n,)
    in_band = np.array([point for point in curve.intervals if shown[point]])  # (points,)
    low = 100 * np.array([curve.intervals[point].low for point in in_band])  # (points,)
    high = 100 * np.array([curve.intervals[point].high for point in in_band])  # (points,)
    figure, axes = canvas(4.8, 4.2)
    band: dict[str, Any] = {"color": CURVE, "alpha": 0.16, "linewidth": 0, "label": "95 % band, point by point"}
    axes.fill_between(share[in_band], low, high, **band)
    axes.plot(share[shown], accuracy[shown], color=CURVE, linewidth=2, label="fusion, most certain images first")
    for marked in (SHARES[0], SHARES[2], SHARES[-1]):
        at = curve.at(marked)
        where = (share[at], accuracy[at])
        axes.plot(*where, "o", color=POINTS[0], markeredgecolor="white", markersize=8)
        beside: dict[str, Any] = {"textcoords": "offset points", "ha": "right", "va": "top", "color": POINTS[0]}
        text = axes.annotate(f"{accuracy[at]:.1f} %", where, (2, -9), **beside)
        text.set(fontsize=9.5, fontweight="bold")
    lowest = np.nanmin(np.append(low, accuracy[shown]))
    floor = 10 * np.floor(lowest / 10) - 10  # room for the legend
    axes.set(xlim=(0, 101.5), ylim=(max(floor, 0), 101), xlabel="share answered (%)", ylabel="accuracy (%)")
    axes.set_title(f"Answering only when sure\n{len(share)} images, {predicted}", fontsize=11)
    finish(axes, "lower right")
    return figure


def reliability_words(points: list[BinPoint]) -> str:
    """Certainty and accuracy of each bin."""
    bins = "; ".join(f"{100 * point.certainty:.0f} % and {100 * point.accuracy.value:.0f} %" for point in points)
    return f"Reliability diagram, mean certainty and share that is right in each bin: {bins}."


def risk_words(curve: RiskCoverage) -> str:
    """Accuracy at some shares answered."""
    points = "; ".join(f"{100 * share:.0f} %: {100 * curve.accuracy[curve.at(share)]:.1f} %" for share in SHARES)
    return f"Risk-coverage curve with its 95 % band, share answered and its accuracy: {points}."
