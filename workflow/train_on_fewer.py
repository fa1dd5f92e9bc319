"""What `cv --learning-curve` adds: the same folds, answered by models trained on fewer patients."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from boost.descriptors import Descriptors
from boost.settings import BoostSettings
from boost.training_subsets import Part, learn, learned_table, parts_of
from cohort.folds import FoldError, groups_of
from featurize.store.gather import CohortDescriptors


def learning_parts(gathered: CohortDescriptors, fold: np.ndarray, seed: int, settings: BoostSettings) -> list[Part]:
    """Whom to train on, decided before any work: patients are drawn, and images of unknown ones each by itself."""
    views = min(array.shape[1] for array in gathered.descriptors.values())
    groups = groups_of(gathered.images, gathered.patients)
    homes = pd.DataFrame({"group": groups, "fold": fold}).groupby("group")["fold"].nunique()
    if (homes > 1).any():
        raise FoldError(
            f"{(homes > 1).sum()} patients are in several folds, so that more patients to learn from would also be "
            "more of the tested images' own; for --learning-curve leave --groups none and such a --folds-file out"
        )
    return parts_of(np.array(gathered.labels), groups, fold, seed, min(views, settings.views or views))


def learned(
    gathered: CohortDescriptors,
    described: Mapping[str, Descriptors],
    numbers: np.ndarray,
    fold: np.ndarray,
    parts: list[Part],
    settings: BoostSettings,
    jobs: int,
    kept: Path,
    track: Callable[[str, Iterable, int], Iterable],
) -> pd.DataFrame:
    """Train on every part with the variants and seeds of cv, and fuse: the table of `boost.training_subsets`.

    track: passes items on, given what they are and how many will come, and may show how far the work is.
    """
    work = learn(described, numbers, len(gathered.classes), fold, parts, settings, jobs, kept)
    units = list(track("learning curve", work, len(parts) * len(described)))
    facts = gathered.images, numbers, gathered.patients, fold, gathered.classes
    return learned_table(units, list(described), *facts)
