"""Do the probabilities mean what they say? Calibration error, losses, and what calibration changes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from report.out_of_fold import OutOfFold
from report.statistics.bootstrap import Resamples
from report.statistics.intervals import Interval, share_interval, spread_interval
from report.statistics.metrics import losses, mean

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


@dataclass(frozen=True)
class Quality:
    """How good one set of probabilities is."""

    log_loss: Interval
    brier: Interval
    error: Interval  # expected calibration error
    error_by_chance: float  # what perfect probabilities would show on as many images


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


def quality(
    probabilities: np.ndarray, out_of_fold: OutOfFold, resamples: Resamples, rng: np.random.Generator
) -> Quality:
    """Losses and calibration error of (n, classes) probabilities for the images of `out_of_fold`.

    Resampling adds noise to an error that is never negative, so its resamples are moved back by their bias. What the
    error would be by chance is estimated by drawing right and wrong from the certainties (Bröcker & Smith 2007, Weather
    and Forecasting 22:651).
    """
    log_loss, brier = losses(probabilities, out_of_fold.codes)  # (n,), (n,)
    bins = bins_of(probabilities, out_of_fold.codes)
    each_once = np.ones((1, len(out_of_fold.label)))
    error = float(bins.error(each_once)[0])
    resampled = bins.error(resamples.weights)  # (times,)
    bias = resampled.mean() - error
    moved_back = spread_interval(error, resampled - bias, resamples.patients())
    within_bounds = Interval(error, max(moved_back.low, 0), min(moved_back.high, 1))
    return Quality(
        log_loss=spread(log_loss, resamples),
        brier=spread(brier, resamples),
        error=within_bounds,
        error_by_chance=error_by_chance(bins, rng),
    )


def spread(values: np.ndarray, resamples: Resamples) -> Interval:
    """The interval of the mean of (n,) values."""
    return spread_interval(float(values.mean()), mean(resamples.weights, values), resamples.patients())


def error_by_chance(bins: Bins, rng: np.random.Generator, times: int = 500) -> float:
    """The mean calibration error that these certainties would show if they were perfectly calibrated."""
    right = rng.random((times, len(bins.certainty))) < bins.certainty  # (times, n)
    gaps = (right - bins.certainty) @ bins.inside  # (times, bins)
    return float(np.abs(gaps).sum(axis=1).mean() / len(bins.certainty))


def log_loss_change(calibrated: np.ndarray, out_of_fold: OutOfFold, resamples: Resamples) -> Interval:
    """The log-loss of calibrated probabilities minus that of the models' own, image by image; below 0 is better."""
    before, _ = losses(raw_probabilities(out_of_fold), out_of_fold.codes)  # (n,)
    after, _ = losses(calibrated, out_of_fold.codes)  # (n,)
    return spread(after - before, resamples)


def raw_probabilities(out_of_fold: OutOfFold) -> np.ndarray:
    """The models' own probabilities, (n, classes); a ValueError where only the classes were published."""
    if out_of_fold.probabilities is None:
        raise ValueError("these predictions have no probability for each class; calibration needs them")
    return out_of_fold.probabilities


def checked_calibrated(out_of_fold: OutOfFold, calibrated: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The models' own probabilities and then the calibrated ones, by name; a ValueError where a shape differs."""
    raw = raw_probabilities(out_of_fold)
    for name, table in calibrated.items():
        if table.shape != raw.shape:
            raise ValueError(f"{name}: calibrated probabilities must be {raw.shape}, as the models'; got {table.shape}")
    return {"as they are": raw, **calibrated}


@dataclass(frozen=True)
class BinPoint:
    """One bin of a reliability diagram."""

    certainty: float  # mean
    accuracy: Interval
    images: int


def reliability(bins: Bins, resamples: Resamples) -> list[BinPoint]:
    """Of each bin: mean certainty, accuracy with its interval, and images."""
    points = []
    for inside in bins.inside.T:  # (n,)
        certainty = float(bins.certainty[inside].mean())
        accuracy = share_interval(bins.right, inside, resamples)
        points.append(BinPoint(certainty, accuracy, int(inside.sum())))
    return points
