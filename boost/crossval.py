"""Out-of-fold predictions: every (variant, head, fold) is a unit of work that knows nothing of the others."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed

from boost.descriptors import Descriptors
from boost.ensemble import check_images, mean_over_views
from boost.heads.choices import TREES, model_name, names_of
from boost.heads.head import Head, Model, TrainingSet, predict_views
from boost.model_cache import PredictionCache
from boost.settings import ROWS_IN_LEAF, BoostError, BoostSettings
from cohort.cohort import Cohort
from cohort.folds import FoldError, lacking_classes


@dataclass(frozen=True, eq=False)
class Part:
    """What one fold's models are trained on, once: all that the fold leaves, or a share of those patients' images."""

    fold: int
    train: np.ndarray  # (images,) positions, ascending
    groups: int  # patients, or images of unknown ones
    share: float = 1.0  # of the groups that the fold leaves
    draw: int = 0

    @classmethod
    def whole(cls, cohort: Cohort, fold: int) -> "Part":
        """All that a fold leaves to train on."""
        train = cohort.training(fold)
        return cls(fold, train, len(np.unique(cohort.groups[train])))


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What one head's models on one variant predict of one fold, which they never saw."""

    variant: str
    part: Part  # that they were trained on
    views: Sequence[np.ndarray]  # of each seed: (image, view, class) with a ModelCache, else the mean (image, 1, class)
    head: str = TREES.name
    remarks: Sequence[str] = ()  # on the training of its models, a sentence each

    @property
    def fold(self) -> int:
        """The fold that was held out."""
        return self.part.fold

    @property
    def probabilities(self) -> np.ndarray:
        """The mean over the views, (seed, image, class), the images in the order of the cohort."""
        return np.stack([mean_over_views(of_seed) for of_seed in self.views])


def cross_validate(
    cohort: Cohort,
    descriptors: Mapping[str, np.ndarray | Descriptors],
    settings: BoostSettings | None = None,
    jobs: int = 1,
    cache: Mapping[str, PredictionCache] | None = None,
    heads: Sequence[Head] = (TREES,),
) -> Iterator[HeldOut]:
    """Predict every fold of every variant by each head's models that never saw its images; yield each as it is done.

    `descriptors` maps variants to arrays (image, view, dim) float32, whole or as chosen rows. A memory map stays on
    disk: workers open it by name. Every model's predictions are left in the `cache` of `open_caches` as soon as they
    are made, and found there by the next run; see boost.model_cache. Units come in any order, and are the same to the
    bit for any `jobs`, any order of the variants and any interruption. Raises, before work starts, ValueError for
    lengths that differ, FoldError for a training part that lacks a class and BoostError for one too small for a tree.
    """
    settings = BoostSettings() if settings is None else settings
    variants = {name: as_descriptors(described) for name, described in descriptors.items()}
    check_work(cohort, variants, settings, heads)
    parts = [Part.whole(cohort, fold) for fold in cohort.held_out_folds]
    return predict_parts(cohort, variants, parts, settings, jobs, cache, heads)


def predict_parts(
    cohort: Cohort,
    descriptors: Mapping[str, Descriptors],
    parts: Sequence[Part],
    settings: BoostSettings,
    jobs: int = 1,
    cache: Mapping[str, PredictionCache] | None = None,
    heads: Sequence[Head] = (TREES,),
) -> Iterator[HeldOut]:
    """Predict each part's fold by every head's models on every variant, trained on that part; yield each as it
    is done.

    Arguments are those of `cross_validate`, whose models those of a whole training part are, to the bit. Units come in
    any order and are the same for any `jobs`; predictions are left in the `cache` and found there by the next run.
    """
    caches = cache or {}
    tasks = []
    for variant, described in descriptors.items():
        for head in heads:
            kept = caches.get(model_name(variant, head.name, names_of(heads)))
            for part in parts:
                tasks.append(delayed(hold_out)(cohort, variant, described, part, settings, kept, head))
    return Parallel(n_jobs=jobs, return_as="generator_unordered")(tasks)


def as_descriptors(described: np.ndarray | Descriptors) -> Descriptors:
    """Rows of an array, or all of them."""
    return described if isinstance(described, Descriptors) else Descriptors.of(described)


def hold_out(
    cohort: Cohort,
    variant: str,
    descriptors: Descriptors,
    part: Part,
    settings: BoostSettings,
    cache: PredictionCache | None = None,
    head: Head = TREES,
) -> HeldOut:
    """Train on a part and predict its fold; what is neither of them is not looked at.

    Bins and standard deviations come from the training rows alone. What the cache holds is not made again, and each
    model's predictions are kept at once.
    """
    if cache is not None and len(part.train) < len(cohort.training(part.fold)):
        cache = cache.for_part(part.fold, part.train)  # models of the whole are those of cross-validation
    seeds = range(head.models(settings))
    views: dict[int, np.ndarray] = {}
    remarks: list[str] = []
    if cache is not None:
        views = _cached_views(cohort, part.fold, seeds, cache)
        for seed in views:
            remarks += cache.remarks(part.fold, seed)
    missing = [seed for seed in seeds if seed not in views]
    if missing:
        models = _trained(cohort, descriptors.images(), part, settings, missing, head)
        for seed, model, predicted in models:
            views[seed] = mean_over_views(predicted)[:, None]
            if cache is not None:
                views[seed] = cache.write(part.fold, seed, model, predicted)
            remarks += model.remarks
    return HeldOut(variant, part, [views[seed] for seed in seeds], head.name, tuple(remarks))


