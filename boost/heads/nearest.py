"""Cosine k-nearest neighbours among the training images."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from boost.heads.head import Head, TrainingSet
from boost.heads.safetensors_model import arrays_of_bytes, arrays_to_bytes
from boost.settings import BoostError, BoostSettings

PRIOR = 1.0  # neighbours' worth of class shares that every answer is mixed with, so that no probability is 0


@dataclass(frozen=True, eq=False)
class NearestModel:
    """The training images as directions from their centre; k of them answer for a view."""

    centre: np.ndarray  # (dim,) float32
    directions: np.ndarray  # (image, dim) float32, of length 1
    labels: np.ndarray  # (image,) int64
    weights: np.ndarray  # (class,) float64: what a neighbour of that class counts
    shares: np.ndarray  # (class,) float64
    neighbours: int  # k
    remarks: tuple[str, ...] = ()

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """The probabilities of some views (view, dim): (view, class), none of them 0."""
        return np.stack([self._of_view(row) for row in rows])

    def _of_view(self, view: np.ndarray) -> np.ndarray:
        """Of one view (dim,): (class,). All that are as near as the k-th count, so that order does not."""
        similarity = np.einsum("id,d->i", self.directions, (view - self.centre).astype(np.float32))  # (image,)
        least = np.partition(similarity, -self.neighbours)[-self.neighbours]
        counts = np.bincount(self.labels[similarity >= least], minlength=len(self.shares))  # (class,)
        votes = counts * self.weights + PRIOR * self.shares
        return votes / votes.sum()

    def to_bytes(self) -> bytes:
        """As safetensors."""
        return arrays_to_bytes(
            {
                "centre": self.centre,
                "directions": self.directions,
                "labels": self.labels,
                "weights": self.weights,
                "shares": self.shares,
                "neighbours": np.array([self.neighbours]),
            }
        )


class Nearest(Head):
    """The classes of the k images whose mean view lies in the nearest direction from the centre; k is sqrt(images)."""

    name = "nearest"
    sentence = "the classes of the nearest training images by cosine (k-nearest neighbours)"

    def train(self, training: TrainingSet, settings: BoostSettings, seeds: Iterable[int]) -> Iterator[NearestModel]:
        """Keep the images."""
        means = training.means()  # (image, dim)
        centre = means.mean(axis=0)
        from_centre = means - centre
        length = np.linalg.norm(from_centre, axis=1, keepdims=True)
        directions = from_centre / np.where(length > 0, length, 1)
        labels = training.labels
        weight_of = self.image_weights(labels, training.classes)  # (image,)
        weights = np.bincount(labels, weight_of, minlength=training.classes) / training.counts()
        k = max(1, round(np.sqrt(len(labels))))
        for _ in seeds:
            yield NearestModel(
                centre.astype(np.float32),
                directions.astype(np.float32),
                labels.astype(np.int64),
                weights,
                self.priors(labels, training.classes),
                k,
            )

    def of_bytes(self, content: bytes, classes: int, dim: int) -> NearestModel:
        """A model read back; raises BoostError."""
        wanted = {
            "centre": (np.float32, (dim,)),
            "directions": (np.float32, (None, dim)),
            "labels": (np.int64, (None,)),
            "weights": (np.float64, (classes,)),
            "shares": (np.float64, (classes,)),
            "neighbours": (np.int64, (1,)),
        }
        arrays = arrays_of_bytes(content, wanted)
        neighbours = int(arrays["neighbours"][0])
        model = NearestModel(
            arrays["centre"], arrays["directions"], arrays["labels"], arrays["weights"], arrays["shares"], neighbours
        )
        images = len(model.directions)
        is_label = (model.labels >= 0) & (model.labels < classes)
        is_positive = (model.weights > 0) & (model.shares > 0)
        fits = len(model.labels) == images and 1 <= neighbours <= images
        if not fits or not is_label.all() or not is_positive.all():
            raise BoostError("a model's neighbours, labels or shares do not fit together; fit the bundle again")
        return model
