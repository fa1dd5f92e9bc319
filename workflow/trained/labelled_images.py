"""The images that networks are trained on and tested by: read, checked, and in folds, or in training and test."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cohort.checks.file_checks import inspect_all
from cohort.checks.notices import Notice
from cohort.cohort import Cohort
from cohort.files.offenders import some
from cohort.folds import TRAIN_ONLY, make_folds
from cohort.samples import Dataset, DatasetError, Sample
from imaging.perceptual_hash import BLANK
from imaging.read import ImageInfo

TEST_FOLD = 1  # of a separate test set; training images are in none


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Checked images in folds."""

    dataset: Dataset  # those that can be used, each with the SHA-256 of its file, in the order of the cohort
    infos: tuple[ImageInfo, ...]
    cohort: Cohort
    notices: tuple[Notice, ...]
    refused: dict[str, str]  # images that cannot be used, each with its reason
    test: str = ""  # name of the separate test set
    shared_patients: tuple[str, ...] = ()  # in training and test

    @property
    def name(self) -> str:
        """Of the data set that is trained on."""
        return self.dataset.name

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The images."""
        return self.dataset.samples

    @property
    def looks(self) -> list[str]:
        """What each image looks like, see imaging.perceptual_hash; "" of blank ones."""
        return ["" if info.phash == BLANK else info.phash for info in self.infos]


def in_folds(dataset: Dataset, folds: int, by_patient: bool, seed: int, skip: bool) -> LabelledImages:
    """A data set in folds as cv makes them with the same seed; raises DatasetError and FoldError."""
    usable, infos, notices, refused = _checked(dataset, skip)
    names, labels, patients = _columns(usable.samples)
    fold = make_folds(names, labels, patients if by_patient else None, folds, seed)
    cohort = Cohort.of(names, labels, dataset.classes, patients, fold)
    return LabelledImages(usable, infos, cohort, notices, refused)


def against_test(training: Dataset, test: Dataset, skip: bool) -> LabelledImages:
    """Training images, and a test set that is one fold of its own; raises DatasetError.

    Where both have images of one name, those of each get its name before theirs.
    """
    strangers = [label for label in test.classes if label not in training.classes]
    if strangers:
        raise DatasetError(
            f"{test.name} has labels that {training.name} has not: {some(strangers)}; a network answers with the "
            f"classes that it was trained on, {some(training.classes, shown=20)}"
        )
    together = _joined(training, test)
    usable, infos, notices, refused = _checked(together, skip)
    of_test = {sample.name for sample in together.samples[len(training.samples) :]}
    names, labels, patients = _columns(usable.samples)
    fold = np.array([TEST_FOLD if name in of_test else TRAIN_ONLY for name in names])
    cohort = Cohort.of(names, labels, training.classes, patients, fold)
    if not cohort.tested.any() or cohort.tested.all():
        raise DatasetError(f"{test.name} or {training.name} has no image left that can be used; repair some")
    ours = {sample.patient for sample in usable.samples if sample.name not in of_test} - {""}
    theirs = {sample.patient for sample in usable.samples if sample.name in of_test} - {""}
    shared = tuple(sorted(ours & theirs))
    if shared:
        sentence = (
            f"{len(shared)} patients of {test.name} are in {training.name} too: {some(shared)}; the test is too kind"
        )
        notices = (*notices, Notice("patients-of-the-training", sentence))
    return LabelledImages(usable, infos, cohort, notices, refused, test.name, shared)


def _joined(training: Dataset, test: Dataset) -> Dataset:
    """Both as one data set: the samples of the training, then those of the test."""
    ours, theirs = training.samples, test.samples
    taken = {sample.name for sample in ours}
    if any(sample.name in taken for sample in theirs):
        first, second = (training.name, test.name) if training.name != test.name else ("train", "test")
        ours = tuple(replace(sample, name=f"{first}/{sample.name}") for sample in ours)
        theirs = tuple(replace(sample, name=f"{second}/{sample.name}") for sample in theirs)
    notices = (*training.notices, *test.notices)
    return Dataset(training.name, training.classes, (*ours, *theirs), notices)


def _checked(dataset: Dataset, skip: bool) -> tuple[Dataset, tuple[ImageInfo, ...], tuple[Notice, ...], dict[str, str]]:
    """The images that can be used, each with what is known of its file; the others are an error unless skipped."""
    inspected = inspect_all(dataset.samples)
    if not skip:
        inspected.require_all()
    usable = dataset.without(inspected.refused) if inspected.refused else dataset
    infos = tuple(inspected.facts[sample.name] for sample in usable.samples)
    hashed = [replace(sample, sha256=info.sha256) for sample, info in zip(usable.samples, infos, strict=True)]
    notices = (*usable.warnings(), *inspected.warnings)
    return replace(usable, samples=tuple(hashed)), infos, notices, inspected.refused


def _columns(samples: Sequence[Sample]) -> tuple[list[str], list[str], list[str]]:
    """Names, labels and patients."""
    return (
        [sample.name for sample in samples],
        [sample.label for sample in samples],
        [sample.patient for sample in samples],
    )