def _trained(
    cohort: Cohort,
    images: Sequence[np.ndarray],
    part: Part,
    settings: BoostSettings,
    seeds: Sequence[int],
    head: Head,
) -> Iterator[tuple[int, Model, np.ndarray]]:
    """Models of these seeds, trained now on images (view, dim), and what they predict of the part's fold, view by view:
    seed, model, (image, view, class).
    """
    tested = cohort.held_out(part.fold)
    check_images([images[row] for row in np.union1d(part.train, tested)])
    training_images = [images[row] for row in part.train]
    tested_images = [images[row] for row in tested]
    training = TrainingSet(
        training_images, cohort.codes[part.train], cohort.groups[part.train], len(cohort.classes), part.fold
    )
    for seed, model in zip(seeds, head.train(training, settings, seeds), strict=True):
        yield seed, model, predict_views(model, tested_images)


def _cached_views(cohort: Cohort, fold: int, seeds: Iterable[int], cache: PredictionCache) -> dict[int, np.ndarray]:
    """What the cache holds of a fold's predictions, by seed."""
    images = len(cohort.held_out(fold))
    views = {}
    for seed in seeds:
        cached = cache.read(fold, seed, images, len(cohort.classes))
        if cached is not None:
            views[seed] = cached
    return views


def collect(units: Iterable[HeldOut], variants: Iterable[str], cohort: Cohort) -> dict[str, np.ndarray]:
    """Put the units together: out-of-fold probabilities (image, class), the mean over seeds, by `model_name`: the
    variant where all heads are trees, else VARIANT/HEAD.

    Images that are never held out have none: NaN. Raises ValueError when a (variant, head, fold) is missing, unknown or
    there twice.
    """
    units = list(units)
    names = list(variants)
    heads = sorted({unit.head for unit in units})
    _check_complete(units, names, heads, cohort.held_out_folds)
    shape = len(cohort), len(cohort.classes)
    probabilities = {}
    for variant in names:
        for head in heads:
            probabilities[model_name(variant, head, heads)] = np.full(shape, np.nan)
    for unit in units:
        name = model_name(unit.variant, unit.head, heads)
        probabilities[name][cohort.held_out(unit.fold)] = unit.probabilities.mean(axis=0)
    return probabilities


def collect_views(units: Iterable[HeldOut]) -> np.ndarray:
    """The vote's out-of-fold predictions for every view, (image, view, class), the images fold after fold.

    The units are those of a run with a ModelCache; without one they hold no views.
    """
    folds: dict[int, list[np.ndarray]] = {}
    for unit in sorted(
        units, key=lambda unit: (unit.fold, unit.variant, unit.head)
    ):  # so that the sum runs in one order
        mean_of_seeds = np.mean(unit.views, axis=0)  # (image, view, class)
        folds.setdefault(unit.fold, []).append(mean_of_seeds)
    return np.concatenate([np.mean(models, axis=0) for models in folds.values()])


def check_work(
    cohort: Cohort, variants: Mapping[str, Descriptors], settings: BoostSettings, heads: Sequence[Head] = (TREES,)
) -> None:
    """Refuse, before work starts, what cannot be cross-validated; `cross_validate` says what is raised."""
    for name, descriptors in variants.items():
        if len(descriptors) != len(cohort):
            raise ValueError(f"{name}: {len(cohort)} images need a descriptor each; got {len(descriptors)}")
    lacking = lacking_classes(cohort.codes, cohort.fold)
    if lacking or len(cohort.held_out_folds) < 2:
        raise FoldError(
            f"every class must be left to train on, whichever fold is held out; lacking: {lacking or 'all'}"
        )
    if TREES.name not in names_of(heads):
        return
    smallest = min(len(cohort.training(fold)) for fold in cohort.held_out_folds)
    for name, descriptors in variants.items():
        views = descriptors.shape[1]
        rows = smallest * min(views, settings.views or views)
        if rows < 2 * ROWS_IN_LEAF:
            raise BoostError(
                f"{name}: {rows} views to train on are fewer than the {2 * ROWS_IN_LEAF} that a single split needs; "
                "use more images, or extract more views"
            )


def _check_complete(
    units: Sequence[HeldOut], variants: Sequence[str], heads: Sequence[str], folds: Sequence[int]
) -> None:
    """Raise ValueError unless every (variant, head, fold) is there once."""
    wanted = {(name, head, fold) for name in variants for head in heads for fold in folds}
    counts = Counter((unit.variant, unit.head, unit.fold) for unit in units)
    wrong = []
    for unit in [*counts, *sorted(wanted - set(counts))]:
        if unit not in wanted or counts[unit] != 1:
            wrong.append(unit)
    if wrong:
        raise ValueError(f"every (variant, head, fold) must come once; missing, unknown or there twice: {wrong[:5]}")
