"""Two models, or two runs, on the same images: is one better, or can they not be told apart?"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from report.out_of_fold import OutOfFold, aligned
from report.section import Section, signed
from report.statistics.bootstrap import Resamples, cohort_sentence, resample
from report.statistics.intervals import Measure, fewest_patients
from report.statistics.metrics import auc, balanced_accuracy, losses, mean
from report.statistics.paired import LEVEL, Difference, difference, exchange_test


@dataclass(frozen=True, eq=False)
class Comparison:
    """What two sets of answers to the same images say of one another."""

    names: tuple[str, str]
    only_first: int  # images that the first alone has right
    only_second: int
    mcnemar: float  # exact two-sided p; it takes images as independent
    by_patient: float  # exact two-sided p that does not
    differences: tuple[Difference, ...]  # accuracy first
    resamples: Resamples


def compare(
    first: OutOfFold, second: OutOfFold, rng: np.random.Generator, names: tuple[str, str] = ("first", "second")
) -> Comparison:
    """Compare answers to the same images, each in any order. Raises ComparisonError where the questions differ.

    One is better by accuracy or balanced accuracy when the paired interval leaves 0 out and both p-values are below
    LEVEL; by AUC or log-loss when the interval leaves 0 out.
    """
    second = aligned(first, second, names)
    resamples = resample(first if first.known.any() else second, rng)
    gain = (second.predicted == second.label).astype(int) - (first.predicted == first.label)  # (n,): -1, 0, 1
    only_first, only_second = int(np.sum(gain < 0)), int(np.sum(gain > 0))
    mcnemar = float(binomtest(only_second, only_first + only_second).pvalue) if gain.any() else 1.0
    by_patient = exchange_test(gain, resamples.group)
    significant = max(mcnemar, by_patient) < LEVEL
    found = tuple(
        difference(measure, ours, theirs, resamples, patients, names, significant or not measure.endswith("accuracy"))
        for measure, ours, theirs, patients in measures(first, second, resamples)
    )
    return Comparison(names, only_first, only_second, mcnemar, by_patient, found, resamples)


def measures(first: OutOfFold, second: OutOfFold, resamples: Resamples) -> Iterable[tuple[str, Measure, Measure, int]]:
    """The measures that both have: name, the first's, the second's, and the patients that they are about."""

    def of_both(measure, *columns):  # type: ignore[no-untyped-def]
        return [lambda weights, given=given: measure(weights, *given) for given in columns]

    label = first.label  # (n,)
    right = [(answers.predicted == label,) for answers in (first, second)]
    yield "accuracy", *of_both(mean, *right), resamples.patients()
    given = [(label, answers.predicted) for answers in (first, second)]
    yield "balanced accuracy", *of_both(balanced_accuracy, *given), fewest_patients(label, resamples)
    if first.positive and first.positive == second.positive and len(np.unique(first.truth)) == 2:
        scores = [(first.truth, answers.score) for answers in (first, second)]
        yield "AUC", *of_both(auc, *scores), fewest_patients(first.truth, resamples)
    if first.probabilities is not None and second.probabilities is not None:
        lost = [(losses(answers.probabilities, answers.codes)[0],) for answers in (first, second)]  # type: ignore
        yield "log-loss", *of_both(mean, *lost), resamples.patients()


def verdict(result: Comparison) -> str:
    """The comparison in words, by accuracy first."""
    one, other = result.names
    shown = result.differences[0]
    counts = f"{one} alone is right on {result.only_first} images and {other} alone on {result.only_second}"
    tests = f"exact McNemar p = {result.mcnemar:.2g}"
    if result.resamples.by_patient:
        tests += f", which takes images as independent; exchanging whole patients p = {result.by_patient:.2g}"
    if shown.better is None:
        words = f"By accuracy {one} and {other} cannot be told apart"
    else:
        words = f"{shown.better} is better by accuracy"
    winners = [f"{found.measure} ({found.better} is better)" for found in result.differences[1:] if found.better]
    others = f" They differ by {', '.join(winners)}." if winners else ""
    return f"{words}: {counts} ({tests}).{others}"


WHICH = ("first", "second")  # of two that are compared; their names may be too long for a table


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
