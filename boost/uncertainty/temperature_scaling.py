"""Probabilities that mean what they say: temperature scaling, fitted on out-of-fold predictions only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax, softmax

from boost.settings import BoostError

FLOOR = 1e-12  # smaller probabilities count as this one
METHODS = {
    "temperature": "log-probabilities over one temperature (Guo et al. 2017, arXiv:1706.04599)",
    "bias-corrected": "one temperature and an addend per class (Alexandari et al. 2020, arXiv:1901.06852)",
}


@dataclass(frozen=True)
class Calibration:
    """A fitted map of probabilities; `asdict` gives plain numbers for JSON."""

    method: str
    temperature: float  # above 1 it makes predictions less certain
    bias: tuple[float, ...]  # per class, added after the division; all 0 for "temperature"

    def __post_init__(self) -> None:
        object.__setattr__(self, "bias", tuple(float(addend) for addend in self.bias))
        if self.method not in METHODS:
            raise BoostError(f"unknown calibration {self.method!r}; known: {', '.join(METHODS)}")
        if not self.temperature > 0:
            raise BoostError(f"a temperature must be above 0; got {self.temperature}")


def fit_calibration(probabilities: np.ndarray, labels: np.ndarray, method: str = "temperature") -> Calibration:
    """Fit to predictions whose labels are known, never to those of models trained on the same images.

    (image, class) and (image,) in 0..classes-1. The log-loss is made least, with a weak prior - log temperature and
    addends are normal with mean 0 and deviation 1 - so that the map stays finite where every prediction is right or a
    class is missing.
    """
    if method not in METHODS:
        raise BoostError(f"unknown calibration {method!r}; known: {', '.join(METHODS)}")
    from scipy.optimize import minimize  # takes a while, and only fitting needs it

    classes = probabilities.shape[1]
    logs = log_probabilities(probabilities)  # (image, class)
    truth = np.eye(classes)[labels]  # (image, class)
    with_bias = method == "bias-corrected"
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


def calibrate(calibration: Calibration, probabilities: np.ndarray) -> np.ndarray:
    """The calibrated probabilities, (image, class); a temperature alone never changes the order of the classes."""
    if probabilities.shape[1] != len(calibration.bias):
        raise BoostError(
            f"the calibration is for {len(calibration.bias)} classes and the probabilities are of "
            f"{probabilities.shape[1]}; use the calibration that was fitted with this model"
        )
    scaled = log_probabilities(probabilities) / calibration.temperature  # (image, class)
    return softmax(scaled + np.array(calibration.bias), axis=1)


def calibrate_out_of_fold(
    probabilities: np.ndarray, labels: np.ndarray, fold: np.ndarray, method: str = "temperature"
) -> np.ndarray:
    """Calibrate each fold by a map fitted to the other folds' out-of-fold predictions: (image, class).

    Those come from models that saw this fold's images; what they carry over into one temperature is small, but
    not nothing.
    """
    calibrated = np.empty(probabilities.shape)
    for number in np.unique(fold):
        here = fold == number  # (image,)
        fitted = fit_calibration(probabilities[~here], labels[~here], method)
        calibrated[here] = calibrate(fitted, probabilities[here])
    return calibrated


def log_probabilities(probabilities: np.ndarray | Sequence) -> np.ndarray:
    """Logarithms of probabilities, none below that of FLOOR."""
    return np.log(np.maximum(probabilities, FLOOR))
