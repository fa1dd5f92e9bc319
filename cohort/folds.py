"""Which images are held out together: stratified by class, and never a patient on both sides.

Where only some patients are known, a policy says what becomes of the other images. "own": each is a group of its own.
"one-group": all of them are held out together, so that they cannot be in each other's training folds; one fold is then
as large as they are many. "train-only": they are always trained on and never held out, so that every answer is about a
known patient. Under each, an image of an unknown patient may still be of a patient on the other side.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cohort.checks.possible_folds import LEAST, Divisible, most_folds, why_not
from cohort.files.offenders import some
from imaging.errors import HistoboostError

TRIES = 100  # random splits looked at before giving up on one whose training parts hold every class
TRAIN_ONLY = 0  # the fold of images that are always trained on and never held out
POLICIES = ("own", "train-only", "one-group")  # for images of unknown patients

Column = Sequence | np.ndarray  # one entry per image


class FoldError(HistoboostError):
    """The images cannot be, or were not, divided into patient-level folds."""

    def __init__(self, message: str, possible: int = 0):
        super().__init__(message)
        self.possible = possible  # so many folds, fewer than were asked for, can be made; 0: none, or not asked


def make_folds(
    images: Column, labels: Column, patients: Column | None, folds: int, seed: int, unknown: str = "own"
) -> np.ndarray:
    """Divide the images into `folds` parts of like classes; return each one's part, (image,) int in 1..folds.

    The images of a patient share a fold; an image whose patient is "" is a group of its own unless `unknown` names
    another of POLICIES, and so is every image when `patients` is None. Images that are trained on only get fold
    TRAIN_ONLY. The order of the images does not matter. The split is scikit-learn's StratifiedGroupKFold
    (StratifiedKFold where no group has two images) with random_state=seed; should a training part lack a class, or a
    fold be empty, further seeds drawn from that one are tried, TRIES in all. Raises FoldError where none will do, which
    says the largest number of folds that can be made.
    """
    if folds < LEAST:
        raise FoldError(f"at least {LEAST} folds are needed to hold one out; got {folds}")
    divisible = _divisible(images, labels, patients, seed, unknown)
    fold = _drawn(divisible, folds, seed)
    if fold is None:
        fewer = most_folds(folds - 1, divisible.at_most, lambda number: _drawn(divisible, number, seed) is not None)
        raise FoldError(why_not(divisible, folds, fewer, TRIES), fewer)
    check_folds(images, labels, patients, fold, unknown)
    return fold


def make_folds_up_to(
    images: Column, labels: Column, patients: Column | None, most: int, seed: int, unknown: str = "own"
) -> np.ndarray:
    """The same with `most` folds, or the largest number below that can be made; raises FoldError where none can."""
    divisible = _divisible(images, labels, patients, seed, unknown)
    for folds in range(min(most, divisible.at_most), LEAST - 1, -1):
        fold = _drawn(divisible, folds, seed)
        if fold is not None:
            check_folds(images, labels, patients, fold, unknown)
            return fold
    raise FoldError(why_not(divisible, LEAST, 0, TRIES))


def _divisible(images: Column, labels: Column, patients: Column | None, seed: int, unknown: str) -> Divisible:
    """The images by name, so that their order does not matter; raises FoldError for what cannot be divided at all."""
    if not 0 <= seed < 1 << 32:
        raise FoldError(f"the seed of the folds must lie in 0..{(1 << 32) - 1}; got {seed}; use a smaller one")
    _check_names(images)
    labels = np.asarray(labels)
    groups = groups_of(images, patients, unknown)
    _same_length(images=groups, labels=labels)
    by_name = np.argsort(list(images))  # (image,) positions
    is_tested = ~never_held_out(images, patients, unknown)  # (image,)
    return Divisible(labels, groups, by_name[is_tested[by_name]])


def _drawn(divisible: Divisible, folds: int, seed: int) -> np.ndarray | None:
    """The first split of TRIES in which every fold can be held out, (image,); None where there is none."""
    if folds > divisible.at_most:
        return None
    further_seeds = np.random.SeedSequence(seed).generate_state(TRIES - 1).tolist()
    for state in (seed, *further_seeds):
        fold = _random_split(divisible, folds, state)
        if len(held_out_folds(fold)) == folds and not lacking_classes(divisible.labels, fold):
            return fold
    return None


def _random_split(divisible: Divisible, folds: int, state: int) -> np.ndarray:
    """One split: the fold of every image, (image,), TRAIN_ONLY for those that are not tested."""
    # here, for it takes a second, and whoever only reads a cohort needs no split
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    labels, groups, tested = divisible.labels, divisible.groups, divisible.tested
    groups_tested = groups[tested]
    groups_have_several = len(set(groups_tested)) < len(tested)
    if groups_have_several:
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=state)
        split = splitter.split(tested, labels[tested], groups_tested)
    else:
        splitter = StratifiedKFold(folds, shuffle=True, random_state=state)
        split = splitter.split(tested, labels[tested])
    fold = np.full(len(groups), TRAIN_ONLY)
    for number, (_, held_out) in enumerate(split, start=1):
        fold[tested[held_out]] = number
    return fold


def check_folds(images: Column, labels: Column, patients: Column | None, fold: Column, unknown: str = "own") -> None:
    """Refuse folds, computed or given, that cannot be trusted.

    Raises FoldError for an image named twice, a patient in two folds (not looked at when `patients` is None), images of
    unknown patients that are not where the policy wants them, fewer than two folds, and a fold whose training part, all
    the other folds, lacks a class.
    """
    _same_length(images=images, labels=labels, fold=fold, patients=images if patients is None else patients)
    _check_names(images)
    fold = np.asarray(fold)
    tested = fold[~never_held_out(images, patients, unknown)]  # (tested,)
    if len(set(tested.tolist())) < 2 or min(tested) <= TRAIN_ONLY:
        numbers = some(sorted(set(fold.tolist())))
        raise FoldError(f"at least 2 folds numbered from 1 are needed to hold one out; got {numbers}")
    if unknown == "train-only" and (fold != TRAIN_ONLY).sum() != len(tested):
        raise FoldError(f"images of unknown patients are trained on only, and so their fold must be {TRAIN_ONLY}")
    if patients is not None:
        _check_patients(patients, fold, unknown)
    lacking = lacking_classes(labels, fold)
    if lacking:
        number, names = next(iter(lacking.items()))
        raise FoldError(f"without fold {number} no image of {some(names)} is left to train on; use other folds")


def _check_patients(patients: Column, fold: np.ndarray, unknown: str) -> None:
    """Refuse a patient in two folds, and unknown patients in several where they are one group."""
    homes = pd.DataFrame({"patient": list(patients), "fold": fold}).groupby("patient")["fold"].nunique()
    split = [patient for patient, count in homes.items() if patient != "" and count > 1]
    if split:
        raise FoldError(
            f"a patient's images must share a fold; split: {some(split)}; use folds made by patient, or ask for "
            "no groups and say so beside the result"
        )
    if unknown == "one-group" and homes.get("", 1) > 1:
        raise FoldError(
            f"the images of unknown patients must share a fold, as one group; they lie in {homes['']}; use folds "
            "made so, or let each stand alone"
        )


def lacking_classes(labels: Column, fold: Column) -> dict[int, list]:
    """Map each fold whose training part lacks classes to those classes; empty when all is well."""
    names, numbers = np.asarray(labels), np.asarray(fold)
    lacking = {}
    for number in held_out_folds(numbers):
        trained_on = names[numbers != number]
        classes = sorted(set(names.tolist()) - set(trained_on.tolist()))
        if classes:
            lacking[number] = classes
    return lacking


def held_out_folds(fold: Column) -> list[int]:
    """The numbers of the folds that are held out in turn: all but TRAIN_ONLY."""
    return [number for number in np.unique(np.asarray(fold)).tolist() if number != TRAIN_ONLY]


def never_held_out(images: Column, patients: Column | None, unknown: str = "own") -> np.ndarray:
    """Which images are never held out, (image,) bool: under "train-only" those of unknown patients, else none."""
    if unknown != "train-only" or patients is None:
        return np.full(len(images), False)
    return _texts("patient", patients) == ""


def groups_of(images: Column, patients: Column | None, unknown: str = "own") -> np.ndarray:
    """Name each image's group, (image,): its patient, or itself, or under "one-group" that of all unknown patients.

    No two kinds of name can meet. Raises FoldError for a policy that is none of POLICIES or has nothing to hold on to.

    >>> groups_of(["a", "b", "c"], ["7", "", ""]).tolist()
    ['patient 7', 'image b', 'image c']
    """
    if unknown not in POLICIES:
        raise FoldError(f"unknown policy {unknown!r} for unknown patients; known: {', '.join(POLICIES)}")
    names = _texts("image", images)
    texts = np.full(len(names), "") if patients is None else _texts("patient", patients)
    _same_length(images=names, patients=texts)
    if unknown != "own" and not (texts != "").any():
        why = "patients are ignored" if patients is None else "no patient is known"
        raise FoldError(f"{unknown} is a policy for some unknown patients among known ones, and {why}; use own")
    if patients is None:
        return names
    of_unknown = "unknown patients" if unknown == "one-group" else np.char.add("image ", names)
    return np.where(texts != "", np.char.add("patient ", texts), of_unknown)


def _check_names(images: Column) -> None:
    twice = [image for image, count in Counter(images).items() if count > 1]
    if twice:
        raise FoldError(f"an image must be named once; named again: {some(twice)}; remove or rename the copies")


def _texts(what: str, values: Column) -> np.ndarray:
    odd = [value for value in values if not isinstance(value, str)]
    if odd:
        raise FoldError(f'every {what} must be text, and "" where unknown; got {odd[0]!r}; decode or convert it first')
    return np.array(list(values), dtype=str)


def _same_length(**columns: Column) -> None:
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{len(column)} {name}" for name, column in columns.items())
        raise FoldError(f"every image needs one entry of each; got {lengths}")
