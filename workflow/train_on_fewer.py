"""What `cv --learning-curve` adds: the same folds, predicted by models trained on fewer patients."""

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from boost.crossval import Part, predict_parts
from boost.descriptors import Descriptors
from boost.model_cache import PredictionCache
from boost.settings import BoostSettings
from boost.training_subsets import learned_table, parts_of
from cohort.cohort import Cohort
from cohort.folds import FoldError


def learning_parts(
    cohort: Cohort, descriptors: Mapping[str, Descriptors], seed: int, settings: BoostSettings
) -> list[Part]:
    """Whom to train on, decided before any work: patients are drawn, and images of unknown ones each by itself."""
    homes = pd.DataFrame({"group": cohort.groups, "fold": cohort.fold}).groupby("group")["fold"].nunique()
    if (homes > 1).any():
        raise FoldError(
            f"{(homes > 1).sum()} patients are in several folds, so that more patients to learn from would also be "
            "more of the tested images' own; for --learning-curve leave --groups none and such a --folds-file out"
        )
    views = min(described.shape[1] for described in descriptors.values())
    return parts_of(cohort, seed, min(views, settings.views or views))


def learned(
    cohort: Cohort,
    descriptors: Mapping[str, Descriptors],
    parts: list[Part],
    settings: BoostSettings,
    jobs: int,
    cache: Mapping[str, PredictionCache],
    track: Callable[[str, Iterable, int], Iterable],
) -> pd.DataFrame:
    """Train on every part with the variants and seeds of cv, and fuse: the table of `boost.training_subsets`.

    track: passes items on, given what they are and how many will come, and may show how far the work is.
    """
    work = predict_parts(cohort, descriptors, parts, settings, jobs, cache)
    units = list(track("learning curve", work, len(parts) * len(descriptors)))
    return learned_table(units, list(descriptors), cohort)
