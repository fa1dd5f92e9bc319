"""Risk and coverage: how right the predictions are when only the most certain ones count."""

from dataclasses import dataclass

import numpy as np

from report.out_of_fold import OutOfFold
from report.statistics.clustered import clustered_interval
from report.statistics.influence import share
from report.statistics.intervals import Interval, spread_interval
from report.statistics.metrics import ratio
from report.statistics.patient_groups import PatientGroups

SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)  # of the images answered, in the table
IN_BAND = 100  # points of the band, at most


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """The curve over images from the most to the least certain."""

    share: np.ndarray  # (n,) of the images that are answered
    accuracy: np.ndarray  # (n,) of those
    certainty: np.ndarray  # (n,) the least certainty that is answered
    area: Interval  # mean error over all shares answered
    intervals: dict[int, Interval]  # of the accuracy, by point: those of SHARES and of the band, in their order

    def at(self, share: float) -> int:
        """The point where this share is answered."""
        return point_at(share, len(self.share))


def point_at(share: float, images: int) -> int:
    """The first point of a curve over so many images where this share of them is answered."""
    return max(int(np.ceil((share - 1e-9) * images)) - 1, 0)


def risk_coverage(out_of_fold: OutOfFold, groups: PatientGroups, resamples: np.ndarray) -> RiskCoverage | None:
    """The curve, its certainty being the probability of the predicted class; None where there are no probabilities.

    Images of equal certainty stand in no order, so each counts as their mean. Intervals take which images are answered
    as it is; that of the area is from `resamples` (times, n). The curve: Geifman & El-Yaniv 2017,
    arXiv:1705.08500; its area, AURC: Geifman, Uziel & El-Yaniv 2019, arXiv:1805.08206.
    """
    if out_of_fold.probabilities is None:
        return None
    certainty = out_of_fold.probabilities.max(axis=1)  # (n,)
    order = np.lexsort((out_of_fold.images, -certainty))  # (n,)
    right = mean_of_ties(out_of_fold.predicted == out_of_fold.label, certainty)[order]  # (n,)
    images = len(right)
    accuracy = accuracies(np.ones((1, images)), right)[0]  # (n,)
    ordered = resamples[:, order]  # (times, n)
    errors = np.nansum(ordered * (1 - accuracies(ordered, right)), axis=1)  # (times,)
    areas = errors / ordered.sum(axis=1)  # (times,)
    area = spread_interval(float(np.mean(1 - accuracy)), areas, groups.patients())
    share_answered = np.arange(1, images + 1) / images  # (n,)
    intervals = intervals_along(right, groups.group[order])
    return RiskCoverage(share_answered, accuracy, certainty[order], area, intervals)


def intervals_along(right: np.ndarray, group: np.ndarray) -> dict[int, Interval]:
    """The interval of the accuracy of the first images, by point, at SHARES and along the band: (n,), (n,)."""
    images = len(right)
    along = np.linspace(0, images - 1, IN_BAND).round().astype(int)
    in_table = [point_at(share_answered, images) for share_answered in SHARES]
    intervals = {}
    for point in sorted({*along.tolist(), *in_table}):
        answered = np.arange(images) <= point  # (n,)
        intervals[point] = clustered_interval(share(right, answered), group)
    return intervals


def mean_of_ties(right: np.ndarray, certainty: np.ndarray) -> np.ndarray:
    """Whether each image is right, images of equal certainty as their mean: (n,), (n,) -> (n,)."""
    _, level = np.unique(-certainty, return_inverse=True)  # (n,)
    share = np.bincount(level, weights=right) / np.bincount(level)  # (levels,)
    return share[level]


def accuracies(weights: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The accuracy of the first, the first two, ... images: (times, n), (n,) -> (times, n), NaN before any."""
    answered = weights.cumsum(axis=1)  # (times, n)
    correct = (weights * right).cumsum(axis=1)  # (times, n)
    return ratio(correct, answered)
