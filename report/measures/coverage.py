"""How often conformal prediction sets hold the true class, and how large they are."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from report.out_of_fold import OutOfFold
from report.statistics.bootstrap import Resamples
from report.statistics.intervals import share_interval


def coverage_table(answers: OutOfFold, sets: Mapping[float, np.ndarray], resamples: Resamples) -> pd.DataFrame:
    """Of each level's sets, (n, classes) bool, as text: coverage of images and patients, and sizes.

    The level is promised for a random image of a new patient, so the mean over patients is the one to compare.
    """
    rows = {f"{100 * level:.0f} %": coverage_row(answers, held, resamples) for level, held in sorted(sets.items())}
    return pd.DataFrame(rows).T.rename_axis("level")


def coverage_row(answers: OutOfFold, held: np.ndarray, resamples: Resamples) -> dict[str, str]:
    """One level: (n, classes) bool."""
    if held.shape != (len(answers.images), len(answers.classes)):
        wanted = (len(answers.images), len(answers.classes))
        raise ValueError(f"sets must be one row per image and one column per class, {wanted}; got {held.shape}")
    covered = held[np.arange(len(held)), answers.codes]  # (n,)
    sizes = held.sum(axis=1)  # (n,)
    by_patient = pd.Series(covered, dtype=float).groupby(resamples.group).mean()
    return {
        "coverage %": share_interval(covered, np.full(len(held), True), resamples).text(),
        "mean over patients %": f"{100 * by_patient.mean():.1f}",
        "mean size": f"{sizes.mean():.2f}",
        "one class %": f"{100 * np.mean(sizes == 1):.1f}",
        "all classes %": f"{100 * np.mean(sizes == held.shape[1]):.1f}",
    }


def reach_sentence(answers: OutOfFold, resamples: Resamples, levels: Mapping[float, np.ndarray]) -> str:
    """Which levels so few patients cannot promise, whatever the model; nothing where they can.

    With k patients in the other folds at most k / (k + 1) can be promised.
    """
    left = [resamples.patients(answers.fold != number) for number in np.unique(answers.fold)]
    beyond = [f"{100 * level:.0f} %" for level in sorted(levels) if min(left) / (min(left) + 1) < level - 1e-9]
    if not beyond:
        return ""
    return (
        f" {' and '.join(beyond)} cannot be promised from the {min(left)} patients that remain without some fold "
        f"(k patients reach k / (k + 1), here {100 * min(left) / (min(left) + 1):.0f} %): such sets hold every class."
    )
