"""Out-of-fold predictions: every (variant, fold) is a unit of work that knows nothing of the others."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from lightgbm import Booster

from boost.descriptors import Descriptors
from boost.ensemble import answers, boosters, check_images
from boost.prediction_cache import PredictionCache, key_of
from boost.settings import ROWS_IN_LEAF, BoostError, BoostSettings
from cohort.folds import FoldError, held_out_folds, lacking_classes


@dataclass(frozen=True)
class HeldOut:
    """What one variant's models, trained on the other folds, say of one fold."""

    variant: str
    fold: int
    probabilities: np.ndarray  # (seed, image of the fold, class), the images in the order of the whole set


def cross_validate(
    variants: Mapping[str, np.ndarray | Descriptors],
    labels: np.ndarray,
    classes: int,
    fold: np.ndarray,
    settings: BoostSettings | None = None,
    jobs: int = 1,
    kept: Path | None = None,
) -> Iterator[HeldOut]:
    """Predict every fold of every variant by models that never saw its images; yield each as it is done.

    `variants` maps names to descriptors (image, view, dim) float32, whole or as chosen rows; `labels` (image,) are in
    0..classes-1 and `fold` (image,) counts folds from 1; images of fold 0 are never held out. A memory map stays on
    disk: workers open it by name. Every model's answers are left in the folder `kept` as soon as they are made, and
    found there by the next run with the same descriptors, labels, folds and settings. Units come in any order, and are
    the same to the bit for any `jobs`, any order of the variants and any interruption. Raises, before work starts,
    ValueError for lengths that differ, FoldError for a training part that lacks a class and BoostError for one too
    small for a single split.
    """
    settings = BoostSettings() if settings is None else settings
    labels, fold = np.asarray(labels), np.asarray(fold)
    chosen = {name: d if isinstance(d, Descriptors) else Descriptors.of(d) for name, d in variants.items()}
    check_work(chosen, labels, fold, settings)
    keepers = {
        name: kept and keeper(Path(kept), name, descriptors, labels, classes, fold, settings)
        for name, descriptors in chosen.items()
    }
    units = [(name, number) for name in chosen for number in held_out_folds(fold)]
    work = Parallel(n_jobs=jobs, return_as="generator_unordered")
    return work(delayed(hold_out)(name, chosen[name], labels, classes, fold, n, settings, keepers[name])
                for name, n in units)  # fmt: skip


def check_work(
    variants: Mapping[str, Descriptors], labels: np.ndarray, fold: np.ndarray, settings: BoostSettings
) -> None:
    """Refuse, before work starts, what cannot be cross-validated; `cross_validate` says what is raised."""
    for name, descriptors in variants.items():
        _check_lengths(name, descriptors, labels, fold)
    lacking = lacking_classes(labels, fold)
    if lacking or len(held_out_folds(fold)) < 2:
        raise FoldError(
            f"every class must be left to train on, whichever fold is held out; lacking: {lacking or 'all'}"
        )
    for name, descriptors in variants.items():
        _check_enough(name, descriptors, fold, settings)


def keeper(
    folder: Path,
    variant: str,
    descriptors: Descriptors,
    labels: np.ndarray,
    classes: int,
    fold: np.ndarray,
    settings: BoostSettings,
) -> PredictionCache:
    """Where the answers of a variant's models under these settings are kept."""
    key = key_of(descriptors, labels, classes, fold, settings)
    return PredictionCache(folder.resolve(), descriptors.source or variant, key)


def hold_out(
    variant: str,
    descriptors: Descriptors,
    labels: np.ndarray,
    classes: int,
    fold: np.ndarray,
    number: int,
    settings: BoostSettings,
    kept: PredictionCache | None = None,
) -> HeldOut:
    """Train on all folds but one and predict that one. Bins come from the training rows alone.

    Answers of `kept` are not made again, and each new one is kept at once.
    """
    seeds, images = range(settings.seeds), int((fold == number).sum())
    found = {} if kept is None else kept.read_all(number, seeds, (images, classes))
    missing = [seed for seed in seeds if seed not in found]
    for seed, booster, held_out in models_without(descriptors, labels, classes, fold, number, settings, missing):
        found[seed] = answers(booster, held_out)
        if kept is not None:
            kept.write(number, seed, found[seed])
    return HeldOut(variant, number, np.stack([found[seed] for seed in seeds]))


def models_without(
    descriptors: Descriptors,
    labels: np.ndarray,
    classes: int,
    fold: np.ndarray,
    number: int,
    settings: BoostSettings,
    seeds: Sequence[int],
) -> Iterator[tuple[int, Booster, list[np.ndarray]]]:
    """Each seed with its model, trained on all folds but one, and the images (view, dim) of that one."""
    if not seeds:
        return
    images = descriptors.images()
    check_images(images)
    train, held_out = np.flatnonzero(fold != number), [images[i] for i in np.flatnonzero(fold == number)]
    models = boosters([images[i] for i in train], labels[train], classes, settings.for_fold(number), seeds)
    for seed, booster in zip(seeds, models, strict=True):
        yield seed, booster, held_out


def collect(finished: Iterable[HeldOut], variants: Iterable[str], fold: np.ndarray) -> dict[str, np.ndarray]:
    """Put the units together: each variant's out-of-fold probabilities (image, class), the mean over seeds.

    Images of fold 0 have no answer: NaN. Raises ValueError when a (variant, fold) is missing, unknown or there twice.
    """
    finished, fold = list(finished), np.asarray(fold)
    wanted = [(name, number) for name in variants for number in held_out_folds(fold)]
    came = Counter((unit.variant, unit.fold) for unit in finished)
    if came != Counter(wanted):
        odd = [unit for unit in {**came, **dict.fromkeys(wanted)} if came[unit] != 1 or unit not in wanted]
        raise ValueError(f"every (variant, fold) must come once; missing, unknown or there twice: {odd[:5]}")
    classes = finished[0].probabilities.shape[2]
    whole = {name: np.full((len(fold), classes), np.nan) for name, _ in wanted}
    for unit in finished:
        whole[unit.variant][fold == unit.fold] = unit.probabilities.mean(axis=0)
    return whole


def _check_lengths(name: str, descriptors: Descriptors, labels: np.ndarray, fold: np.ndarray) -> None:
    if not len(descriptors) == len(labels) == len(fold):
        raise ValueError(
            f"{name}: descriptors, labels and fold must have one entry per image; got {len(descriptors)}, "
            f"{len(labels)} and {len(fold)}"
        )


def _check_enough(name: str, descriptors: Descriptors, fold: np.ndarray, settings: BoostSettings) -> None:
    views = min(descriptors.shape[1], settings.views or descriptors.shape[1])
    rows = views * int(min((fold != number).sum() for number in held_out_folds(fold)))
    if rows < 2 * ROWS_IN_LEAF:
        raise BoostError(
            f"{name}: {rows} views to train on are fewer than the {2 * ROWS_IN_LEAF} that a single split needs; "
            "use more images, or extract more views"
        )
