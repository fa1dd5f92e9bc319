"""Logistic regression on the mean of an image's views, with a penalty that patients of the training part choose."""

from collections.abc import Iterable, Iterator

import numpy as np

from boost.heads.head import Head, TrainingSet
from boost.heads.inner_folds import inner_folds, mean_by_group, one_thread, simplest_within_one_error
from boost.heads.linear import LinearModel, softmax
from boost.heads.penalised import ITERATIONS, Penalised
from boost.settings import BoostSettings

STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # C times the number of columns
FIXED = 10.0  # where patients are too few to choose
LEAST_PATIENTS = 3  # to choose by
TOLERANCE, ROUGH = 1e-8, 1e-4  # of the gradient: of the model, and of those that only choose
NOT_CHOSEN = (
    f"C was not chosen but fixed: of fewer than {LEAST_PATIENTS} patients all classes can be learned from the others"
)
NOT_CONVERGED = f"the coefficients had not settled after {ITERATIONS} iterations"


class Logistic(Head):
    """Multinomial, L2-penalised, on standardised columns; scikit-learn fits it.

    C is chosen by the log-loss of inner folds of patients, who count alike, with the one-standard-error rule.
    """

    name = "logistic"
    sentence = "L2-penalised logistic regression on the mean of the views, C chosen inside by patient"
    libraries = ("numpy", "scipy", "scikit-learn")

    def train(self, training: TrainingSet, settings: BoostSettings, seeds: Iterable[int]) -> Iterator[LinearModel]:
        """Choose C, then fit."""
        rows = training.means()  # (image, dim)
        labels, classes = training.labels, training.classes
        weights = self.image_weights(labels, classes)
        remarks = []
        with one_thread():
            strength = choose_strength(rows, weights, training)
            if strength is None:
                strength = FIXED
                remarks.append(NOT_CHOSEN)
            penalised = Penalised.of(rows)
            (fit,) = penalised.fit(labels, weights, classes, [strength], TOLERANCE)
            coefficients, intercepts = penalised.on_raw(fit)
        if not fit.converged:
            remarks.append(NOT_CONVERGED)
        for _ in seeds:
            yield LinearModel(coefficients, intercepts, tuple(remarks))

    def of_bytes(self, content: bytes, classes: int, dim: int) -> LinearModel:
        """A model read back; raises BoostError."""
        return LinearModel.of_bytes(content, classes, dim)


def choose_strength(rows: np.ndarray, weights: np.ndarray, training: TrainingSet) -> float | None:
    """One of STRENGTHS, for rows (image, dim); None where patients are too few to choose by."""
    fold = inner_folds(training.labels, training.groups)  # (image,)
    losses = np.full((len(STRENGTHS), len(rows)), np.nan)
    for number in range(fold.max() + 1):
        held_out = fold == number  # (image,)
        losses[:, held_out] = _losses(rows, weights, training, held_out)
    by_patient = mean_by_group(losses, training.groups)  # (strength, patient)
    if by_patient.shape[1] < LEAST_PATIENTS:
        return None
    return STRENGTHS[simplest_within_one_error(by_patient)]


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
