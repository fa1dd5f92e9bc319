"""The tables on how far the answers can be trusted: operating points, calibration, sets, and silence when unsure."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from report.evaluation import Evaluation
from report.figure_style import CURVE, POINTS, QUIET, canvas, finish
from report.measures.calibration import (
    BINS,
    bins_of,
    checked_calibrated,
    log_loss_change,
    quality,
    raw_probabilities,
    reliability,
)
from report.measures.coverage import coverage_table, reach_sentence
from report.measures.risk_coverage import SHARES, risk_coverage
from report.out_of_fold import OutOfFold
from report.section import Section, signed
from report.statistics.bootstrap import Resamples
from report.statistics.intervals import Interval

WITHOUT = "Left out: only the class answered is known, not a probability for each class."


def calibration_section(fusion: OutOfFold, calibrated: Mapping[str, np.ndarray], resamples: Resamples) -> Section:
    """Losses and calibration error of the probabilities as they are and calibrated."""
    if fusion.probabilities is None:
        return Section("Calibration", WITHOUT, at_length=True)
    rows: dict[str, dict[str, str]] = {}
    for name, table in checked_calibrated(fusion, calibrated).items():
        found = quality(table, fusion, resamples, np.random.default_rng(0))
        change = signed(log_loss_change(table, fusion, resamples), 3) if rows else "–"
        rows[name] = {
            "log-loss": found.log_loss.text(3, unit=1),
            "change": change,
            "Brier": found.brier.text(3, unit=1),
            "error %": found.error.text(),
            "error by chance %": f"{100 * found.error_by_chance:.1f}",
        }
    bins = bins_of(fusion.probabilities, fusion.codes).inside.shape[1]
    sentence = (
        "Log-loss in nats and its change by calibration (below 0 is better; an interval around 0 is no evidence of a "
        "gain); Brier score, summed over the classes; expected calibration error: mean |accuracy - certainty| over "
        f"{bins} bins of equal mass (at most {BINS}) of the class answered, beside the error that perfectly calibrated "
        "answers would show by chance. Each fold is calibrated by the answers of the other folds."
    )
    return Section("Calibration", sentence, pd.DataFrame(rows).T.rename_axis("probabilities"), at_length=True)


def conformal_section(fusion: OutOfFold, sets: Mapping[float, np.ndarray], resamples: Resamples) -> Section:
    """How often the sets of each level hold the true class."""
    if not sets:
        words = WITHOUT if fusion.probabilities is None else "Left out: no sets were made from these answers."
        return Section("Conformal sets", words, at_length=True)
    sentence = (
        "Sets of classes that hold the true one for the stated share of the images of a new patient, under limits from "
        "the other folds; measured: the share of images whose set holds it, its mean over patients, the mean number of "
        f"classes, and how many sets hold one class or all.{reach_sentence(fusion, resamples, sets)}"
    )
    return Section("Conformal sets", sentence, coverage_table(fusion, sets, resamples), at_length=True)


def risk_section(fusion: OutOfFold, resamples: Resamples) -> Section:
    """How right the answers are when the least certain ones are withheld."""
    curve = risk_coverage(fusion, resamples)
    if curve is None:
        return Section("Answering only when sure", WITHOUT, at_length=True)
    rows: dict[str, dict[str, str]] = {}
    for share in SHARES:
        at = curve.at(share)
        found = Interval(float(curve.accuracy[at]), float(curve.low[at]), float(curve.high[at]))
        rows[f"{100 * share:.0f} %"] = {
            "images": str(at + 1),
            "certainty from": f"{curve.certainty[at]:.2f}",
            "accuracy": found.text(),
        }
    sentence = (
        "Accuracy in % when only the most certain share is answered, certainty being the probability of the class "
        f"answered; area under the risk-coverage curve (mean error over all shares, lower is better): "
        f"{curve.area.text()} %."
    )
    return Section("Answering only when sure", sentence, pd.DataFrame(rows).T.rename_axis("answered"), at_length=True)


STYLES = (("o", POINTS[0], -0.4), ("s", CURVE, 0.4))  # before and after: marker, colour, shift along x


def reliability_figure(
    answers: OutOfFold, resamples: Resamples, calibrated: Mapping[str, np.ndarray] | None = None
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


def risk_figure(answers: OutOfFold, resamples: Resamples) -> Figure | None:
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


def reliability_words(facts: Evaluation) -> str:
    """Certainty and accuracy of each bin."""
    points = reliability(bins_of(raw_probabilities(facts.fusion), facts.fusion.codes), facts.resamples)
    told = "; ".join(f"{100 * certainty:.0f} % and {100 * found.value:.0f} %" for certainty, found, _ in points)
    return f"Reliability diagram, mean certainty and share that is right in each bin: {told}."


def risk_words(facts: Evaluation) -> str:
    """Accuracy at some shares answered."""
    curve = risk_coverage(facts.fusion, facts.resamples)
    assert curve is not None, "there is no figure without a curve"
    told = "; ".join(f"{100 * share:.0f} %: {100 * curve.accuracy[curve.at(share)]:.1f} %" for share in SHARES)
    return f"Risk-coverage curve with its 95 % band, share answered and its accuracy: {told}."
