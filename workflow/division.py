"""The folds in which labelled images are held out: as many as were asked for, or those of a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from cohort.checks.notices import Notice
from cohort.cohort import Cohort
from cohort.folds import TRAIN_ONLY, check_folds, groups_of, make_folds, never_held_out
from cohort.folds_file import read_folds


class Labelled(Protocol):
    """Labelled images that can be divided into folds."""

    @property
    def images(self) -> Sequence[str]:
        """Their names."""

    @property
    def labels(self) -> Sequence[str]:
        """The class of each."""

    @property
    def patients(self) -> Sequence[str]:
        """The patient of each, "" where unknown."""

    @property
    def classes(self) -> Sequence[str]:
        """All classes, in their order."""


def divided(
    described: Labelled, groups: str | None, folds: int, file: Path | None, seed: int, unknown: str = "own"
) -> tuple[Cohort, list[Notice]]:
    """The images in so many folds, or in those of a file; and warnings of what these folds cannot promise.

    A split patient is refused unless the groups are "none". `unknown` says what becomes of images of unknown patients
    (cohort.folds); where they are trained on only, that goes before what a file says of them.
    """
    images, labels = described.images, described.labels
    patients = None if groups == "none" else described.patients
    notices: list[Notice] = []
    if file is None:
        fold = make_folds(images, labels, patients, folds, seed, unknown)
    else:
        groups_of(images, patients, unknown)  # refuses a policy that cannot be followed
        fold = read_folds(file, images, unknown == "train-only", notices.extend)
        fold[never_held_out(images, patients, unknown)] = TRAIN_ONLY
        check_folds(images, labels, patients, fold, unknown)
    cohort = Cohort.of(images, labels, described.classes, described.patients, fold)
    return cohort, notices + unknown_patient_warnings(cohort, unknown)


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
