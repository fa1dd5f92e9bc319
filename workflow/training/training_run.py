"""What everything that one command trains has in common."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from boost.descriptors import Descriptors
from boost.heads.head import Head
from boost.model_cache import PredictionCache, open_caches
from boost.settings import BoostSettings
from cohort.cohort import Cohort

Track = Callable[[str, Iterable, int], Iterable]


def untracked(what: str, items: Iterable, total: int) -> Iterable:
    """Pass items on and show nothing."""
    return items


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """Images in folds, how they are described, and which heads learn from them."""

    cohort: Cohort
    descriptors: Mapping[str, Descriptors]  # by variant
    settings: BoostSettings
    heads: tuple[Head, ...]  # whose mean is the result
    folder: Path  # of the data set in the cache
    jobs: int = 1
    recalibrate: bool = True  # whether probabilities are recalibrated out-of-fold
    track: Track = field(default=untracked)  # passes items on, given what they are and how many will come

    def caches(self) -> dict[str, PredictionCache]:
        """Where predictions are kept, by model; all descriptors are read once, for their keys."""
        return open_caches(PredictionCache, self.folder, self.cohort, self.descriptors, self.settings, self.heads)

    def units(self, parts: int) -> int:
        """How many units of work so many parts are."""
        return parts * len(self.descriptors) * len(self.heads)
