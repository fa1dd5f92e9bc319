"""What cv keeps beside its result: the plain way that it is held against, and what each seed of trees predicts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from boost.crossval import HeldOut, collect, cross_validate
from boost.descriptors import Descriptors
from boost.fusion import fuse
from boost.heads.choices import HEADS, TREES
from boost.settings import BoostSettings
from cohort.cohort import Cohort
from cohort.predictions import predictions_table
from featurize.store.file_format import DamagedError
from featurize.store.gather import whole_stores
from featurize.store.store import Store
from workflow.cohort_from_cache import CachedImages
from workflow.training.training_run import TrainingRun

PLAIN_HEAD = "logistic"


def plain_run(images: CachedImages, run: TrainingRun) -> TrainingRun | None:
    """The plain way with the images, folds and networks of a run: whole images, resized, and logistic regression.

    None where not every image is described as a whole, as in caches of earlier versions.
    """
    descriptors = {}
    for name, store in whole_stores(images.folder, images.stores.values()).items():
        described = _whole_images(store, run.cohort.images, images)
        if described is None:
            return None
        descriptors[name] = described
    if not descriptors:
        return None
    heads = HEADS[PLAIN_HEAD].heads()
    return TrainingRun(run.cohort, descriptors, BoostSettings(), heads, run.folder, run.jobs, recalibrate=False)


def _whole_images(store: Store, names: Sequence[str], images: CachedImages) -> Descriptors | None:
    """The descriptors of these images; None where one is missing, damaged, or that of another file."""
    contents = {entry.image: entry.sha256 for entry in store.entries}
    of_variants = {entry.image: entry.sha256 for entry in next(iter(images.stores.values())).entries}
    if any(contents.get(name) != of_variants[name] for name in names):
        return None
    maps = store.arrays()
    rows = np.array([store.rows[name] for name in names])
    if not maps["done"][rows].all():
        return None
    try:
        store.require_rows(names, maps)
    except DamagedError:
        return None
    return Descriptors.of(maps["descriptors"], rows, store.path.stem)


def plain_answers(run: TrainingRun) -> pd.DataFrame:
    """What the plain way predicts out-of-fold, fused over the networks, as the models vote: a fused table."""
    work = cross_validate(run.cohort, run.descriptors, run.settings, run.jobs, run.caches(), run.heads)
    units = list(work)
    return fuse(predictions_table(run.cohort, collect(units, run.descriptors, run.cohort)))


def seed_answers(units: Sequence[HeldOut], variants: Sequence[str], cohort: Cohort) -> pd.DataFrame:
    """What the trees of each seed predict: `seed`, counted from 0, then the columns of a predictions table.

    Units of other heads are not looked at.
    """
    of_trees = [unit for unit in units if unit.head == TREES.name]
    predicted = [unit.probabilities for unit in of_trees]  # (seed, image, class) each
    tables = []
    for seed in range(len(predicted[0])):
        probabilities = {name: np.full((len(cohort), len(cohort.classes)), np.nan) for name in variants}
        for unit, of_unit in zip(of_trees, predicted, strict=True):
            probabilities[unit.variant][cohort.held_out(unit.fold)] = of_unit[seed]
        tables.append(pd.DataFrame({"seed": seed, **predictions_table(cohort, probabilities)}))
    return pd.concat(tables, ignore_index=True)
