"""Labelled images, their patients and their folds: what models are trained on and what they are tested by."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cohort.folds import TRAIN_ONLY, groups_of, held_out_folds, some
from imaging.errors import HistoboostError


class CohortError(HistoboostError):
    """Images, labels, patients and folds that do not belong together."""


@dataclass(frozen=True, eq=False)
class Cohort:
    """The images of a cross-validation; raises CohortError where lengths, names, labels or folds do not fit."""

    images: tuple[str, ...]  # each named once
    codes: np.ndarray  # (image,) int: where in the classes the label stands
    classes: tuple[str, ...]
    patients: tuple[str, ...]  # "" where unknown
    fold: np.ndarray  # (image,) int: in which an image is held out, from 1; TRAIN_ONLY: in none

    def __post_init__(self) -> None:
        for name in ("images", "classes", "patients"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for name in ("codes", "fold"):
            object.__setattr__(self, name, np.asarray(getattr(self, name)))
        self._check_lengths()
        self._check_names()
        self._check_numbers()

    @classmethod
    def of(
        cls,
        images: Sequence[str],
        labels: Sequence[str],
        classes: Sequence[str],
        patients: Sequence[str] | None,
        fold: np.ndarray,
    ) -> "Cohort":
        """From the names of the labels; no patients (None) are unknown patients.

        >>> cohort = Cohort.of(["a", "b", "c"], ["benign", "normal", "benign"], ["normal", "benign"], None, [1, 1, 2])
        >>> cohort.codes.tolist(), cohort.training(1).tolist(), cohort.held_out(1).tolist()
        ([1, 0, 1], [2], [0, 1])
        """
        position = {name: number for number, name in enumerate(classes)}
        unknown = sorted(set(labels) - set(position))
        if unknown:
            raise CohortError(
                f"a label is one of {some(list(classes))}; got {some(unknown)}; correct it or add a class"
            )
        codes = np.array([position[label] for label in labels], dtype=int)
        owners = [""] * len(images) if patients is None else patients
        return cls(tuple(images), codes, tuple(classes), tuple(owners), fold)

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.images)

    @property
    def labels(self) -> np.ndarray:
        """The name of each image's class, (image,)."""
        return np.array(self.classes)[self.codes]

    @property
    def groups(self) -> np.ndarray:
        """The name of each image's patient, (image,), or its own where that is unknown; see cohort.folds."""
        return groups_of(self.images, self.patients)

    @property
    def held_out_folds(self) -> list[int]:
        """The numbers of the folds that are held out in turn."""
        return held_out_folds(self.fold)

    @property
    def tested(self) -> np.ndarray:
        """Which images are held out in some fold, (image,) bool; the others are always trained on."""
        return self.fold != TRAIN_ONLY

    def held_out(self, fold: int) -> np.ndarray:
        """Positions of the images of one fold, (images,) ascending."""
        return np.flatnonzero(self.fold == fold)

    def training(self, fold: int) -> np.ndarray:
        """Positions of all images but those of one fold, (images,) ascending."""
        return np.flatnonzero(self.fold != fold)

    def _check_lengths(self) -> None:
        lengths = {name: len(getattr(self, name)) for name in ("images", "codes", "patients", "fold")}
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"{length} {name}" for name, length in lengths.items())
            raise CohortError(f"every image has one label, patient and fold; got {listed}")

    def _check_names(self) -> None:
        for what, names in (("image", self.images), ("class", self.classes)):
            repeated = [name for name, count in Counter(names).items() if count > 1]
            if repeated:
                raise CohortError(f"every {what} has a name of its own; named again: {some(repeated)}; rename them")

    def _check_numbers(self) -> None:
        unknown = sorted(set(self.codes.tolist()) - set(range(len(self.classes))))
        if unknown:
            last = len(self.classes) - 1
            raise CohortError(f"labels must lie in 0..{last} ({some(list(self.classes))}); got {some(unknown)}")
        rule = f"folds are whole numbers from 1, or {TRAIN_ONLY} for no fold"
        numbers = np.unique(self.fold)
        if self.fold.dtype.kind not in "iu":
            raise CohortError(f"{rule}; got {some(numbers.tolist())} of type {self.fold.dtype}; convert them")
        negative = numbers[numbers < TRAIN_ONLY].tolist()
        if negative:
            raise CohortError(f"{rule}; got {some(negative)}")
