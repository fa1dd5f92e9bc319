"""Distances to the training images of several runs in one: each run compares images in its own way, all count alike.

The distance is the root mean square of those of the runs, for new images and for those of training; so the share of
patients whose images are as distant is a conformal p-value as that of one run is, see out_of_distribution.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from boost.settings import BoostError
from boost.uncertainty.out_of_distribution import OutOfDistribution

Views = Mapping[str, np.ndarray]  # variant: (view, dim) of one image


@dataclass(frozen=True, eq=False)
class JoinedDistances:
    """The distances of each run, the training images in one order."""

    parts: tuple[OutOfDistribution, ...]

    @classmethod
    def of(cls, parts: Sequence[OutOfDistribution]) -> "JoinedDistances":
        """Raises BoostError for distances of other images, or patients, than those of the first."""
        for part in parts[1:]:
            if not np.array_equal(part.group, parts[0].group):
                raise BoostError("the distances to the training images are of other images; fit again")
        return cls(tuple(parts))

    def distance(self, views: Views) -> float:
        """From one image to the training images, by the mean of its views in each run."""
        if len(self.parts) == 1:
            return self.parts[0].distance(views)
        squares = [part.distance(views) ** 2 for part in self.parts]
        return float(np.sqrt(np.mean(squares)))

    def squares(self, views: Views) -> list[np.ndarray]:
        """Squared distances to the training images that each run keeps, (reference,) each."""
        return [part.squares(views) for part in self.parts]

    def p_value(self, distance: float, views: int) -> float:
        """The share of patients whose images are as distant by so many views, see OutOfDistribution."""
        return self._together(views).p_value(distance, views)

    def is_outlier(self, p_value: float) -> bool:
        """Whether to warn, see OutOfDistribution."""
        return self.parts[0].is_outlier(p_value)

    def _together(self, views: int) -> OutOfDistribution:
        """The training images with their distances by so many views, or by as many as a run has measured."""
        first = self.parts[0]
        if len(self.parts) == 1:
            return first
        squares = [part.distances_by(views).astype(np.float64) ** 2 for part in self.parts]
        distances = np.sqrt(np.mean(squares, axis=0)).astype(np.float32)[None]  # (1, image)
        return replace(first, counts=np.ones(1, dtype=np.int64), distances=distances)
