"""Two models, or two runs, on the same images: is one better, or can they not be told apart?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from report.binary import POOLED
from report.measures.all_images import auc_of, has_auc
from report.out_of_fold import OutOfFold, aligned
from report.section import Cell, Estimate, Number, Section
from report.statistics.influence import Linearised, balanced_accuracy, mean
from report.statistics.metrics import losses
from report.statistics.paired import LEVEL, Difference, difference, exchange_test
from report.statistics.patient_groups import PatientGroups, cohort_sentence


@dataclass(frozen=True, eq=False)
class Comparison:
    """What two sets of predictions for the same images say of one another."""

    names: tuple[str, str]
    only_first: int  # images that the first alone has right
    only_second: int
    mcnemar: float  # exact two-sided p; it takes images as independent
    by_patient: float  # exact two-sided p that does not
    differences: tuple[Difference, ...]  # accuracy first
    groups: PatientGroups
    auc: str  # how both AUCs were taken


def compare(first: OutOfFold, second: OutOfFold, names: tuple[str, str] = ("first", "second")) -> Comparison:
    """Compare predictions for the same images, each in any order. Raises ComparisonError (see `aligned`).

    One is better by accuracy or balanced accuracy when the paired interval leaves 0 out and both p-values are below
    LEVEL; by AUC or log-loss when the interval leaves 0 out.
    """
    second = aligned(first, second, names)
    groups = PatientGroups.of(first if first.known.any() else second)
    first_right, second_right = first.predicted == first.label, second.predicted == second.label  # (n,), (n,)
    only_first = int(np.sum(first_right & ~second_right))
    only_second = int(np.sum(second_right & ~first_right))
    discordant = only_first + only_second
    mcnemar = float(binomtest(only_second, discordant).pvalue) if discordant else 1.0
    gain = second_right.astype(int) - first_right.astype(int)  # (n,): -1, 0, 1
    by_patient = exchange_test(gain, groups.group)
    accuracy_differs = max(mcnemar, by_patient) < LEVEL
    differences = []
    for name, of_first, of_second in measures(first, second):
        significant = accuracy_differs or not name.endswith("accuracy")
        differences.append(difference(name, of_first, of_second, groups.group, names, significant))
    auc = common_auc(first, second)
    return Comparison(names, only_first, only_second, mcnemar, by_patient, tuple(differences), groups, auc)


def measures(first: OutOfFold, second: OutOfFold) -> Iterator[tuple[str, Linearised, Linearised]]:
    """The measures that both have: name, the first's and the second's."""
    label = first.label  # (n,)
    yield "accuracy", mean(first.predicted == label), mean(second.predicted == label)
    yield "balanced accuracy", balanced_accuracy(label, first.predicted), balanced_accuracy(label, second.predicted)
    if first.positive == second.positive and has_auc(first) and has_auc(second):
        rule = common_auc(first, second)
        areas = auc_of(first, rule), auc_of(second, rule)
        if not any(np.isnan(area.value) for area in areas):
            yield "AUC", *areas
    if first.probabilities is not None and second.probabilities is not None:
        yield "log-loss", mean(log_losses(first)), mean(log_losses(second))


def common_auc(first: OutOfFold, second: OutOfFold) -> str:
    """Within folds, each run's own, if both are taken so; else pooled."""
    return first.auc if first.auc == second.auc else POOLED


def log_losses(run: OutOfFold) -> np.ndarray:
    """That of each image, (n,)."""
    of_images, _ = losses(np.asarray(run.probabilities), run.codes)
    return of_images


IN_POINTS = ("accuracy", "balanced accuracy", "AUC")  # measures that a margin is about; a point is 0.01 of them


def standing(row: Difference, names: tuple[str, str], margin: float) -> str:
    """What the second is beside the first: better, worse, no worse by more than a margin in points, or unknown.

    Not finding a difference is no evidence that there is none. That the second is worse by no more than a margin is
    shown where the lower end of the interval of its gain does not lie below minus the margin (non-inferiority; Piaggio
    et al. 2012, JAMA 308:2594); of an interval of 95 % that is a one-sided test at 2.5 %.

    >>> from report.statistics.intervals import Interval
    >>> standing(Difference("accuracy", 0.90, 0.91, Interval(0.01, -0.015, 0.03), None), ("A", "B"), 2)
    'no worse'
    """
    if row.better is not None:
        return "better" if row.better == names[1] else "worse"
    is_within = row.measure in IN_POINTS and 100 * row.change.low >= -margin - 1e-9
    return "no worse" if is_within else "cannot be told"


def margin_verdict(result: Comparison, margin: float) -> str:
    """How much worse than the first the second may be, in words, measure by measure."""
    first, second = result.names
    findings = []
    for row in result.differences:
        if row.measure not in IN_POINTS:
            continue
        is_said = standing(row, result.names, margin)
        if is_said == "no worse":
            is_said = f"no worse by more than {margin:g} points"
        at_worst = f"{100 * row.change.low:+.1f} at worst" if np.isfinite(row.change.low) else "no interval"
        findings.append(f"by {row.measure} {is_said} ({at_worst})")
    return f"With a margin of {margin:g} points {second}, beside {first}, is {', '.join(findings)}."


def verdict(result: Comparison) -> str:
    """The comparison in words, by accuracy first."""
    first, second = result.names
    accuracy, *others = result.differences
    counts = f"{first} alone is right on {result.only_first} images and {second} alone on {result.only_second}"
    tests = f"exact McNemar p = {result.mcnemar:.2g}"
    if result.groups.by_patient:
        tests += f", which takes images as independent; exchanging whole patients p = {result.by_patient:.2g}"
    finding = f"By accuracy {first} and {second} cannot be told apart"
    if accuracy.better is not None:
        finding = f"{accuracy.better} is better by accuracy"
    winners = [f"{difference.measure} ({difference.better} is better)" for difference in others if difference.better]
    also = f" They differ by {', '.join(winners)}." if winners else ""
    return f"{finding}: {counts} ({tests}).{also}"


WHICH = ("first", "second")  # of two that are compared; their names may be too long for a table


def comparison_section(result: Comparison, margin: float | None = None) -> Section:
    """Two sets of predictions, measure by measure, and the verdict in words.

    A margin in points says from where on the second would be worse by too much (see `standing`).
    """
    rows: dict[str, dict[str, Cell]] = {}
    for row in result.differences:
        unit, decimals = (1, 3) if row.measure in ("AUC", "log-loss") else (100, 1)
        rows[row.measure] = {
            WHICH[0]: Number(row.first, decimals, unit),
            WHICH[1]: Number(row.second, decimals, unit),
            "difference": Estimate(row.change, decimals, unit, signed=True),
        }
        if margin is None:
            winner = WHICH[result.names.index(row.better)] if row.better else "cannot be told apart"
            rows[row.measure]["better"] = winner
        else:
            rows[row.measure]["second is"] = standing(row, result.names, margin)
    about_margin = "" if margin is None else f"{margin_verdict(result, margin)} "
    auc = f"; AUC {result.auc}" if "AUC" in rows else ""
    sentence = (
        f"{verdict(result)} {about_margin}First: {result.names[0]}. Second: {result.names[1]}. "
        f"Differences are second minus first, image by image{auc}. {cohort_sentence(result.groups)} "
        "The more is compared, the likelier something differs by chance."
    )
    return Section("comparison", "Comparison", sentence, pd.DataFrame(rows).T.rename_axis("measure"))
