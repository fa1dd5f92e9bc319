"""Risk and coverage: how right the predictions are when only the most certain ones count."""

from dataclasses import dataclass

import numpy as np

from report.out_of_fold import OutOfFold
from report.statistics.bootstrap import Resamples
from report.statistics.intervals import Interval, effective_interval, spread_interval
from report.statistics.metrics import ratio

SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)  # of the images answered, in the table


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """The curve over images from the most to the least certain."""

    share: np.ndarray  # (n,) of the images that are answered
    accuracy: np.ndarray  # (n,) of those
    low: np.ndarray  # (n,) ends of its 95 % interval
    high: np.ndarray  # (n,)
    certainty: np.ndarray  # (n,) the least certainty that is answered
    area: Interval  # mean error over all shares answered

    def at(self, share: float) -> int:
        """The point where this share is answered."""
        return int(np.searchsorted(self.share, share - 1e-9))


def risk_coverage(out_of_fold: OutOfFold, resamples: Resamples) -> RiskCoverage | None:
    """The curve, its certainty being the probability of the predicted class; None where there are no probabilities.

    Images of equal certainty stand in no order, so each counts as their mean. The curve: Geifman & El-Yaniv 2017,
    arXiv:1705.08500; its area, AURC: Geifman, Uziel & El-Yaniv 2019, arXiv:1805.08206.
    """
    if out_of_fold.probabilities is None:
        return None
    certainty = out_of_fold.probabilities.max(axis=1)  # (n,)
    order = np.lexsort((out_of_fold.images, -certainty))  # (n,)
    right = mean_of_ties(out_of_fold.predicted == out_of_fold.label, certainty)[order]  # (n,)
    ordered = resamples.part(order)
    each_once = np.ones((1, len(right)))
    accuracy = accuracies(each_once, right)[0]  # (n,)
    resampled = accuracies(ordered.weights, right)  # (times, n)
    images = np.arange(1, len(right) + 1)  # (n,)
    low, high = effective_interval(accuracy, resampled, patients_so_far(ordered.group), images)
    errors = np.nansum(ordered.weights * (1 - resampled), axis=1)  # (times,)
    areas = errors / ordered.weights.sum(axis=1)  # (times,)
    area = spread_interval(float(np.mean(1 - accuracy)), areas, resamples.patients())
    return RiskCoverage(images / len(right), accuracy, low, high, certainty[order], area)


def mean_of_ties(right: np.ndarray, certainty: np.ndarray) -> np.ndarray:
    """Whether each image is right, images of equal certainty as their mean: (n,), (n,) -> (n,)."""
    _, level = np.unique(-certainty, return_inverse=True)  # (n,)
    share = np.bincount(level, weights=right) / np.bincount(level)  # (levels,)
    return share[level]


def patients_so_far(group: np.ndarray) -> np.ndarray:
    """How many patients the first, the first two, ... images are of: (n,) -> (n,)."""
    _, first_of_patient = np.unique(group, return_index=True)
    is_first = np.zeros(len(group), dtype=bool)
    is_first[first_of_patient] = True
    return is_first.cumsum()


def accuracies(weights: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The accuracy of the first, the first two, ... images: (times, n), (n,) -> (times, n), NaN before any."""
    answered = weights.cumsum(axis=1)  # (times, n)
    correct = (weights * right).cumsum(axis=1)  # (times, n)
    return ratio(correct, answered)
