"""Measures of predictions under weights per image: one definition for the estimate (all ones) and for every resample.

Each function takes weights (times, n) and returns (times,); NaN where a resample lacks what the measure is about.
"""

import numpy as np


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


def losses(probabilities: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each image's log-loss in nats and its Brier score, the sum over classes (0 to 2): (n, classes), (n,) -> (n,) x 2.

    A probability of 0 counts as the smallest number there is, as in scikit-learn's log_loss.
    """
    normalised = probabilities / probabilities.sum(axis=1, keepdims=True)  # (n, classes)
    of_true_class = normalised[np.arange(len(codes)), codes]  # (n,)
    log_loss = -np.log(np.clip(of_true_class, np.finfo(float).eps, 1))  # (n,)
    one_hot = np.eye(normalised.shape[1])[codes]  # (n, classes)
    brier = np.sum((normalised - one_hot) ** 2, axis=1)  # (n,)
    return log_loss, brier


def ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Above over below; NaN where there is nothing below."""
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
