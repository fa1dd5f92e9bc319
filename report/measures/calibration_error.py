"""Images in bins of like certainty, and the calibration error over them."""

from dataclasses import dataclass

import numpy as np

from report.statistics.design_effect import PRIOR, shrunk_correlation
from report.statistics.influence import mean

BINS = 10
IN_A_BIN = 10  # images; with fewer in all, there are fewer bins


@dataclass(frozen=True, eq=False)
class Bins:
    """Images in bins of like certainty, about equally many in each: the certainty is that of the predicted class."""

    certainty: np.ndarray  # (n,)
    right: np.ndarray  # (n,) bool
    inside: np.ndarray  # (n, bins) bool

    def error(self, weights: np.ndarray) -> np.ndarray:
        """Expected calibration error: |accuracy - mean certainty| over the bins, by their images; (times,)."""
        gaps = weights @ (self.inside * (self.right - self.certainty)[:, None])  # (times, bins)
        return np.abs(gaps).sum(axis=1) / weights.sum(axis=1)


def bins_of(probabilities: np.ndarray, codes: np.ndarray) -> Bins:
    """Bin images by the probability of the predicted class, in at most BINS; equal certainties share a bin.

    (n, classes) and (n,). Bins of equal mass: Nixon et al. 2019, arXiv:1904.01685.
    """
    certainty = probabilities.max(axis=1)  # (n,)
    right = probabilities.argmax(axis=1) == codes  # (n,)
    count = int(np.clip(len(codes) // IN_A_BIN, 1, BINS))
    edges = np.quantile(certainty, np.arange(1, count) / count)  # (bins - 1,)
    number = np.searchsorted(edges, certainty, side="right")  # (n,): each image's bin
    inside = number[:, None] == np.arange(count)  # (n, bins)
    return Bins(certainty, right, inside[:, inside.any(axis=0)])


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
