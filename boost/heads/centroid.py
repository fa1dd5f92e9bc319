"""The nearest class mean, in standardised columns, with probabilities that are as sure as it is right."""

from collections.abc import Iterable, Iterator

import numpy as np

from boost.heads.fitting.inner_folds import mean_by_group, one_thread, simplest_within_one_error
from boost.heads.fitting.standardise import Standardised
from boost.heads.head import Head, TrainingSet
from boost.heads.linear import LinearModel, softmax
from boost.settings import BoostSettings

SCALES = np.array([0.0, *10.0 ** np.arange(-1, 3.01, 0.25)])  # what a mean squared difference of 1 counts; 0: nothing


class Centroid(Head):
    """softmax(scale * (nearness to each class mean) + log share): Gaussian classes that share one variance.

    The scale is chosen from the training images, each answered without its patient.
    """

    name = "centroid"
    sentence = "the nearest class mean in standardised columns"
    libraries = ("numpy",)

    def train(self, training: TrainingSet, settings: BoostSettings, seeds: Iterable[int]) -> Iterator[LinearModel]:
        """Average each class."""
        priors = np.log(self.priors(training.labels, training.classes))  # (class,)
        with one_thread():
            columns = Standardised.of(training.means())
            scale = _chosen_scale(columns.values, training, priors)
            sums, counts = _sums(columns.values, training.labels, training.classes)
            centres = sums / counts[:, None]  # (class, dim)
            coefficients = scale * centres / columns.count
            intercepts = priors - scale * (centres**2).sum(axis=1) / (2 * columns.count)
            coefficients, intercepts = columns.on_raw(coefficients, intercepts)
        for _ in seeds:
            yield LinearModel(coefficients, intercepts, tuple(columns.remarks))

    def of_bytes(self, content: bytes, classes: int, dim: int) -> LinearModel:
        """A model read back; raises BoostError."""
        return LinearModel.of_bytes(content, classes, dim)


def _chosen_scale(values: np.ndarray, training: TrainingSet, priors: np.ndarray) -> float:
    """The smallest scale within one standard error of the best log-loss of images answered without their patient.

    0 where there are no two patients. Images of a class of one patient alone say nothing.
    """
    nearness = _nearness_without_patient(values, training)  # (image, class)
    own = np.arange(len(values)), training.labels
    losses = np.full((len(SCALES), len(values)), np.nan)
    known = np.isfinite(nearness[own])  # (image,)
    for number, scale in enumerate(SCALES):
        finite = np.where(np.isfinite(nearness), nearness, 0)
        logits = np.where(np.isfinite(nearness), scale * finite + priors, -1e9)  # a class nobody else has: out
        losses[number, known] = -np.log(softmax(logits)[own][known])
    by_group = mean_by_group(losses, training.groups)
    if by_group.shape[1] < 2:
        return 0.0
    return float(SCALES[simplest_within_one_error(by_group)])


def _nearness_without_patient(values: np.ndarray, training: TrainingSet) -> np.ndarray:
    """How near every image is to each class mean of the other patients, (image, class): half the mean squared distance,
    below that to the centre. -inf where no other patient has that class.
    """
    sums, counts = _sums(values, training.labels, training.classes)
    nearness = np.full((len(values), training.classes), -np.inf)
    columns = max(1, values.shape[1])
    for group in np.unique(training.groups):
        own = training.groups == group  # (image,)
        own_sums, own_counts = _sums(values[own], training.labels[own], training.classes)
        left = counts - own_counts  # (class,)
        has = left > 0
        centres = (sums - own_sums)[has] / left[has, None]
        products = values[own] @ centres.T - (centres**2).sum(axis=1) / 2
        nearness[np.ix_(own, has)] = products / columns
    return nearness


def _sums(values: np.ndarray, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """The sum of each class's rows, (class, dim), and how many there are, (class,)."""
    is_of = np.arange(classes)[:, None] == labels  # (class, image)
    return is_of.astype(np.float64) @ values, is_of.sum(axis=1)
