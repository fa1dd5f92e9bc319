"""Slope and intercept of probabilities on new images: are they too extreme, and are they too high or too low?

A logistic regression of the truth on the logit of the probability (Cox 1958, Biometrika 45:562). Its slope is 1 where
the probabilities are right; below 1 they are too extreme. The intercept is taken with the slope held at 1 (calibration
in the large; Van Calster et al. 2019, BMC Medicine 17:230): 0 where they are right, below 0 where they are too high.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from report.statistics.clustered import mean_interval
from report.statistics.influence import Linearised
from report.statistics.intervals import Interval

CLIP = 1e-6  # probabilities nearer to 0 or 1 count as that near
STEPS = 100  # of Newton's method, which takes fewer than ten where a maximum exists
ENOUGH = 1e-10
NOT_THERE = Interval(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Recalibration:
    """How probabilities would have to be changed, on the logit scale."""

    slope: Interval  # NaN where the probabilities tell the two kinds of images apart without a mistake
    intercept: Interval  # with the slope held at 1


def recalibration(truth: np.ndarray, probability: np.ndarray, group: np.ndarray) -> Recalibration:
    """Slope and intercept with 95 % intervals by patient: (n,) bool, (n,) and (n,) patients as numbers."""
    if not truth.any() or truth.all():
        return Recalibration(NOT_THERE, NOT_THERE)
    linear = logit(np.clip(probability, CLIP, 1 - CLIP))  # (n,)
    ones = np.ones((len(truth), 1))
    intercept = fitted(truth, ones, linear)
    slope = None
    if is_mixed(truth, linear):
        slope = fitted(truth, np.column_stack([linear, ones]), np.zeros(len(truth)))
    stratum = truth.astype(int)  # (n,)
    return Recalibration(
        slope=NOT_THERE if slope is None else coefficient_interval(slope, stratum, group),
        intercept=NOT_THERE if intercept is None else coefficient_interval(intercept, stratum, group),
    )


def is_mixed(truth: np.ndarray, linear: np.ndarray) -> bool:
    """Whether no logit parts positive and negative images, so that a largest likelihood exists.

    Albert & Anderson 1984, Biometrika 71:1.
    """
    positive, negative = linear[truth], linear[~truth]
    return bool(positive.min() < negative.max() and negative.min() < positive.max())


def fitted(truth: np.ndarray, columns: np.ndarray, offset: np.ndarray) -> tuple[float, np.ndarray] | None:
    """The first coefficient of a logistic regression and its influence values, (n,); None where there is no maximum.

    (n,) bool, (n, k) and (n,) added to the linear predictor; by Newton's method. The influence values are those of
    the sandwich variance, whose sums by patient make it robust (Liang & Zeger 1986, Biometrika 73:13).
    """
    coefficients = np.zeros(columns.shape[1])  # (k,)
    for _ in range(STEPS):
        expected = expit(columns @ coefficients + offset)  # (n,)
        score = columns * (truth - expected)[:, None]  # (n, k)
        information = (columns * (expected * (1 - expected))[:, None]).T @ columns  # (k, k)
        try:
            step = np.linalg.solve(information, score.sum(axis=0))  # (k,)
        except np.linalg.LinAlgError:
            return None
        coefficients = coefficients + np.clip(step, -2, 2)
        if np.abs(step).max() < ENOUGH:
            influence = np.linalg.solve(information, score.T)[0]  # (n,)
            return float(coefficients[0]), influence
    return None


def coefficient_interval(fit: tuple[float, np.ndarray], stratum: np.ndarray, group: np.ndarray) -> Interval:
    """The interval of a coefficient from its influence values."""
    value, influence = fit
    weight = np.full(len(influence), 1 / len(influence))  # (n,)
    return mean_interval(Linearised(value, influence, weight, stratum), group)
