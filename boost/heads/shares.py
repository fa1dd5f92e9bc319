"""The class shares of the training part: what any head must beat."""

from collections.abc import Iterable, Iterator

import numpy as np

from boost.heads.head import Head, TrainingSet
from boost.heads.linear import LinearModel
from boost.settings import BoostSettings


class Shares(Head):
    """Whatever the image, the share of each class among the training images."""

    name = "shares"
    sentence = "the class shares of the training images, whatever the image: the line to beat"

    def train(self, training: TrainingSet, settings: BoostSettings, seeds: Iterable[int]) -> Iterator[LinearModel]:
        """Count the classes."""
        dim = np.shape(training.images[0])[1]
        shares = self.priors(training.labels, training.classes)
        for _ in seeds:
            yield LinearModel(np.zeros((training.classes, dim)), np.log(shares))

    def of_bytes(self, content: bytes, classes: int, dim: int) -> LinearModel:
        """A model read back; raises BoostError."""
        return LinearModel.of_bytes(content, classes, dim)
