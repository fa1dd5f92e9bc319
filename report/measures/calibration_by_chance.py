"""The calibration error that perfect probabilities would show, when the images of a patient err together."""

import numpy as np

from report.measures.calibration_bins import Bins
from report.statistics.design_effect import PRIOR, shrunk_correlation
from report.statistics.influence import mean


def error_by_chance(bins: Bins, group: np.ndarray, rng: np.random.Generator, times: int = 500) -> float:
    """The mean calibration error of perfectly calibrated certainties whose images err together by patient `group` (n,).

    Right and wrong are drawn from the certainties (Bröcker & Smith 2007, Weather and Forecasting 22:651), by uniform
    numbers that images of a patient share: each image takes its patient's number with the chance `shared_chance`, else
    one of its own (Lunn & Davies 1998, Biometrika 85:487).
    """
    share = shared_chance(bins, group)
    numbers, patient = np.unique(group, return_inverse=True)  # (patients,), (n,)
    images = len(bins.certainty)
    own = rng.random((times, images))
    by_patient = rng.random((times, len(numbers)))
    of_patient = by_patient[:, patient]  # (times, n)
    together = rng.random((times, images)) < share
    right = np.where(together, of_patient, own) < bins.certainty  # (times, n)
    gaps = (right - bins.certainty) @ bins.inside  # (times, bins)
    return float(np.abs(gaps).sum(axis=1).mean() / images)


def shared_chance(bins: Bins, group: np.ndarray) -> float:
    """How often an image takes its patient's number, so that images of a patient err together as they did, in [0, 1].

    Two images take the same number with the square of it, and are then as alike as their certainties allow. How alike
    they are in all is the correlation of right minus certainty, drawn towards a prior as for intervals
    (design_effect.py), since a dozen patients hardly tell it.
    """
    correlation, _ = shrunk_correlation(mean(bins.right - bins.certainty), group, PRIOR)
    return float(min(np.sqrt(correlation / most_alike(bins.certainty)), 1))


def most_alike(certainty: np.ndarray) -> float:
    """The mean correlation of right and wrong of two images with the same uniform number, over pairs of (n,) images.

    Both are right with the smaller of their certainties p and q: the covariance is min(p, q) - p q.

    >>> most_alike(np.array([0.8, 0.8, 0.8]))
    1.0
    """
    images = len(certainty)
    variance = float(np.mean(certainty * (1 - certainty)))
    if images < 2 or variance < 1e-12:
        return 1.0
    ascending = np.sort(certainty)  # (n,)
    later = np.arange(images - 1, -1, -1)  # (n,) of so many pairs is each the smaller one
    pairs = later.sum()
    smaller = ascending @ later / pairs
    products = certainty.sum() ** 2 - np.sum(certainty**2)
    covariance = smaller - products / (2 * pairs)
    return round(float(max(covariance / variance, 1e-6)), 12)
