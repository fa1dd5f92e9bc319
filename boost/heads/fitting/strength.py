"""How strong the coefficients of logistic regression may be, chosen inside the training part by its patients."""

import numpy as np

from boost.heads.fitting.inner_folds import inner_folds, mean_by_group, simplest_within_one_error
from boost.heads.fitting.penalised import Penalised
from boost.heads.head import TrainingSet
from boost.heads.linear import softmax

STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # C times the number of columns
LEAST_PATIENTS = 3  # to choose by
ROUGH = 1e-4  # tolerance of the gradient of models that only choose


def choose_strength(rows: np.ndarray, weights: np.ndarray, training: TrainingSet) -> tuple[float | None, bool]:
    """One of STRENGTHS, for rows (image, dim) that count as their weights (image,); None where patients are too few.

    Beside it whether some images did not count, for the other inner folds lacked their class.
    """
    fold = inner_folds(training.labels, training.groups)  # (image,)
    losses = np.full((len(STRENGTHS), len(rows)), np.nan)
    for number in range(fold.max() + 1):
        held_out = fold == number  # (image,)
        losses[:, held_out] = _losses(rows, weights, training, held_out)
    by_patient = mean_by_group(losses, training.groups)  # (strength, patient)
    lacked_class = bool(np.isnan(losses).any())
    if by_patient.shape[1] < LEAST_PATIENTS:
        return None, lacked_class
    return STRENGTHS[simplest_within_one_error(by_patient)], lacked_class


def _losses(rows: np.ndarray, weights: np.ndarray, training: TrainingSet, held_out: np.ndarray) -> np.ndarray:
    """The log-loss of the images held out, (strength, held out), by models of the others.

    NaN for images of a class that the others lack: whatever C, nothing is learned of it.
    """
    labels = training.labels
    truth = labels[held_out]
    known = np.isin(truth, labels[~held_out])  # (held out,)
    losses = np.full((len(STRENGTHS), len(truth)), np.nan)
    if not known.any() or len(np.unique(labels[~held_out])) < 2:
        return losses
    penalised = Penalised.of(rows[~held_out])
    coordinates = penalised.project(rows[held_out])
    fits = penalised.fit(labels[~held_out], weights[~held_out], training.classes, STRENGTHS, ROUGH)
    own = np.flatnonzero(known), truth[known]
    for number, fit in enumerate(fits):
        probabilities = softmax(fit.logits(coordinates))
        losses[number, known] = -np.log(probabilities[own])
    return losses
