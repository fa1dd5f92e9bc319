"""Probabilities that mean what they say: temperature scaling, fitted on out-of-fold answers only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
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
    temperature: float  # above 1 it makes answers less sure
    bias: tuple[float, ...]  # per class, added after the division; all 0 for "temperature"

    def __post_init__(self) -> None:
        object.__setattr__(self, "bias", tuple(float(addend) for addend in self.bias))
        if self.method not in METHODS:
            raise BoostError(f"unknown calibration {self.method!r}; known: {', '.join(METHODS)}")
        if not self.temperature > 0:
            raise BoostError(f"a temperature must be above 0; got {self.temperature}")


def fit_calibration(probabilities: np.ndarray, labels: np.ndarray, method: str = "temperature") -> Calibration:
    """Fit to answers whose labels are known, never to those of models trained on the same images.

    (image, class) and (image,) in 0..classes-1. The log-loss is made least, with a weak prior - log temperature and
    addends are normal with mean 0 and deviation 1 - so that the map stays finite where every answer is right or a class
    is missing.
    """
    classes = probabilities.shape[1]
    if method not in METHODS:
        raise BoostError(f"unknown calibration {method!r}; known: {', '.join(METHODS)}")
    logs, truth = log_probabilities(probabilities), np.eye(classes)[labels]  # (image, class) each
    free = method == "bias-corrected"

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        scaled = logs * np.exp(-values[0])  # (image, class)
        said = log_softmax(scaled + values[1:] * free, axis=1)  # (image, class)
        surplus = np.exp(said) - truth  # (image, class)
        slopes = np.append(-np.sum(surplus * scaled), surplus.sum(axis=0) * free)  # (1 + classes,)
        return float(-np.sum(said * truth) + values @ values / 2), slopes + values

    found = minimize(loss, np.zeros(1 + classes), jac=True, method="L-BFGS-B").x
    return Calibration(method, float(np.exp(found[0])), tuple(found[1:]) if free else (0.0,) * classes)


def calibrate(calibration: Calibration, probabilities: np.ndarray) -> np.ndarray:
    """The calibrated probabilities, (image, class); a temperature alone never changes the order of the classes."""
    if probabilities.shape[1] != len(calibration.bias):
        raise BoostError(
            f"the calibration is for {len(calibration.bias)} classes and the probabilities are of "
            f"{probabilities.shape[1]}; use the calibration that was fitted with this model"
        )
    return softmax(log_probabilities(probabilities) / calibration.temperature + np.array(calibration.bias), axis=1)


def calibrate_out_of_fold(
    probabilities: np.ndarray, labels: np.ndarray, fold: np.ndarray, method: str = "temperature"
) -> np.ndarray:
    """Calibrate each fold by a map fitted to the other folds' out-of-fold answers: (image, class).

    Those answers come from models that saw this fold's images; what they carry over into one temperature is small, but
    not nothing.
    """
    whole = np.empty(probabilities.shape)
    for number in np.unique(fold):
        here = fold == number  # (image,)
        whole[here] = calibrate(fit_calibration(probabilities[~here], labels[~here], method), probabilities[here])
    return whole


def log_probabilities(probabilities: np.ndarray | Sequence) -> np.ndarray:
    """Logarithms of probabilities, none below that of FLOOR."""
    return np.log(np.maximum(probabilities, FLOOR))
