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
    """Images in bins of like certainty, about equally many in each: the certainty is that of the class answered."""

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
    """Bin images by the probability of the class answered, in at most BINS; equal certainties share a bin.

    (n, classes) and (n,). Bins of equal mass: Nixon et al. 2019, arXiv:1904.01685.
    """
    certainty = probabilities.max(axis=1)  # (n,)
    count = int(np.clip(len(codes) // IN_A_BIN, 1, BINS))
    inner = np.quantile(certainty, np.arange(1, count) / count)  # (bins - 1,)
    inside = np.searchsorted(inner, certainty, side="right")[:, None] == np.arange(count)  # (n, bins)
    return Bins(certainty, probabilities.argmax(axis=1) == codes, inside[:, inside.any(axis=0)])


def quality(probabilities: np.ndarray, answers: OutOfFold, resamples: Resamples, rng: np.random.Generator) -> Quality:
    """Losses and calibration error of (n, classes) probabilities for the images of `answers`.

    Resampling adds noise to an error that is never negative, so its resamples are moved back by their bias. What the
    error would be by chance is found by drawing right and wrong from the certainties (Bröcker & Smith 2007, Weather and
    Forecasting 22:651).
    """
    bins = bins_of(probabilities, answers.codes)
    one, patients = np.ones((1, len(answers.label))), resamples.patients()
    log_loss, brier = (spread(values, resamples) for values in losses(probabilities, answers.codes))
    error, resampled = float(bins.error(one)[0]), bins.error(resamples.weights)
    found = spread_interval(error, resampled - (resampled.mean() - error), patients)
    within = Interval(error, max(found.low, 0), min(found.high, 1))
    return Quality(log_loss, brier, within, error_by_chance(bins, rng))


def spread(values: np.ndarray, resamples: Resamples) -> Interval:
    """The interval of the mean of (n,) values."""
    return spread_interval(float(values.mean()), mean(resamples.weights, values), resamples.patients())


def error_by_chance(bins: Bins, rng: np.random.Generator, times: int = 500) -> float:
    """The mean calibration error that these certainties would show if they were perfectly calibrated."""
    right = rng.random((times, len(bins.certainty))) < bins.certainty  # (times, n)
    gaps = (right - bins.certainty) @ bins.inside  # (times, bins)
    return float(np.abs(gaps).sum(axis=1).mean() / len(bins.certainty))


def log_loss_change(calibrated: np.ndarray, answers: OutOfFold, resamples: Resamples) -> Interval:
    """The log-loss of calibrated probabilities minus that of the answers' own, image by image; below 0 is better."""
    after, before = (losses(table, answers.codes)[0] for table in (calibrated, raw_probabilities(answers)))  # (n,) x 2
    return spread(after - before, resamples)


def raw_probabilities(answers: OutOfFold) -> np.ndarray:
    """The answers' own probabilities, (n, classes); a ValueError where only the classes were published."""
    if answers.probabilities is None:
        raise ValueError("these answers have no probability for each class; calibration needs them")
    return answers.probabilities


def checked_calibrated(answers: OutOfFold, calibrated: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The answers' own probabilities and then the calibrated ones, by name; a ValueError where a shape differs."""
    raw = raw_probabilities(answers)
    for name, table in calibrated.items():
        if table.shape != raw.shape:
            raise ValueError(f"{name}: calibrated probabilities must be {raw.shape}, as the answers; got {table.shape}")
    return {"as they are": raw, **calibrated}


def reliability(bins: Bins, resamples: Resamples) -> list[tuple[float, Interval, int]]:
    """Of each bin: mean certainty, accuracy with its interval, and images."""
    return [
        (float(bins.certainty[inside].mean()), share_interval(bins.right, inside, resamples), int(inside.sum()))
        for inside in bins.inside.T
    ]
