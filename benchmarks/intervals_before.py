"""Intervals before there were influence values, to compare with: the cluster bootstrap of weighted measures."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from report.measures.calibration_error import Bins
from report.statistics.intervals import Interval, effective_interval
from report.statistics.metrics import ratio

Measure = Callable[[np.ndarray], np.ndarray]  # weights (times, n) -> (times,)


@dataclass(frozen=True, eq=False)
class Resamples:
    """How often each image stands in each resampled cohort."""

    weights: np.ndarray  # (times, n)
    group: np.ndarray  # (n,) each image's patient as a number

    def patients(self, among: np.ndarray | None = None) -> int:
        """How many patients the images `among` (n,) belong to."""
        return len(np.unique(self.group if among is None else self.group[among]))


def interval(measure: Measure, resamples: Resamples, patients: int, lowest: float = 0) -> Interval:
    """The interval of a measure in [lowest, 1]; `patients` are those that it is about."""
    value = measure(np.ones((1, len(resamples.group))))[0]
    if np.isnan(value):
        return Interval(np.nan, np.nan, np.nan)
    span = 1 - lowest
    share = (value - lowest) / span
    resampled = (measure(resamples.weights) - lowest) / span  # (times,)
    low, high = effective_interval(share, resampled, patients)
    return Interval(float(value), float(lowest + span * low), float(lowest + span * high))


def share_interval(right: np.ndarray, among: np.ndarray, resamples: Resamples) -> Interval:
    """The interval of the share that is right (n,) among some images (n,)."""
    images = int(among.sum())
    if not images:
        return Interval(np.nan, np.nan, np.nan)
    value = float(right[among].mean())
    resampled = mean(resamples.weights, right, among)  # (times,)
    low, high = effective_interval(np.array(value), resampled, resamples.patients(among), images)
    return Interval(value, float(low), float(high))


def fewest_patients(labels: np.ndarray, resamples: Resamples) -> int:
    """The patients of the kind of images that has fewest of them.

    For an AUC of 1 they bound what is known: its variance is at most AUC (1 - AUC) / the smaller number (Birnbaum &
    Klose 1957, Ann. Math. Stat. 28:933).
    """
    return min(resamples.patients(labels == kind) for kind in np.unique(labels))


def error_by_chance(bins: Bins, rng: np.random.Generator, times: int = 500) -> float:
    """The mean calibration error that these certainties would show if calibrated, images being independent."""
    right = rng.random((times, len(bins.certainty))) < bins.certainty  # (times, n)
    gaps = (right - bins.certainty) @ bins.inside  # (times, bins)
    return float(np.abs(gaps).sum(axis=1).mean() / len(bins.certainty))


def mean(weights: np.ndarray, values: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
    """The weighted mean of (n,) values, of the images `among` (n,) only: accuracy, sensitivity, log-loss, Brier."""
    counted = np.ones(len(values)) if among is None else np.asarray(among, dtype=float)  # (n,)
    return ratio(weights @ (counted * values), weights @ counted)


def balanced_accuracy(weights: np.ndarray, label: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """The mean recall of the classes that have images; a resample that lacks one of them has none."""
    recalls = [mean(weights, predicted == name, label == name) for name in np.unique(label)]  # (classes, times)
    return np.mean(recalls, axis=0)


def kappa(weights: np.ndarray, label: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Cohen's kappa: agreement beyond what the frequencies of labels and predictions would give by chance."""
    names = np.unique([label, predicted])  # (classes,)
    is_labelled = label[:, None] == names  # (n, classes)
    is_predicted = predicted[:, None] == names  # (n, classes)
    total = weights.sum(axis=1)  # (times,)
    agreed = weights @ (label == predicted) / total  # (times,)
    by_chance = np.sum((weights @ is_labelled) * (weights @ is_predicted), axis=1) / total**2  # (times,)
    return ratio(agreed - by_chance, 1 - by_chance)


def auc(weights: np.ndarray, truth: np.ndarray, score: np.ndarray) -> np.ndarray:
    """The share of pairs of a positive and a negative image that the score puts in order; a tie counts a half."""
    negatives = np.flatnonzero(~truth)  # (negatives,)
    negatives = negatives[np.argsort(score[negatives], kind="stable")]
    positive_weights = weights[:, truth]  # (times, positives)
    negative_weights = weights[:, negatives]  # (times, negatives), the lowest score first
    weight_of_lowest = np.zeros((len(weights), len(negatives) + 1))  # (times, negatives + 1): of the first 0, 1, ...
    np.cumsum(negative_weights, axis=1, out=weight_of_lowest[:, 1:])
    lower = np.searchsorted(score[negatives], score[truth], side="left")  # (positives,): negatives below each one
    lower_or_equal = np.searchsorted(score[negatives], score[truth], side="right")  # (positives,)
    beaten = (weight_of_lowest[:, lower] + weight_of_lowest[:, lower_or_equal]) / 2  # (times, positives)
    in_order = np.einsum("tp,tp->t", positive_weights, beaten)  # (times,)
    return ratio(in_order, positive_weights.sum(axis=1) * negative_weights.sum(axis=1))
