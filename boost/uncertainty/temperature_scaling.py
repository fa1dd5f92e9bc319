"""Temperature scaling, with or without an addend for each class, fitted on out-of-fold predictions only."""

import numpy as np
from scipy.special import log_softmax

from boost.uncertainty.calibrate import BIAS_CORRECTED, TEMPERATURE, Calibration, log_probabilities


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray, method: str = TEMPERATURE) -> Calibration:
    """Fit to predictions whose labels are known, never to those of models trained on the same images.

    (image, class) and (image,) in 0..classes-1. The log-loss is made least, with a weak prior - log temperature and
    addends are normal with mean 0 and deviation 1 - so that the map stays finite where every prediction is right or a
    class is missing.
    """
    from scipy.optimize import minimize  # takes a while, and only fitting needs it

    classes = probabilities.shape[1]
    logs = log_probabilities(probabilities)  # (image, class)
    truth = np.eye(classes)[labels]  # (image, class)
    with_bias = method == BIAS_CORRECTED
    start = np.zeros(1 + classes)  # log temperature, and the addend of each class
    best = minimize(_penalised_loss, start, args=(logs, truth, with_bias), jac=True, method="L-BFGS-B").x
    bias = tuple(best[1:]) if with_bias else (0.0,) * classes
    return Calibration(method, float(np.exp(best[0])), bias)


def _penalised_loss(
    values: np.ndarray, logs: np.ndarray, truth: np.ndarray, with_bias: bool
) -> tuple[float, np.ndarray]:
    """Log-loss and prior of log temperature and addends, (1 + classes,), and the slopes in each of them."""
    scaled = logs * np.exp(-values[0])  # (image, class)
    calibrated = log_softmax(scaled + values[1:] * with_bias, axis=1)  # (image, class)
    surplus = np.exp(calibrated) - truth  # (image, class)
    temperature_slope = -np.sum(surplus * scaled)
    bias_slopes = surplus.sum(axis=0) * with_bias  # (class,)
    loss = -np.sum(calibrated * truth) + values @ values / 2
    return float(loss), np.append(temperature_slope, bias_slopes) + values
