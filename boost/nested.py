"""Nested cross-validation: each two folds, predicted by models that were trained on none of the images of both.

Bates, Hastie & Tibshirani 2023, JASA 119:1434 (arXiv:2104.00673). What models trained without folds j and k predict of
fold j is part of the cross-validation inside the training part of fold k, and the other way round, so that each pair of
folds is trained for once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from boost.crossval import HeldOut, Part, hold_out
from boost.descriptors import Descriptors
from boost.fusion import fuse
from boost.heads.choices import TREES, model_name, names_of
from boost.heads.head import Head
from boost.model_cache import PredictionCache
from boost.settings import BoostError, BoostSettings
from boost.training_subsets import ROWS, lacks
from cohort.cohort import Cohort
from cohort.folds import TRAIN_ONLY
from cohort.predictions import predictions_table


@dataclass(frozen=True, eq=False)
class FoldPair:
    """Two folds that are held out together."""

    first: int
    second: int
    cohort: Cohort  # both folds are numbered `first`, all other images are trained on
    part: Part

    @classmethod
    def of(cls, cohort: Cohort, first: int, second: int) -> "FoldPair":
        """Two folds of a cohort, the lower number first."""
        held_out = np.isin(cohort.fold, (first, second))  # (image,)
        together = replace(cohort, fold=np.where(held_out, first, TRAIN_ONLY))
        return cls(first, second, together, Part.whole(together, first))

    def cache(self, cache: PredictionCache) -> PredictionCache:
        """Where the predictions of this pair are kept: apart from those of a learning curve, by the second fold."""
        return cache.for_part(self.second, self.part.train)


def fold_pairs(cohort: Cohort, views: int) -> list[FoldPair]:
    """All pairs of folds. Raises BoostError where one leaves too little to train on (`views` of an image are)."""
    folds = cohort.held_out_folds
    if len(folds) < 3:
        raise BoostError("two folds held out together must leave a third to train on; use 3 folds or more")
    pairs = [FoldPair.of(cohort, first, second) for first, second in combinations(folds, 2)]
    for pair in pairs:
        if lacks(pair.part, cohort.labels, views):
            raise BoostError(
                f"without folds {pair.first} and {pair.second} a class, or the {ROWS} views that a single split needs, "
                "is lacking to train on; use more folds, or add patients"
            )
    return pairs


def predict_pairs(
    pairs: Iterable[FoldPair],
    descriptors: Mapping[str, Descriptors],
    settings: BoostSettings,
    jobs: int = 1,
    cache: Mapping[str, PredictionCache] | None = None,
    heads: Sequence[Head] = (TREES,),
) -> Iterator[tuple[FoldPair, HeldOut]]:
    """Predict each pair's two folds by every head's models trained on the others; yield each as it is done.

    `settings`, `jobs`, `cache` and `heads` are as in `cross_validate`: the same to the bit for any `jobs`, in any
    order, and what is in the cache is not made again. The seeds are those of the pair's first fold.
    """
    caches = cache or {}
    tasks = []
    for pair in pairs:
        for variant, described in descriptors.items():
            for head in heads:
                kept = caches.get(model_name(variant, head.name, names_of(heads)))
                of_pair = None if kept is None else pair.cache(kept)
                tasks.append(delayed(_hold_out_pair)(pair, variant, described, settings, of_pair, head))
    return Parallel(n_jobs=jobs, return_as="generator_unordered")(tasks)


def _hold_out_pair(
    pair: FoldPair,
    variant: str,
    descriptors: Descriptors,
    settings: BoostSettings,
    cache: PredictionCache | None,
    head: Head,
) -> tuple[FoldPair, HeldOut]:
    """What one head's models on one variant predict of both folds, with the pair."""
    return pair, hold_out(pair.cohort, variant, descriptors, pair.part, settings, cache, head)


def nested_table(units: Iterable[tuple[FoldPair, HeldOut]], cohort: Cohort) -> pd.DataFrame:
    """The fused predictions: `without`, the fold left out beside the image's own, then the columns of a fused table.

    Sorted by `without` and image, in whatever order the units come.
    """
    return _both_ways(units, cohort, fuse)


def inner_table(units: Iterable[tuple[FoldPair, HeldOut]], cohort: Cohort) -> pd.DataFrame:
    """The predictions of each variant and head, not fused: `without`, then the columns of a predictions table.

    The rows of one `without` are the cross-validation inside what that fold leaves to train on. Sorted by `without`,
    model and image.
    """
    return _both_ways(units, cohort, lambda table: table)


def _both_ways(
    units: Iterable[tuple[FoldPair, HeldOut]], cohort: Cohort, summary: Callable[[pd.DataFrame], pd.DataFrame]
) -> pd.DataFrame:
    """What a summary makes of each pair's predictions, with the fold that each image was predicted without."""
    units_of: dict[tuple[int, int], list[HeldOut]] = {}
    for pair, unit in units:
        units_of.setdefault((pair.first, pair.second), []).append(unit)
    tables = []
    for (first, second), of_pair in units_of.items():
        table = summary(_predicted((first, second), of_pair, cohort))
        other_fold = {first: second, second: first}
        tables.append(pd.DataFrame({"without": table["fold"].map(other_fold), **table}))
    return pd.concat(tables).sort_values(["without", "model", "image"], ignore_index=True)


def _predicted(folds: tuple[int, int], units: Sequence[HeldOut], cohort: Cohort) -> pd.DataFrame:
    """The predictions of all models for the images of two folds, each with the number of its own fold."""
    both = np.isin(cohort.fold, folds)  # (image,)
    only_both = replace(cohort, fold=np.where(both, cohort.fold, TRAIN_ONLY))
    heads = {unit.head for unit in units}
    probabilities = {}
    for unit in units:
        predicted = np.full((len(cohort), len(cohort.classes)), np.nan)
        predicted[both] = unit.probabilities.mean(axis=0)
        probabilities[model_name(unit.variant, unit.head, heads)] = predicted
    return predictions_table(only_both, probabilities)
