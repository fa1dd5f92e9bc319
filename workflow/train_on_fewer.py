"""What `cv --learning-curve` and `--procedure-interval` add: the same images after training on fewer patients."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from boost.crossval import Part, predict_parts
from boost.descriptors import Descriptors
from boost.heads.choices import TREES, names_of
from boost.heads.head import Head
from boost.model_cache import PredictionCache
from boost.nested import FoldPair, fold_pairs, nested_table, predict_pairs
from boost.recalibrated_table import recalibrated_parts
from boost.settings import BoostSettings
from boost.training_subsets import ROWS, learned_table, parts_of
from cohort.cohort import Cohort
from cohort.folds import FoldError


def learning_parts(
    cohort: Cohort, descriptors: Mapping[str, Descriptors], seed: int, settings: BoostSettings, heads: Sequence[Head]
) -> list[Part]:
    """Whom to train on, decided before any work: patients are drawn, and images of unknown ones each by itself."""
    why = "more patients to learn from would also be more of the tested images' own"
    _refuse_split_patients(cohort, why, "--learning-curve")
    return parts_of(cohort, seed, _views_trained_on(descriptors, settings, heads))


def nested_pairs(
    cohort: Cohort, descriptors: Mapping[str, Descriptors], settings: BoostSettings, heads: Sequence[Head]
) -> list[FoldPair]:
    """Which folds to leave out together, decided before any work."""
    _refuse_split_patients(cohort, "folds would not be independent", "--procedure-interval")
    return fold_pairs(cohort, _views_trained_on(descriptors, settings, heads))


def _refuse_split_patients(cohort: Cohort, why: str, option: str) -> None:
    """Raise FoldError where a patient is in several folds."""
    homes = pd.DataFrame({"group": cohort.groups, "fold": cohort.fold}).groupby("group")["fold"].nunique()
    if (homes > 1).any():
        raise FoldError(
            f"{(homes > 1).sum()} patients are in several folds, so that {why}; for {option} leave --groups none and "
            "such a --folds-file out"
        )


def _views_trained_on(descriptors: Mapping[str, Descriptors], settings: BoostSettings, heads: Sequence[Head]) -> int:
    """How many views of an image a model is trained on, at least; without trees any number is enough."""
    if TREES.name not in names_of(heads):
        return ROWS
    views = min(described.shape[1] for described in descriptors.values())
    return min(views, settings.views or views)


def learned(
    cohort: Cohort,
    descriptors: Mapping[str, Descriptors],
    parts: list[Part],
    settings: BoostSettings,
    jobs: int,
    cache: Mapping[str, PredictionCache],
    heads: Sequence[Head],
    track: Callable[[str, Iterable, int], Iterable],
    recalibrate: bool = False,
) -> pd.DataFrame:
    """Train on every part with the variants, heads and seeds of cv, and fuse: the table of `boost.training_subsets`.

    track: passes items on, given what they are and how many will come, and may show how far the work is. recalibrate:
    whether each draw's probabilities are recalibrated out-of-fold, as those of the whole run are.
    """
    work = predict_parts(cohort, descriptors, parts, settings, jobs, cache, heads)
    units = list(track("learning curve", work, len(parts) * len(descriptors) * len(heads)))
    table = learned_table(units, list(descriptors), cohort)
    return recalibrated_parts(table, ["share", "draw"]) if recalibrate else table


def nested(
    cohort: Cohort,
    descriptors: Mapping[str, Descriptors],
    pairs: list[FoldPair],
    settings: BoostSettings,
    jobs: int,
    cache: Mapping[str, PredictionCache],
    heads: Sequence[Head],
    track: Callable[[str, Iterable, int], Iterable],
    recalibrate: bool = False,
) -> pd.DataFrame:
    """Train without each pair of folds and fuse: the table of `boost.nested`; arguments as of `learned`.

    What is predicted without a fold is recalibrated by itself: that fold's images have no part in it.
    """
    work = predict_pairs(pairs, descriptors, settings, jobs, cache, heads)
    units = list(track("pairs of folds", work, len(pairs) * len(descriptors) * len(heads)))
    table = nested_table(units, cohort)
    return recalibrated_parts(table, ["without"]) if recalibrate else table
