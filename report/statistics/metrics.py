"""Losses of single images, and a division that may have nothing below."""

import numpy as np


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
