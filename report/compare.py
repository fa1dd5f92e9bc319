"""Two models, or two runs, on the same images: is one better, or can they not be told apart?"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from report.answers import Answers
from report.intervals import Interval, Measure, fewest_patients, spread_interval
from report.metrics import auc, balanced_accuracy, losses, mean
from report.resample import Resamples, resample

LEVEL = 0.05  # p-values from here on are no evidence of a difference


class ComparisonError(ValueError):
    """The two sets of answers are not to the same questions."""


@dataclass(frozen=True)
class Difference:
    """One measure of both models, and the second's minus the first's."""

    measure: str
    first: float
    second: float
    change: Interval
    better: str | None  # the better one's name; None: they cannot be told apart


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
    first: Answers, second: Answers, rng: np.random.Generator, names: tuple[str, str] = ("first", "second")
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
    told = max(mcnemar, by_patient) < LEVEL
    found = tuple(
        difference(measure, ours, theirs, resamples, patients, names, told or not measure.endswith("accuracy"))
        for measure, ours, theirs, patients in measures(first, second, resamples)
    )
    return Comparison(names, only_first, only_second, mcnemar, by_patient, found, resamples)


def measures(first: Answers, second: Answers, resamples: Resamples) -> Iterable[tuple[str, Measure, Measure, int]]:
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


def difference(
    measure: str,
    ours: Measure,
    theirs: Measure,
    resamples: Resamples,
    patients: int,
    names: tuple[str, str],
    told: bool,
) -> Difference:
    """The second's measure minus the first's on the same resampled cohorts; no winner unless `told`."""
    one = np.ones((1, len(resamples.group)))
    first, second = float(ours(one)[0]), float(theirs(one)[0])
    change = spread_interval(second - first, theirs(resamples.weights) - ours(resamples.weights), patients)
    clear = told and (change.low > 0 or change.high < 0)
    second_better = (change.value < 0) == (measure == "log-loss")
    return Difference(measure, first, second, change, names[int(second_better)] if clear else None)


def exchange_test(gain: np.ndarray, group: np.ndarray) -> float:
    """The exact two-sided p-value that two models which differ by `gain` (n,) whole numbers do not differ.

    Under no difference they may change places in any patient, so each patient's sum changes sign by the toss of a coin
    (Canay, Romano & Shaikh 2017, Econometrica 85:1013); all outcomes are counted by convolution. With one image a
    patient it is McNemar's exact test, which with six that err together finds a difference in 14-17 % of pairs of equal
    models, this one in 2-4 %.

    >>> exchange_test(np.array([1, 1, 1, 1]), np.array([0, 1, 2, 3])), exchange_test(np.ones(4, int), np.zeros(4, int))
    (0.125, 1.0)
    """
    sums = np.bincount(group, weights=gain).round().astype(int)  # (patients,)
    reach = int(np.abs(sums).sum())
    chance = np.zeros(2 * reach + 1)  # of each total from -reach to reach
    chance[reach] = 1
    for size in np.abs(sums[sums != 0]):
        chance = (np.roll(chance, size) + np.roll(chance, -size)) / 2
    extreme = np.abs(np.arange(-reach, reach + 1)) >= abs(int(sums.sum()))
    return min(1.0, float(chance[extreme].sum()))


def aligned(first: Answers, second: Answers, names: tuple[str, str]) -> Answers:
    """The second answers in the first's order. Raises ComparisonError where the questions differ."""
    refuse(names, "images", set(first.images) ^ set(second.images), "compare on the images that both have")
    refuse(names, "classes", set(first.classes) ^ set(second.classes), "make both from one table of labels")
    order = {image: row for row, image in enumerate(second.images)}
    second = second.take(np.array([order[image] for image in first.images]))
    refuse(names, "labels", first.images[first.label != second.label], "make both from one table of labels")
    if first.known.any() and second.known.any():
        refuse(names, "patients", first.images[first.groups != second.groups], "make both from one table of patients")
    return second


def refuse(names: tuple[str, str], what: str, offenders: Iterable[str], way_out: str) -> None:
    """Raise ComparisonError naming the first three offenders, if there are any."""
    listed = sorted(map(str, offenders))
    if listed:
        some = ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")
        raise ComparisonError(f"{' and '.join(names)} must have the same {what}; they differ in {some}; {way_out}")


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
