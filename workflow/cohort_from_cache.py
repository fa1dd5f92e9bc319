"""What cv learns from: the cached images with their labels, and the fold of each."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from boost.descriptors import Descriptors
from cohort.folds import TRAIN_ONLY, check_folds, groups_of, make_folds, trained_only
from cohort.folds_file import read_folds
from cohort.label_checks import label_warnings
from cohort.manifest import read_labels
from featurize.store.gather import CohortDescriptors, gather
from featurize.store.store import Store


def descriptors_of(gathered: CohortDescriptors, stores: Mapping[str, Store]) -> dict[str, Descriptors]:
    """The gathered images of each variant, left where they are, under the name of the cache file."""
    return {
        variant: Descriptors.of(gathered.descriptors[variant], gathered.rows[variant], store.path.stem)
        for variant, store in stores.items()
    }


def gathered_from(stores: Mapping[str, Store], labels: Path | None) -> tuple[CohortDescriptors, list[str]]:
    """The cached images with their labels, or those of a table; and warnings of what is left out or looks wrong."""
    known = [entry.image for entry in next(iter(stores.values())).entries]
    given = read_labels(labels, known) if labels else None
    warnings = []
    if given is not None and len(given) < len(known):
        warnings.append(f"{labels} names {len(given)} of the {len(known)} images in the cache; the rest is left out")
    gathered = gather(dict(stores), given)
    if gathered.left_out:
        warnings.append(f"{gathered.left_out} images have no descriptors yet and are left out; extract adds them")
    return gathered, warnings + label_warnings(gathered.labels, gathered.patients)


def folds_of(
    gathered: CohortDescriptors, groups: str | None, folds: int, given: Path | None, seed: int, unknown: str = "own"
) -> np.ndarray:
    """The fold of each image, made or given; a split patient is refused unless patients are to be ignored.

    `unknown` says what becomes of images of unknown patients (cohort.folds); where they are trained on only, that goes
    before what a file says of them.
    """
    patients = None if groups == "none" else gathered.patients
    if given is None:
        return make_folds(gathered.images, gathered.labels, patients, folds, seed, unknown)
    groups_of(gathered.images, patients, unknown)  # refuses a policy that cannot be followed
    fold = read_folds(given, gathered.images, train_only=unknown == "train-only")
    fold[trained_only(gathered.images, patients, unknown)] = TRAIN_ONLY
    check_folds(gathered.images, gathered.labels, patients, fold, unknown)
    return fold


def unknown_patient_warnings(gathered: CohortDescriptors, fold: np.ndarray, unknown: str) -> list[str]:
    """What a policy other than "own" does with the images of unknown patients, and what it cannot promise."""
    alone = sum(not patient for patient in gathered.patients)
    if not alone or unknown == "own":
        return []
    what = {
        "train-only": f"{alone} images of unknown patients are always trained on and never tested: there are answers "
        f"for the other {len(fold) - alone}. ",
        "one-group": f"{alone} images of unknown patients are held out together. ",
    }[unknown]
    may = "They may be relatives of images on the other side, which is a leak that cannot be seen"
    return [f"{what}{may}"]
