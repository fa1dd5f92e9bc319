"""The images that are trained on, in folds in which all that was asked can be done: settled before any work."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cohort.cohort import Cohort
from cohort.folds import POLICIES, FoldError
from cohort.read_dataset import read_dataset
from cohort.samples import Dataset
from commands.finetune.fewer_images import few_of_test, fold_count
from commands.finetune.finetune_options import FinetuneOptions
from commands.terminal import console, warn
from finetune.inner_split import rows_of_folds
from finetune.training_settings import TrainingError, TrainingSettings
from workflow.division import working_number
from workflow.trained.labelled_images import Division, LabelledImages, against_test, columns_of, in_folds
from workflow.trained.leaks_beforehand import leak_notices, stay_together


def checked_images(asked: FinetuneOptions, dataset: Dataset, members: Sequence[TrainingSettings]) -> LabelledImages:
    """The images in folds, or in training and test; says what they are, and what looks wrong with them."""
    skip = asked.on_error == "skip"
    console.print(dataset.summary())
    if asked.test is None:
        with console.status(f"checking {len(dataset.samples)} images"):
            images = _in_folds(asked, dataset, members)
    else:
        if asked.folds or asked.folds_file or asked.groups or asked.unknown_patients != POLICIES[0]:
            raise FoldError("--test is the only part that is held out; leave --folds, --groups and the like out")
        test = few_of_test(asked, read_dataset(asked.test, asked.patients_as_written, choice=asked.choice))
        console.print(f"test: {test.summary()}")
        with console.status(f"checking {len(dataset.samples) + len(test.samples)} images"):
            images = against_test(dataset, test, skip)
    warn(images.notices)
    warn(leak_notices(images))
    return images


def require_inner_splits(asked: FinetuneOptions, images: LabelledImages, members: Sequence[TrainingSettings]) -> None:
    """Raise TrainingError where an epoch cannot be selected; it names a number of folds with which all can be."""
    try:
        _require(images.cohort, images, members)
    except TrainingError as error:
        made = len(images.cohort.held_out_folds)
        is_number = asked.test is None and asked.folds_file is None and asked.groups in (None, "patient", "none")
        number = _working_number(asked, images, members, made) if is_number else 0
        if not number:
            raise
        raise TrainingError(f"{error}; with --folds {number} there is one for every fold") from error


def _in_folds(asked: FinetuneOptions, dataset: Dataset, members: Sequence[TrainingSettings]) -> LabelledImages:
    """The images in as many folds as asked; an error names a number with which epochs can be selected too."""
    groups = asked.groups or "patient"
    division = Division(fold_count(asked, dataset), asked.seed, groups, asked.folds_file, asked.unknown_patients)
    source, skip = Path(asked.data or ""), asked.on_error == "skip"
    try:
        return in_folds(dataset, division, source, skip)
    except FoldError as error:
        if not error.possible:
            raise
        images = in_folds(dataset, replace(division, folds=error.possible), source, skip)
        number = _working_number(asked, images, members, error.possible + 1)
        if number == error.possible:
            raise
        if number:
            raise FoldError(f"{error}; for all that was asked, --folds {number} works", number) from error
        try:
            _require(images.cohort, images, members)
        except TrainingError as further:
            raise FoldError(f"{error}; but with {error.possible} folds: {further}", error.possible) from error
        raise


def _working_number(
    asked: FinetuneOptions, images: LabelledImages, members: Sequence[TrainingSettings], wanted: int
) -> int:
    """The number of folds, fewer than wanted or else a few more, with which every epoch can be selected; 0: none."""

    def suits(cohort: Cohort) -> bool:
        with suppress(TrainingError):
            _require(cohort, images, members)
            return True
        return False

    columns = columns_of(images.dataset.samples, images.dataset.classes)
    return working_number(columns, asked.groups, wanted, [asked.seed], asked.unknown_patients, suits)


def _require(cohort: Cohort, images: LabelledImages, members: Sequence[TrainingSettings]) -> None:
    """Raise TrainingError unless the images, in these folds, can be parted as every network needs."""
    groups = stay_together(images)
    for settings in members:
        rows_of_folds(cohort, settings, groups)
