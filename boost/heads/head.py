"""What every head keeps to: it is trained on images of some patients, and each of its models answers view by view."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from boost.descriptors import Images
from boost.settings import BoostError, BoostSettings
from cohort.checks.notices import Notice

NONE, BALANCED = "none", "balanced"
CLASS_WEIGHTS = (NONE, BALANCED)  # every image counts alike, or every class


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """What one fold leaves to train on; raises ValueError for lengths that differ and for a class without images."""

    images: Images
    labels: np.ndarray  # (image,) int: all of 0..classes-1
    groups: np.ndarray  # (image,): the name of its patient, or its own where that is unknown
    classes: int
    fold: int  # that is held out

    def __post_init__(self) -> None:
        check_labels(self.labels, len(self.images), self.classes)
        if np.shape(self.groups) != (len(self.images),):
            raise ValueError(f"groups must be ({len(self.images)},), one per image; got {np.shape(self.groups)}")

    def means(self) -> np.ndarray:
        """The mean of each image's views, (image, dim) float64."""
        return np.stack([np.asarray(image).mean(axis=0, dtype=np.float64) for image in self.images])

    def counts(self) -> np.ndarray:
        """How many images of each class there are, (class,)."""
        return np.bincount(self.labels, minlength=self.classes)


_SENTENCES = (
    Notice("constant-columns", "numbers that are the same for all training images were left out; a few are usual"),
    Notice("class-of-one-inner-fold", "images of a class that the other inner folds lack did not count in choosing C"),
    Notice("penalty-not-chosen", "too few patients have classes that can be learned from the others, so C was fixed"),
    Notice("not-converged", "the coefficients had not settled when the iterations ended; the penalty is very weak"),
)
REMARKS = {sentence.kind: sentence for sentence in _SENTENCES}  # on a training of a head


class Model(Protocol):
    """What training leaves: it answers for a view by the view alone, to the bit."""

    @property
    def remarks(self) -> Sequence[str]:
        """What one should know of the training, keys of REMARKS."""

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """The probabilities of some views (view, dim): (view, class) float64."""

    def to_bytes(self) -> bytes:
        """What `Head.of_bytes` reads."""


@dataclass(frozen=True)
class Head(ABC):
    """A way from descriptors to probabilities, with what it is told before training."""

    class_weights: str = NONE

    name: ClassVar[str]
    sentence: ClassVar[str]  # what it does
    suffix: ClassVar[str] = "safetensors"  # of the file of a model
    libraries: ClassVar[tuple[str, ...]] = ("numpy",)  # whose versions a prediction may depend on

    def __post_init__(self) -> None:
        if self.class_weights not in CLASS_WEIGHTS:
            raise BoostError(f"class weights are {' or '.join(CLASS_WEIGHTS)}; got {self.class_weights!r}")

    def models(self, settings: BoostSettings) -> int:
        """How many models a fold has."""
        return 1

    def decisive(self, settings: BoostSettings, groups: Sequence[str]) -> dict[str, Any]:
        """What decides a prediction beside descriptors, labels and folds, as plain values: part of a cache's key."""
        return {"head": self.name, "class_weights": self.class_weights, "groups": list(groups)}

    @abstractmethod
    def train(self, training: TrainingSet, settings: BoostSettings, seeds: Iterable[int]) -> Iterator[Model]:
        """Train the models of some seeds, of 0..models-1; a seed's model does not depend on which others are trained.

        The same to the bit on every run, for any number of workers and threads.
        """

    @abstractmethod
    def of_bytes(self, content: bytes, classes: int, dim: int) -> Model:
        """A model from `Model.to_bytes`; raises BoostError unless it is one for so many classes and columns."""

    def image_weights(self, labels: np.ndarray, classes: int) -> np.ndarray:
        """How much each image counts, (image,), 1 on average: all alike, or each class alike."""
        if self.class_weights == NONE:
            return np.ones(len(labels))
        counts = np.bincount(labels, minlength=classes)  # (class,)
        present = (counts > 0).sum()
        return len(labels) / (present * counts[labels])

    def priors(self, labels: np.ndarray, classes: int) -> np.ndarray:
        """The share of each class, (class,), by the weights of its images."""
        return np.bincount(labels, self.image_weights(labels, classes), minlength=classes) / len(labels)


def predict_views(model: Model, images: Images) -> np.ndarray:
    """What one model says of every view of images (view, dim): probabilities (image, view, class)."""
    return np.stack([model.predict(image) for image in images])


def check_labels(labels: np.ndarray, images: int, classes: int) -> None:
    """Raise ValueError unless so many images have all classes 0..classes-1, of which there are two or more."""
    if labels.shape != (images,):
        raise ValueError(f"labels must be ({images},), one per image; got {labels.shape}")
    present = sorted(set(labels.tolist()))
    if classes < 2 or present != list(range(classes)):
        raise ValueError(f"training labels must be all of 0..{classes - 1}, two classes or more; got {present}")
