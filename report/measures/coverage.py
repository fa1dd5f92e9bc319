"""How often conformal prediction sets hold the true class, and how large they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from report.out_of_fold import OutOfFold
from report.statistics.clustered import clustered_interval
from report.statistics.influence import mean
from report.statistics.intervals import Interval
from report.statistics.patient_groups import PatientGroups


@dataclass(frozen=True)
class Coverage:
    """How the sets of one level fare."""

    level: float
    coverage: Interval  # the share of images whose set holds the true class
    mean_over_patients: float  # of each patient's coverage: what the level is promised for
    mean_size: float  # classes
    one_class: float  # the share of sets that hold one class
    all_classes: float  # the share of sets that hold all


def coverage(out_of_fold: OutOfFold, sets: Mapping[float, np.ndarray], groups: PatientGroups) -> list[Coverage]:
    """Of each level's sets, (n, classes) bool, the lowest level first.

    The level is promised for a random image of a new patient, so the mean over patients is the one to compare.
    """
    return [coverage_of(level, sets[level], out_of_fold, groups) for level in sorted(sets)]


def coverage_of(level: float, members: np.ndarray, out_of_fold: OutOfFold, groups: PatientGroups) -> Coverage:
    """One level: which classes are members of each image's set, (n, classes) bool."""
    shape = (len(out_of_fold.images), len(out_of_fold.classes))
    if members.shape != shape:
        raise ValueError(f"sets must be one row per image and one column per class, {shape}; got {members.shape}")
    covered = members[np.arange(len(members)), out_of_fold.codes]  # (n,)
    by_patient = pd.Series(covered, dtype=float).groupby(groups.group).mean()
    sizes = members.sum(axis=1)  # (n,)
    return Coverage(
        level=level,
        coverage=clustered_interval(mean(covered), groups.group),
        mean_over_patients=float(by_patient.mean()),
        mean_size=float(sizes.mean()),
        one_class=float(np.mean(sizes == 1)),
        all_classes=float(np.mean(sizes == members.shape[1])),
    )


def reach_sentence(out_of_fold: OutOfFold, groups: PatientGroups, levels: Iterable[float]) -> str:
    """Which levels so few patients cannot promise, whatever the model; nothing where they can.

    With k patients in the other folds at most k / (k + 1) can be promised.
    """
    folds = np.unique(out_of_fold.fold)
    fewest = min(groups.patients(out_of_fold.fold != fold) for fold in folds)
    reach = fewest / (fewest + 1)
    beyond = [f"{100 * level:.0f} %" for level in sorted(levels) if reach < level - 1e-9]
    if not beyond:
        return ""
    return (
        f" {' and '.join(beyond)} cannot be promised from the {fewest} patients that remain without some fold "
        f"(k patients reach k / (k + 1), here {100 * reach:.0f} %): such sets hold every class."
    )
