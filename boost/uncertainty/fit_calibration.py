"""Calibrations by the name of their method: fitted to predictions, or each fold's to those for the other folds."""

from collections.abc import Sequence

import numpy as np

from boost.settings import BoostError
from boost.uncertainty.calibrate import METHODS, RECALIBRATED, TEMPERATURE, Calibration, calibrate
from boost.uncertainty.share_mixture import fit_recalibration
from boost.uncertainty.temperature_scaling import fit_temperature


def fit_calibration(
    probabilities: np.ndarray,
    labels: np.ndarray,
    method: str = TEMPERATURE,
    groups: np.ndarray | Sequence | None = None,
) -> Calibration:
    """Fit one of METHODS to predictions whose labels are known, never to those of models trained on the same images.

    (image, class), (image,) in 0..classes-1 and (image,) patients, an image of an unknown one being its own; None where
    all are unknown. Only "recalibrated" looks at them.
    """
    if method not in METHODS:
        raise BoostError(f"unknown calibration {method!r}; known: {', '.join(METHODS)}")
    if method == RECALIBRATED:
        alone = np.arange(len(labels))
        return fit_recalibration(probabilities, labels, alone if groups is None else np.asarray(groups))
    return fit_temperature(probabilities, labels, method)


def calibrate_out_of_fold(
    probabilities: np.ndarray,
    labels: np.ndarray,
    fold: np.ndarray,
    method: str = TEMPERATURE,
    groups: np.ndarray | Sequence | None = None,
) -> np.ndarray:
    """Calibrate each fold by a map fitted to the other folds' out-of-fold predictions: (image, class).

    Those come from models that saw this fold's images; what they carry over into a few numbers is small, but not
    nothing.
    """
    patients = np.arange(len(labels)) if groups is None else np.asarray(groups)  # (image,)
    calibrated = np.empty(probabilities.shape)
    for number in np.unique(fold):
        here = fold == number  # (image,)
        fitted = fit_calibration(probabilities[~here], labels[~here], method, patients[~here])
        calibrated[here] = calibrate(fitted, probabilities[here])
    return calibrated
