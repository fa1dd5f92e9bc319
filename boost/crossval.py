"""Out-of-fold predictions: every (variant, fold) is a unit of work that knows nothing of the others."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed

from boost.ensemble import Ensemble
from boost.folds import FoldError, lacking_classes
from boost.settings import ROWS_IN_LEAF, BoostError, BoostSettings


@dataclass(frozen=True)
class HeldOut:
    """What one variant's models, trained on the other folds, say of one fold."""

    variant: str
    fold: int
    probabilities: np.ndarray  # (seed, image of the fold, class), the images in the order of the whole set


def cross_validate(
    variants: Mapping[str, np.ndarray],
    labels: np.ndarray,
    classes: int,
    fold: np.ndarray,
    settings: BoostSettings | None = None,
    jobs: int = 1,
) -> Iterator[HeldOut]:
    """Predict every fold of every variant by models that never saw its images; yield each as it is done.

    `variants` maps names to descriptors (image, view, dim); `labels` (image,) are in 0..classes-1 and `fold` (image,)
    counts folds from 1. A memory map stays on disk: workers open it by name and read their rows. Units come in
    any order, and are the same to the bit for any `jobs` and any order of the variants. Raises, before work starts,
    ValueError for lengths that differ, FoldError for a training part that lacks a class and BoostError for one that
    is too small for a single split.
    """
    labels, fold = np.asarray(labels), np.asarray(fold)
    for name, descriptors in variants.items():
        if not len(descriptors) == len(labels) == len(fold):
            raise ValueError(
                f"{name}: descriptors, labels and fold must have one entry per image; got {len(descriptors)}, "
                f"{len(labels)} and {len(fold)}"
            )
    lacking = lacking_classes(labels, fold)
    if lacking or len(set(fold.tolist())) < 2:
        raise FoldError(
            f"every class must be left to train on, whichever fold is held out; lacking: {lacking or 'all'}"
        )
    for name, descriptors in variants.items():
        rows = descriptors.shape[1] * int(min((fold != number).sum() for number in np.unique(fold)))
        if rows < 2 * ROWS_IN_LEAF:
            raise BoostError(
                f"{name}: {rows} views to train on are fewer than the {2 * ROWS_IN_LEAF} that a single split needs; "
                "use more images, or extract more views"
            )
    settings = BoostSettings() if settings is None else settings
    units = [(name, number) for name in variants for number in np.unique(fold).tolist()]
    work = Parallel(n_jobs=jobs, return_as="generator_unordered")
    return work(delayed(hold_out)(name, variants[name], labels, classes, fold, n, settings) for name, n in units)


def hold_out(
    variant: str,
    descriptors: np.ndarray,
    labels: np.ndarray,
    classes: int,
    fold: np.ndarray,
    number: int,
    settings: BoostSettings,
) -> HeldOut:
    """Train on all folds but one and predict that one. Bins come from the training rows alone."""
    test = fold == number  # (image,)
    ensemble = Ensemble(settings.for_fold(number)).fit(descriptors[~test], labels[~test], classes)
    return HeldOut(variant, number, ensemble.predict_by_seed(descriptors[test]))


def collect(finished: Iterable[HeldOut], variants: Iterable[str], fold: np.ndarray) -> dict[str, np.ndarray]:
    """Put the units together: each variant's out-of-fold probabilities (image, class), the mean over seeds.

    Raises ValueError when a (variant, fold) is missing, unknown or there twice.
    """
    finished, fold = list(finished), np.asarray(fold)
    wanted = [(name, number) for name in variants for number in np.unique(fold).tolist()]
    came = Counter((unit.variant, unit.fold) for unit in finished)
    if came != Counter(wanted):
        odd = [unit for unit in {**came, **dict.fromkeys(wanted)} if came[unit] != 1 or unit not in wanted]
        raise ValueError(f"every (variant, fold) must come once; missing, unknown or there twice: {odd[:5]}")
    classes = finished[0].probabilities.shape[2]
    whole = {name: np.empty((len(fold), classes)) for name, _ in wanted}
    for unit in finished:
        whole[unit.variant][fold == unit.fold] = unit.probabilities.mean(axis=0)
    return whole
