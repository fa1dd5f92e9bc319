"""So many images of each class, and what fewer images than there are change: folds, and how epochs are selected."""

from dataclasses import replace
from hashlib import sha256

import numpy as np

from cohort.checks.notices import Notice
from cohort.cohort import Cohort
from cohort.files.offenders import some
from cohort.folds import held_out_folds, make_folds_up_to
from cohort.limited import only
from cohort.samples import Dataset, Sample
from finetune.inner_split import rows_of_folds
from finetune.training_settings import TrainingError, TrainingSettings
from workflow.trained.labelled_images import LabelledImages


def balanced_draw(dataset: Dataset, count: int, seed: int) -> Dataset:
    """So many images of each class, drawn by seed and name; of a class with fewer all are taken, and that is told."""
    drawn: list[Sample] = []
    fewer = []
    for label in dataset.classes:
        of_class = [sample for sample in dataset.samples if sample.label == label]
        drawn += sorted(of_class, key=lambda sample: _lot(sample.name, seed))[:count]
        if len(of_class) < count:
            fewer.append(f"{len(of_class)} of {label}")
    balanced = only(dataset, drawn)
    if not fewer:
        return balanced
    sentence = (
        f"{dataset.name} has fewer than {count} images of some classes: {some(fewer)}; all of those are taken, and the "
        "classes are as unequal as that"
    )
    return replace(balanced, notices=(*balanced.notices, Notice("fewer-than-balanced", sentence)))


def folds_that_fit(dataset: Dataset, wanted: int, by_patient: bool, seed: int) -> int:
    """As many folds as wanted, or the most that so few images can be divided into; FoldError where even two are not."""
    names = [sample.name for sample in dataset.samples]
    labels = [sample.label for sample in dataset.samples]
    patients = [sample.patient for sample in dataset.samples] if by_patient else None
    return len(held_out_folds(make_folds_up_to(names, labels, patients, wanted, seed)))


def selected_if_possible(
    cohort: Cohort, settings: TrainingSettings, groups: np.ndarray | None = None
) -> TrainingSettings:
    """The settings, or where the images are too few for an inner split those that take the last epoch.

    groups: what the split may not part, see rows_of_folds.
    """
    try:
        rows_of_folds(cohort, settings, groups)
    except TrainingError:
        return replace(settings, validation=0.0, patience=0)
    return settings


def limited_notice(images: LabelledImages, folds: int | None, settings: TrainingSettings) -> Notice:
    """What became of a run on a few images; folds: None for a separate test."""
    divided = "" if folds is None else f", in {folds} folds"
    selected = "" if settings.validation or settings.select_on == "test" else ", and the last epoch is taken"
    sentence = (
        f"only {len(images.samples)} images of {images.name} are used{divided}{selected}: to see that all works, not "
        "to learn how well"
    )
    return Notice("limited-images", sentence)


def _lot(name: str, seed: int) -> str:
    return sha256(f"{seed} {name}".encode()).hexdigest()
