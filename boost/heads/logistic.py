"""Logistic regression on the mean of an image's views, with a penalty that patients of the training part choose."""

from collections.abc import Iterable, Iterator

from boost.heads.fitting.inner_folds import one_thread
from boost.heads.head import Head, TrainingSet
from boost.heads.linear import LinearModel
from boost.settings import BoostSettings

FIXED = 10.0  # C times the number of columns where patients are too few to choose
TOLERANCE = 1e-8  # of the gradient


class Logistic(Head):
    """Multinomial, L2-penalised, on standardised columns; scikit-learn fits it.

    C is chosen by the log-loss of inner folds of patients, who count alike, with the one-standard-error rule.
    """

    name = "logistic"
    sentence = "L2-penalised logistic regression on the mean of the views, C chosen inside by patient"
    libraries = ("numpy", "scipy", "scikit-learn")

    def train(self, training: TrainingSet, settings: BoostSettings, seeds: Iterable[int]) -> Iterator[LinearModel]:
        """Choose C, then fit."""
        # with them comes scikit-learn, whose libraries must be loaded before their threads can be limited
        from boost.heads.fitting.penalised import Penalised
        from boost.heads.fitting.strength import choose_strength

        rows = training.means()  # (image, dim)
        labels, classes = training.labels, training.classes
        weights = self.image_weights(labels, classes)
        remarks = []
        with one_thread():
            strength, lacked_class = choose_strength(rows, weights, training)
            if lacked_class:
                remarks.append("class-of-one-inner-fold")
            if strength is None:
                strength = FIXED
                remarks.append("penalty-not-chosen")
            penalised = Penalised.of(rows)
            (fit,) = penalised.fit(labels, weights, classes, [strength], TOLERANCE)
            coefficients, intercepts = penalised.on_raw(fit)
        remarks += penalised.columns.remarks
        if not fit.converged:
            remarks.append("not-converged")
        for _ in seeds:
            yield LinearModel(coefficients, intercepts, tuple(remarks))

    def of_bytes(self, content: bytes, classes: int, dim: int) -> LinearModel:
        """A model read back; raises BoostError."""
        return LinearModel.of_bytes(content, classes, dim)
