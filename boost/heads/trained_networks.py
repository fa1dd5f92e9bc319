"""Networks that were trained end to end: what they answer is the descriptor, and each has its own columns of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from boost.heads.head import Head, Model, TrainingSet
from boost.heads.safetensors_model import arrays_of_bytes, arrays_to_bytes
from boost.settings import BoostError, BoostSettings

FIRST = "first column"


@dataclass(frozen=True)
class OwnColumns:
    """One fold's network among those of all folds: its probabilities are columns of what they answer together."""

    first: int
    classes: int
    remarks: Sequence[str] = ()

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """The probabilities of some views (view, fold * class): (view, class) float64."""
        return np.asarray(rows[:, self.first : self.first + self.classes], dtype=np.float64)

    def to_bytes(self) -> bytes:
        """As safetensors."""
        return arrays_to_bytes({FIRST: np.array([self.first], dtype=np.int64)})


class TrainedNetworks(Head):
    """A network of each fold, which was trained elsewhere and answers by itself."""

    name = "networks"
    sentence = "networks trained end to end, which answer by themselves"
    libraries = ("torch",)

    def train(self, training: TrainingSet, settings: BoostSettings, seeds: Iterable[int]) -> Iterator[Model]:
        """Raise BoostError: networks are trained by `finetune`, and there are no descriptors to learn from."""
        raise BoostError("networks are trained end to end by finetune, not by a head of cv; name another head")

    def of_bytes(self, content: bytes, classes: int, dim: int) -> OwnColumns:
        """A model read back; raises BoostError for columns that are not there."""
        first = int(arrays_of_bytes(content, {FIRST: (np.int64, (1,))})[FIRST][0])
        if not 0 <= first <= dim - classes or first % classes:
            raise BoostError(f"a network of {classes} classes has no columns from {first} on of {dim}; fit again")
        return OwnColumns(first, classes)
