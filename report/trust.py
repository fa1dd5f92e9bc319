"""The tables on how far the answers can be trusted: operating points, calibration, sets, and silence when unsure."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from report.answers import Answers
from report.calibration import BINS, bins_of, checked_calibrated, log_loss_change, quality
from report.compare import Comparison, verdict
from report.conformal import coverage_table, reach_sentence
from report.intervals import Interval
from report.nested import Chosen, nested_points, why_not_nested
from report.resample import Resamples, cohort_sentence
from report.risk import SHARES, risk_coverage
from report.section import Section

WHICH = ("first", "second")  # of two that are compared; their names may be too long for a table
WITHOUT = "Left out: only the class answered is known, not a probability for each class."


def nested_section(fusion: Answers, resamples: Resamples) -> Section:
    """Thresholds chosen without the images they are judged on, and with hindsight."""
    results = nested_points(fusion, resamples)
    if results is None:
        return Section("Choosing the threshold", why_not_nested(fusion) or "")
    rows = {name: row for result in results for name, row in nested_rows(result).items()}
    gaps = "; ".join(f"{result.aim}: {gap_words(result)}" for result in results)
    sentence = (
        "The threshold chosen on all images and judged on the same, and chosen for each fold on the other folds' "
        f"answers (honest). Optimism, chosen on all minus honest, in points: {gaps}."
    )
    return Section("Choosing the threshold", sentence, pd.DataFrame(rows).T.rename_axis("aim"))


def nested_rows(result: Chosen) -> dict[str, dict[str, str]]:
    """Two rows of one aim: with hindsight, and honest."""
    low, high = result.thresholds.min(), result.thresholds.max()
    spread = f"{low:.2f}" if f"{low:.2f}" == f"{high:.2f}" else f"{low:.2f}–{high:.2f}"
    ways = {"on all": (f"{result.hindsight:.2f}", result.naive), "honest": (spread, result.honest)}
    return {
        f"{result.aim}, {way}": {"threshold": used, **{measure: found.text() for measure, found in points.items()}}
        for way, (used, points) in ways.items()
    }


def gap_words(result: Chosen) -> str:
    """The optimism of one aim: `sensitivity +3.8, specificity +0.0`."""
    return ", ".join(f"{measure} {100 * result.gap(measure) + 0.0:+.1f}" for measure in result.naive)


def calibration_section(fusion: Answers, calibrated: Mapping[str, np.ndarray], resamples: Resamples) -> Section:
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


def conformal_section(fusion: Answers, sets: Mapping[float, np.ndarray], resamples: Resamples) -> Section:
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


def risk_section(fusion: Answers, resamples: Resamples) -> Section:
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


def comparison_section(result: Comparison) -> Section:
    """Two sets of answers, measure by measure, and the verdict in words."""
    rows: dict[str, dict[str, str]] = {}
    for found in result.differences:
        unit, decimals = (1, 3) if found.measure in ("AUC", "log-loss") else (100, 1)
        rows[found.measure] = {
            WHICH[0]: f"{unit * found.first:.{decimals}f}",
            WHICH[1]: f"{unit * found.second:.{decimals}f}",
            "difference": signed(found.change, decimals, unit),
            "better": WHICH[result.names.index(found.better)] if found.better else "cannot be told apart",
        }
    sentence = (
        f"{verdict(result)} First: {result.names[0]}. Second: {result.names[1]}. Differences are second minus first on "
        "the same resampled cohorts. "
        f"{cohort_sentence(result.resamples)} The more is compared, the likelier something differs by chance."
    )
    return Section("Comparison", sentence, pd.DataFrame(rows).T.rename_axis("measure"))


def signed(found: Interval, decimals: int, unit: float = 1) -> str:
    """A difference with its interval, each with its sign."""
    numbers = (round(unit * number, decimals) + 0.0 for number in (found.value, found.low, found.high))  # no -0.0
    value, low, high = (f"{number:+.{decimals}f}" for number in numbers)
    return f"{value} [{low}, {high}]".replace("+nan", "–").replace("nan", "–")
