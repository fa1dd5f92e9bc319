"""Boosted trees on the views: those of boost.ensemble, as a head."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from boost.heads.head import NONE, Head, TrainingSet
from boost.settings import BoostError, BoostSettings

if TYPE_CHECKING:
    import lightgbm


@dataclass(frozen=True, eq=False)
class TreesModel:
    """The trees of one seed."""

    booster: "lightgbm.Booster"
    remarks: tuple[str, ...] = ()

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """The probabilities of some views (view, dim): (view, class)."""
        return np.asarray(self.booster.predict(rows, num_threads=1))

    def to_bytes(self) -> bytes:
        """As LightGBM's text, without what prediction does not read."""
        from boost.bundle.lightgbm_text import compact_text

        return compact_text(self.booster).encode()


class Trees(Head):
    """LightGBM on all views as rows, a model for each seed. What loads LightGBM is imported when it is needed."""

    name = "trees"
    sentence = "boosted trees (LightGBM) on the views, averaged over seeds: the paper's"
    suffix = "txt"
    libraries = ("lightgbm",)

    def models(self, settings: BoostSettings) -> int:
        """A model for each seed."""
        return settings.seeds

    def decisive(self, settings: BoostSettings, groups: Sequence[str]) -> dict[str, Any]:
        """The settings; not the number of seeds, so that more seeds find the predictions of the earlier ones."""
        facts = asdict(settings)
        del facts["seeds"]
        weighted = {} if self.class_weights == NONE else {"class_weights": self.class_weights}
        return {"settings": facts, **weighted}

    def train(self, training: TrainingSet, settings: BoostSettings, seeds: Iterable[int]) -> Iterator[TreesModel]:
        """Grow the trees of some seeds, one after the other."""
        from boost.ensemble import train_models

        weights = None
        if self.class_weights != NONE:
            weights = self.image_weights(training.labels, training.classes)
        of_fold = settings.for_fold(training.fold)
        for booster in train_models(training.images, training.labels, training.classes, of_fold, seeds, weights):
            yield TreesModel(booster)

    def of_bytes(self, content: bytes, classes: int, dim: int) -> TreesModel:
        """A model read back; raises BoostError."""
        from boost.bundle.lightgbm_text import read_model

        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise BoostError(f"a model is no text ({error}); fit the bundle again") from error
        return TreesModel(read_model(text, classes, dim))
