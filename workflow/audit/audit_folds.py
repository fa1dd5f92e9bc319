"""The folds of an audit that has no run behind it: those that cv would draw, or as many as there can be."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cohort.checks.notices import Notice, Warn
from cohort.cohort import Cohort
from cohort.folds import TRAIN_ONLY, FoldError, check_folds, make_folds, make_folds_up_to, never_held_out
from cohort.folds_file import read_folds
from cohort.layouts.iciar2018 import class_order
from cohort.manifest import read_labels
from cohort.samples import Dataset, Sample

FOLDS = 10  # as cv has it
ALL_IN_ONE = 1  # the fold of all images where no folds can be made: then nothing is tested


def relabelled(dataset: Dataset, labels: Path, warn: Warn, patients_as_written: bool) -> Dataset:
    """The images that a table names, with its labels, and its patients where it has them. Raises DatasetError."""
    by_image = read_labels(labels, [sample.name for sample in dataset.samples], warn, patients_as_written)
    samples = []
    for sample in dataset.samples:
        if sample.name in by_image:
            label, patient = by_image[sample.name]
            samples.append(Sample(sample.name, sample.path, label, patient or sample.patient))
    classes = class_order(sorted({sample.label for sample in samples}))
    return Dataset(dataset.name, classes, tuple(samples), dataset.notices, dataset.not_taken)


def audit_cohort_of(
    dataset: Dataset,
    groups: Sequence[str] | None,
    folds: int | None,
    file: Path | None,
    seed: int,
    unknown: str,
    warn: Warn,
) -> Cohort:
    """The images in folds; groups: what shares a fold, one for each image ("" stands alone), None: nothing does.

    Where no number is asked for and FOLDS cannot be, as many as can be; where none can be, all images are of one fold
    and `warn` is told why. Raises FoldError for folds that were asked for and cannot be.
    """
    images = [sample.name for sample in dataset.samples]
    labels = [sample.label for sample in dataset.samples]
    patients = [sample.patient for sample in dataset.samples]
    if file is not None:
        fold = read_folds(file, images, unknown == "train-only", warn)
        fold[never_held_out(images, groups, unknown)] = TRAIN_ONLY
        check_folds(images, labels, groups, fold, unknown)
    elif folds is not None:
        fold = make_folds(images, labels, groups, folds, seed, unknown)
    else:
        fold = as_many_folds(images, labels, groups, seed, unknown, warn)
    return Cohort.of(images, labels, dataset.classes, patients, fold)


def as_many_folds(
    images: Sequence[str], labels: Sequence[str], groups: Sequence[str] | None, seed: int, unknown: str, warn: Warn
) -> np.ndarray:
    """FOLDS folds, or the most below that can be made, (image,)."""
    try:
        return make_folds_up_to(images, labels, groups, FOLDS, seed, unknown)
    except FoldError as error:
        warn([Notice("audit-without-folds", f"no probe can be tested, for there are no folds: {error}")])
    return np.full(len(images), ALL_IN_ONE)
