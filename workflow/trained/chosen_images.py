"""Fewer images than there are: so many in all, to try things out, or so many of each class."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import chain, zip_longest

from cohort.checks.notices import Notice
from cohort.cohort import Cohort
from cohort.files.offenders import some
from cohort.folds import held_out_folds, make_folds_up_to
from cohort.samples import Dataset, DatasetError, Sample
from finetune.inner_split import rows_of_folds
from finetune.training_settings import TrainingError, TrainingSettings
from workflow.trained.labelled_images import LabelledImages


def limited(dataset: Dataset, limit: int) -> Dataset:
    """So many images in all, from all classes in turn, and of each class from all patients in turn.

    Raises DatasetError where a class would have no image.
    """
    count = len(dataset.classes)
    if limit < count:
        raise DatasetError(f"{limit} images cannot show all {count} classes of {dataset.name}; take {count} at least")
    by_class = []
    for label in dataset.classes:
        of_class = [sample for sample in dataset.samples if sample.label == label]
        by_class.append(patients_in_turn(of_class))
    in_turn = [sample for sample in chain.from_iterable(zip_longest(*by_class)) if sample is not None]
    return _only(dataset, in_turn[:limit])


def patients_in_turn(samples: Sequence[Sample]) -> list[Sample]:
    """The images, one of each patient after the other; an image of an unknown patient is one by itself."""
    by_patient = defaultdict[str, list[Sample]](list)
    for sample in samples:
        by_patient[sample.patient or f"image {sample.name}"].append(sample)
    rounds = zip_longest(*by_patient.values())
    return [sample for sample in chain.from_iterable(rounds) if sample is not None]


def balanced_draw(dataset: Dataset, count: int, seed: int) -> Dataset:
    """So many images of each class, drawn by seed and name; of a class with fewer all are taken, and that is told."""
    drawn: list[Sample] = []
    fewer = []
    for label in dataset.classes:
        of_class = [sample for sample in dataset.samples if sample.label == label]
        drawn += sorted(of_class, key=lambda sample: _lot(sample.name, seed))[:count]
        if len(of_class) < count:
            fewer.append(f"{len(of_class)} of {label}")
    balanced = _only(dataset, drawn)
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


def selected_if_possible(cohort: Cohort, settings: TrainingSettings) -> TrainingSettings:
    """The settings, or where the images are too few for an inner split those that take the last epoch."""
    try:
        rows_of_folds(cohort, settings)
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


def _only(dataset: Dataset, samples: Sequence[Sample]) -> Dataset:
    """A data set's images that are among some, in their order."""
    names = {sample.name for sample in samples}
    return replace(dataset, samples=tuple(sample for sample in dataset.samples if sample.name in names))


def _lot(name: str, seed: int) -> str:
    return sha256(f"{seed} {name}".encode()).hexdigest()
