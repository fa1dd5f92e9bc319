"""Risk and coverage: how right the answers are when only the most certain ones are given."""

from dataclasses import dataclass

import numpy as np

from report.out_of_fold import OutOfFold
from report.statistics.bootstrap import Resamples
from report.statistics.intervals import Interval, effective_interval, spread_interval

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


def risk_coverage(answers: OutOfFold, resamples: Resamples) -> RiskCoverage | None:
    """The curve, its certainty being the probability of the class answered; None where there are no probabilities.

    Images of equal certainty stand in no order, so each counts as their mean. The curve: Geifman & El-Yaniv 2017,
    arXiv:1705.08500; its area, AURC: Geifman, Uziel & El-Yaniv 2019, arXiv:1805.08206.
    """
    if answers.probabilities is None:
        return None
    certainty = answers.probabilities.max(axis=1)  # (n,)
    order = np.lexsort((answers.images, -certainty))  # (n,)
    _, tie = np.unique(-certainty, return_inverse=True)  # (n,)
    right = answers.predicted == answers.label  # (n,)
    right = (np.bincount(tie, weights=right) / np.bincount(tie))[tie][order]  # (n,)
    sorted_ = resamples.part(order)
    accuracy = accuracies(np.ones((1, len(right))), right)[0]  # (n,)
    resampled = accuracies(sorted_.weights, right)  # (times, n)
    fresh = np.zeros(len(right), dtype=bool)
    fresh[np.unique(sorted_.group, return_index=True)[1]] = True
    patients = fresh.cumsum()  # (n,) among those answered
    images = np.arange(1, len(right) + 1)  # (n,)
    low, high = effective_interval(accuracy, resampled, patients, images)
    weights = sorted_.weights
    areas = np.nansum(weights * (1 - resampled), axis=1) / weights.sum(axis=1)  # (times,)
    area = spread_interval(float(np.mean(1 - accuracy)), areas, resamples.patients())
    return RiskCoverage(images / len(right), accuracy, low, high, certainty[order], area)


def accuracies(weights: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The accuracy of the first, the first two, ... images: (times, n), (n,) -> (times, n), NaN before any."""
    answered = weights.cumsum(axis=1)  # (times, n)
    return np.divide((weights * right).cumsum(axis=1), answered, out=np.full(weights.shape, np.nan), where=answered > 0)
