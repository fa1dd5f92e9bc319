"""The images that networks are trained on and tested by: read, checked, and in folds, or in training and test."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cohort.checks.file_checks import inspect_all
from cohort.checks.notices import Notice
from cohort.cohort import Cohort
from cohort.files.offenders import some
from cohort.folds import TRAIN_ONLY, FoldError
from cohort.manifest import read_column
from cohort.samples import Dataset, DatasetError, Sample
from imaging.perceptual_hash import BLANK
from imaging.read import ImageInfo
from workflow.column_folds import divided_by, table_at
from workflow.division import divided

TEST_FOLD = 1  # of a separate test set; training images are in none


@dataclass(frozen=True)
class Division:
    """How images are divided into folds, as cv divides them."""

    folds: int
    seed: int
    groups: str = "patient"  # what shares a fold: patient, none, or a column of whose values each is held out in turn
    file: Path | None = None  # of folds made elsewhere
    unknown: str = "own"  # what becomes of images of unknown patients, see cohort.folds

    def __post_init__(self) -> None:
        if not self.by_column:
            return
        if self.file is not None:
            raise FoldError(f"folds are those of a file or those by {self.groups}; leave one of both out")
        if self.unknown != "own":
            raise FoldError(f"folds by {self.groups} leave no choice about unknown patients; leave that out")

    @property
    def by_column(self) -> bool:
        """Whether the folds are the values of a column."""
        return self.groups not in ("patient", "none")


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

    @property
    def files(self) -> list[str]:
        """The SHA-256 of each image's file."""
        return [sample.sha256 for sample in self.samples]


@dataclass(frozen=True)
class Columns:
    """Names, labels, patients and classes of images."""

    images: tuple[str, ...]
    labels: tuple[str, ...]
    patients: tuple[str, ...]
    classes: tuple[str, ...]


def in_folds(dataset: Dataset, division: Division, source: Path, skip: bool) -> LabelledImages:
    """A data set in folds as cv makes them; raises DatasetError and FoldError.

    source: what the data set was read from; skip: leave out images that cannot be used.
    """
    usable, infos, notices, refused = _checked(dataset, skip)
    columns = columns_of(usable.samples, dataset.classes)
    if division.by_column:
        table = table_at(source)
        if table is None:
            raise FoldError(f"images are divided by {division.groups} as a table says, and {source} has none; add one")
        cohort = divided_by(columns, read_column(table, division.groups), division.groups)
    else:
        cohort, of_folds = divided(
            columns, division.groups, division.folds, division.file, division.seed, division.unknown
        )
        notices = (*notices, *of_folds)
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
    columns = columns_of(usable.samples, training.classes)
    fold = np.array([TEST_FOLD if name in of_test else TRAIN_ONLY for name in columns.images])
    cohort = Cohort.of(columns.images, columns.labels, columns.classes, columns.patients, fold)
    if not cohort.tested.any() or cohort.tested.all():
        raise DatasetError(f"{test.name} or {training.name} has no image left that can be used; repair some")
    ours = {sample.patient for sample in usable.samples if sample.name not in of_test} - {""}
    theirs = {sample.patient for sample in usable.samples if sample.name in of_test} - {""}
    shared = tuple(sorted(ours & theirs))
    notices = (*notices, *_shared_notices(shared, training, test), *_lacking_notices(cohort, test))
    return LabelledImages(usable, infos, cohort, notices, refused, test.name, shared)


def _shared_notices(shared: Sequence[str], training: Dataset, test: Dataset) -> list[Notice]:
    if not shared:
        return []
    sentence = (
        f"{len(shared)} patients of {test.name} are in {training.name} too: {some(shared)}; on new patients the "
        "accuracy is likely to be lower than it is here"
    )
    return [Notice("patients-of-the-training", sentence)]


def _lacking_notices(cohort: Cohort, test: Dataset) -> list[Notice]:
    """Classes of the training that the test has no image of: nothing is learned about them."""
    tested = set(cohort.labels[cohort.tested].tolist())
    lacking = [name for name in cohort.classes if name not in tested]
    if not lacking:
        return []
    sentence = (
        f"{test.name} has no image of {some(lacking)}: how well these are recognised is not tested, and balanced "
        "accuracy is the mean over the other classes"
    )
    return [Notice("test-lacks-classes", sentence)]


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


def columns_of(samples: Sequence[Sample], classes: tuple[str, ...]) -> Columns:
    """The images as what can be divided into folds, in their order."""
    return Columns(
        tuple(sample.name for sample in samples),
        tuple(sample.label for sample in samples),
        tuple(sample.patient for sample in samples),
        classes,
    )
