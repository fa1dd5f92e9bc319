"""The folds in which labelled images are held out: as many as were asked for, or those of a file."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from cohort.checks.notices import Notice
from cohort.checks.possible_folds import LEAST
from cohort.cohort import Cohort
from cohort.folds import (
    TRAIN_ONLY,
    FoldError,
    check_folds,
    groups_of,
    make_folds,
    make_folds_up_to,
    never_held_out,
)
from cohort.folds_file import read_folds

MOST_MORE = 10  # folds than were wanted, that are looked at


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


def working_number(
    described: Labelled,
    groups: str | None,
    wanted: int,
    seeds: Sequence[int],
    unknown: str,
    suits: Callable[[Cohort], bool],
) -> int:
    """The number of folds, fewer than wanted or else a few more, that can be made with every seed and suits; 0: none.

    Each number is made and looked at. `suits` is asked about the division of the first seed.
    """
    most = wanted - 1
    while most >= LEAST:
        cohorts = _up_to(described, groups, most, seeds, unknown)
        fewest = min((len(cohort.held_out_folds) for cohort in cohorts), default=0)
        if fewest == most and suits(cohorts[0]):
            return most
        most = min(fewest, most - 1)
    for more in range(wanted + 1, wanted + MOST_MORE + 1):
        cohorts = _up_to(described, groups, more, seeds, unknown)
        are_made = bool(cohorts) and all(len(cohort.held_out_folds) == more for cohort in cohorts)
        if not are_made:
            break
        if suits(cohorts[0]):
            return more
    return 0


def _up_to(described: Labelled, groups: str | None, most: int, seeds: Sequence[int], unknown: str) -> list[Cohort]:
    """The images in as many folds as can be, for each seed; nothing where they cannot be divided."""
    images, labels = described.images, described.labels
    patients = None if groups == "none" else described.patients
    cohorts = []
    with suppress(FoldError):
        for seed in seeds:
            fold = make_folds_up_to(images, labels, patients, most, seed, unknown)
            cohorts.append(Cohort.of(images, labels, described.classes, described.patients, fold))
        return cohorts
    return []


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
