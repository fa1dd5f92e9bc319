"""The band around a ROC curve."""

import numpy as np

from report.out_of_fold import OutOfFold
from report.statistics.intervals import effective_interval
from report.statistics.patient_groups import PatientGroups

GRID = np.linspace(0, 1, 101)  # 1 - specificity
CURVES = 500  # resampled curves; a band needs fewer than an interval


def roc_band(
    out_of_fold: OutOfFold, groups: PatientGroups, resamples: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """GRID and the pointwise 95 % interval of the sensitivity at each 1 - specificity, (101,) each.

    From `resamples` (times, n). The two-class score must be there, and both kinds of images.
    """
    truth, score = out_of_fold.truth, np.asarray(out_of_fold.score)  # (n,), (n,)
    drawn = sensitivities(resamples[:CURVES], truth, score)  # (curves, 101)
    value = sensitivities(np.ones((1, len(truth))), truth, score)[0]  # (101,)
    low, high = effective_interval(value, drawn, groups.patients(truth), int(truth.sum()))
    return GRID, np.maximum.accumulate(low), np.maximum.accumulate(high)


def sensitivities(weights: np.ndarray, truth: np.ndarray, score: np.ndarray) -> np.ndarray:
    """The weighted ROC curve at each point of GRID: (times, n) -> (times, 101); NaN without one kind of images."""
    order = np.argsort(-score, kind="stable")  # (n,)
    weights, truth, score = weights[:, order], truth[order], score[order]  # the highest score first
    last_of_level = np.flatnonzero(np.diff(score, append=-np.inf))  # (levels,): where each distinct score ends
    true_positives = (weights * truth).cumsum(axis=1)[:, last_of_level]  # (times, levels)
    false_positives = (weights * ~truth).cumsum(axis=1)[:, last_of_level]  # (times, levels)
    curves = np.full((len(weights), len(GRID)), np.nan)
    for row in range(len(weights)):
        positives, negatives = true_positives[row, -1], false_positives[row, -1]
        if positives and negatives:
            allowed = GRID * negatives + 1e-9  # (101,): false positives at each point of the grid
            level = np.searchsorted(false_positives[row], allowed, side="right")  # (101,)
            curves[row] = np.append(0, true_positives[row])[level] / positives
    return curves
