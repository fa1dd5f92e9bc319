"""The line to beat: answers that only say how frequent each class was among the images of the other folds."""

from dataclasses import dataclass

import numpy as np

from report.out_of_fold import OutOfFold
from report.statistics.clustered import clustered_interval, loss_interval, mean_interval
from report.statistics.influence import mean, share
from report.statistics.intervals import Interval
from report.statistics.metrics import losses


@dataclass(frozen=True)
class ClassShares:
    """What the shares achieve, and what the predictions add to it."""

    accuracy: Interval  # of always naming the most frequent class
    log_loss: Interval
    brier: Interval
    gain: Interval | None  # log-loss of the predictions minus that of the shares; None where they have no probabilities


def class_shares(out_of_fold: OutOfFold, group: np.ndarray) -> ClassShares | None:
    """From labels and folds alone, by patients `group` (n,); None where there are no other folds."""
    if len(np.unique(out_of_fold.fold)) < 2:
        return None
    codes = out_of_fold.codes  # (n,)
    shares = shares_of_other_folds(codes, out_of_fold.fold, len(out_of_fold.classes))  # (n, classes)
    log_loss, brier = losses(shares, codes)  # (n,), (n,)
    gain = None
    if out_of_fold.probabilities is not None:
        own, _ = losses(out_of_fold.probabilities, codes)  # (n,)
        gain = mean_interval(mean(own - log_loss), group)
    everywhere = np.full(len(codes), True)
    right = shares.argmax(axis=1) == codes  # (n,)
    return ClassShares(
        accuracy=clustered_interval(share(right, everywhere), group),
        log_loss=loss_interval(mean(log_loss), group),
        brier=loss_interval(mean(brier), group),
        gain=gain,
    )


def shares_of_other_folds(codes: np.ndarray, fold: np.ndarray, classes: int) -> np.ndarray:
    """The share of each class in the other folds than an image's own, (n, classes), of (n,) classes and folds.

    Where another fold's images lack a class, half an image is added to each, so that no share is 0.

    >>> shares_of_other_folds(np.array([0, 1, 0, 0, 0, 1]), np.array([1, 1, 2, 2, 2, 2]), 2)[0].tolist()
    [0.75, 0.25]
    """
    shares = np.empty((len(codes), classes))
    for number in np.unique(fold):
        here = fold == number  # (n,)
        counts = np.bincount(codes[~here], minlength=classes).astype(float)  # (class,)
        if not counts.all():
            counts += 0.5
        shares[here] = counts / counts.sum()
    return shares
