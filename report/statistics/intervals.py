"""95 % intervals: Wilson's, which all others become where images are independent, and those from resampled cohorts.

Measures that have influence values have theirs from clustered.py. What has none, such as a band around a ROC curve, a
calibration error or the area under a risk-coverage curve, is measured on cohorts of resampled patients (bootstrap.py).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

Z = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % interval."""

    value: float
    low: float
    high: float

    def text(self, decimals: int = 1, unit: float = 100) -> str:
        """In words, in per cent unless `unit` is 1.

        >>> Interval(0.948, 0.8712, 1).text()
        '94.8 [87.1, 100.0]'
        """
        if np.isnan(self.value):
            return "–"
        value, low, high = (f"{unit * number:.{decimals}f}" for number in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}]".replace("nan", "–")


def wilson(share: np.ndarray, count: np.ndarray, deviate: np.ndarray | float = Z) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's score interval of a share among `count` images, which need not be whole (Wilson 1927, JASA 22:209).

    >>> [round(float(end), 3) for end in wilson(np.array(1.0), np.array(10))]
    [0.722, 1.0]
    """
    square = np.asarray(deviate) ** 2 / count
    centre = (share + square / 2) / (1 + square)
    half = np.sqrt(square * share * (1 - share) + square**2 / 4) / (1 + square)
    return np.clip(np.minimum(centre - half, share), 0, 1), np.clip(np.maximum(centre + half, share), 0, 1)


def effective_interval(
    share: np.ndarray, resampled: np.ndarray, patients: np.ndarray | int, images: np.ndarray | float = np.inf
) -> tuple[np.ndarray, np.ndarray]:
    """The interval of shares (...,) from their resamples (times, ...): low and high, NaN with one patient.

    Wilson's, on the number of independent images whose share would vary as much (Korn & Graubard 1998, Survey
    Methodology 24:193), with Student's t for patients - 1; where nothing varies, the patients are counted. `patients`
    are those that the share is about; the effective number never passes `images`.
    """
    patients = np.asarray(patients, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        among_resamples = np.var(resampled, axis=0, where=np.isfinite(resampled))
        variance = among_resamples * patients / (patients - 1)
        is_still = ~(variance > 1e-12)  # nothing varies, or there is one patient
        of_one_image = share * (1 - share)
        effective = of_one_image / np.where(is_still, 1, variance)
        count = np.where(is_still, patients, np.minimum(effective, images))
        student = t.ppf(0.975, np.maximum(patients - 1, 1))
        deviate = np.where(is_still, Z, student)
        low, high = wilson(np.asarray(share), np.maximum(count, 1e-9), deviate)
    return np.where(patients > 1, low, np.nan), np.where(patients > 1, high, np.nan)


def spread_interval(value: float, resampled: np.ndarray, patients: int) -> Interval:
    """The interval of a measure from its resamples (times,).

    Percentiles, widened for few patients ("expanded"; Hesterberg 2015, Am. Stat. 69:371).
    """
    finite = resampled[np.isfinite(resampled)]
    if patients < 2 or not len(finite):
        return Interval(value, np.nan, np.nan)
    tail = norm.cdf(np.sqrt(patients / (patients - 1)) * t.ppf(0.025, patients - 1))
    low, high = np.quantile(finite, [tail, 1 - tail])
    return Interval(float(value), min(float(low), float(value)), max(float(high), float(value)))
