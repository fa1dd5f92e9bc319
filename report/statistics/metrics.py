"""Measures of answers under weights per image: one definition for the estimate (all ones) and for every resample.

Each function takes weights (times, n) and returns (times,); NaN where a resample lacks what the measure is about.
"""

import numpy as np


def mean(weights: np.ndarray, values: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
    """The weighted mean of (n,) values, of the images `among` (n,) only: accuracy, sensitivity, log-loss, Brier."""
    kept = np.ones(len(values)) if among is None else np.asarray(among, dtype=float)  # (n,)
    return ratio(weights @ (kept * values), weights @ kept)


def balanced_accuracy(weights: np.ndarray, label: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """The mean recall of the classes that have images; a resample that lacks one of them has none."""
    recalls = [mean(weights, predicted == name, label == name) for name in np.unique(label)]  # classes x (times,)
    return np.mean(recalls, axis=0)


def kappa(weights: np.ndarray, label: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Cohen's kappa: agreement beyond what the frequencies of labels and answers would give by chance."""
    names = np.unique([label, predicted])  # (classes,)
    true, given = label[:, None] == names, predicted[:, None] == names  # (n, classes) each
    total = weights.sum(axis=1)  # (times,)
    agreed = weights @ (label == predicted) / total  # (times,)
    by_chance = np.sum((weights @ true) * (weights @ given), axis=1) / total**2  # (times,)
    return ratio(agreed - by_chance, 1 - by_chance)


def auc(weights: np.ndarray, truth: np.ndarray, score: np.ndarray) -> np.ndarray:
    """The share of pairs of a positive and a negative image that the score puts in order; a tie counts a half."""
    level = np.unique(score, return_inverse=True)[1]  # (n,)
    order = np.argsort(level, kind="stable")  # (n,)
    first = np.flatnonzero(np.diff(level[order], prepend=-1))  # (levels,): where each distinct score begins
    positive = np.add.reduceat(weights[:, order] * truth[order], first, axis=1)  # (times, levels)
    negative = np.add.reduceat(weights[:, order] * ~truth[order], first, axis=1)  # (times, levels)
    below = negative.cumsum(axis=1) - negative / 2  # (times, levels)
    return ratio(np.sum(positive * below, axis=1), positive.sum(axis=1) * negative.sum(axis=1))


def losses(probabilities: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each image's log-loss in nats and its Brier score, the sum over classes (0 to 2): (n, classes), (n,) -> (n,) x 2.

    A probability of 0 counts as the smallest number there is, as in scikit-learn's log_loss.
    """
    sure = probabilities / probabilities.sum(axis=1, keepdims=True)  # (n, classes)
    true = sure[np.arange(len(codes)), codes]  # (n,)
    brier = np.sum((sure - np.eye(sure.shape[1])[codes]) ** 2, axis=1)  # (n,)
    return -np.log(np.clip(true, np.finfo(float).eps, 1)), brier


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Above over below; NaN where there is nothing below."""
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
