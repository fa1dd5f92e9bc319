"""What cv and fit learn from: the cached images with their labels, and the folds in which they are held out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from boost.descriptors import Descriptors
from cohort.checks.label_checks import label_warnings
from cohort.checks.notices import Notice
from cohort.cohort import Cohort
from cohort.folds import TRAIN_ONLY, check_folds, groups_of, make_folds, never_held_out
from cohort.folds_file import read_folds
from cohort.manifest import read_labels
from featurize.store.gather import CohortDescriptors, find_stores, gather
from featurize.store.image_index import require_unchanged
from featurize.store.store import Store
from report.binary import checked_positive


@dataclass(frozen=True, eq=False)
class CachedImages:
    """The labelled images of a data set in the cache, described by every variant."""

    name: str  # of the data set
    folder: Path  # of its files in the cache
    stores: dict[str, Store]  # by variant
    described: CohortDescriptors  # the images with a label and with descriptors
    unseen: int  # image files that are not where they were: whether they have changed is not known

    @property
    def descriptors(self) -> dict[str, Descriptors]:
        """The descriptors of each variant, left where they are, under the name of the cache file."""
        descriptors = {}
        for variant, store in self.stores.items():
            array = self.described.descriptors[variant]
            rows = self.described.rows[variant]
            descriptors[variant] = Descriptors.of(array, rows, store.path.stem)
        return descriptors


def cached_images(
    cache: Path,
    name: str | None,
    variants: Sequence[str] = (),
    labels: Path | None = None,
    positive: Sequence[str] | None = None,
    warn: Callable[[Sequence[Notice]], None] = lambda notices: None,
) -> CachedImages:
    """Choose a data set and its variants, with the cached labels or those of a table.

    `positive` classes, if any are named, must be classes of it. Raises CacheError, DatasetError and PositiveError;
    images that have changed since they were described are an error too. `warn` is told at once what is left out or
    looks wrong, for it may explain an error that follows.
    """
    name, stores = find_stores(cache, name, variants)
    described = labelled_descriptors(stores, labels, warn)
    unseen = require_unchanged(cache / name, stores.values(), described.images)
    if positive is not None:
        checked_positive(described.classes, positive)
    return CachedImages(name, cache / name, stores, described, unseen)


def labelled_descriptors(
    stores: dict[str, Store], labels: Path | None, warn: Callable[[Sequence[Notice]], None]
) -> CohortDescriptors:
    """The cached images with their labels, or those of a table; `warn` is told what is left out or looks wrong."""
    first = next(iter(stores.values()))
    cached = [entry.image for entry in first.entries]
    by_image = read_labels(labels, cached) if labels else None
    if by_image is not None and len(by_image) < len(cached):
        sentence = f"{labels} names {len(by_image)} of the {len(cached)} images in the cache; the rest is left out"
        warn([Notice("labels-for-a-part", sentence)])
    descriptors = gather(stores, by_image)
    if descriptors.left_out:
        sentence = f"{descriptors.left_out} images have no descriptors yet and are left out; extract adds them"
        warn([Notice("images-without-descriptors", sentence)])
    warn(label_warnings(descriptors.labels, descriptors.patients))
    return descriptors


def divided(
    described: CohortDescriptors, groups: str | None, folds: int, file: Path | None, seed: int, unknown: str = "own"
) -> tuple[Cohort, list[Notice]]:
    """The images in so many folds, or in those of a file; and warnings of what these folds cannot promise.

    A split patient is refused unless the groups are "none". `unknown` says what becomes of images of unknown patients
    (cohort.folds); where they are trained on only, that goes before what a file says of them.
    """
    images, labels = described.images, described.labels
    patients = None if groups == "none" else described.patients
    if file is None:
        fold = make_folds(images, labels, patients, folds, seed, unknown)
    else:
        groups_of(images, patients, unknown)  # refuses a policy that cannot be followed
        fold = read_folds(file, images, train_only=unknown == "train-only")
        fold[never_held_out(images, patients, unknown)] = TRAIN_ONLY
        check_folds(images, labels, patients, fold, unknown)
    cohort = Cohort.of(images, labels, described.classes, described.patients, fold)
    return cohort, unknown_patient_warnings(cohort, unknown)


def unknown_patient_warnings(cohort: Cohort, unknown: str) -> list[Notice]:
    """What a policy other than "own" does with the images of unknown patients, and what it cannot promise."""
    unknown_images = cohort.patients.count("")
    if not unknown_images or unknown == "own":
        return []
    images = f"{unknown_images} images of unknown patients"
    placed = {
        "train-only": f"{images} are always trained on and never tested: there are answers for the other "
        f"{len(cohort) - unknown_images}. ",
        "one-group": f"{images} are held out together. ",
    }[unknown]
    leak = "They may be of a patient on the other side, which is a leak that cannot be seen"
    return [Notice("patients-unknown", placed + leak)]
