"""Which images are held out together: stratified by class, and never a patient on both sides.

Where only some patients are known, a policy says what becomes of the other images. "own": each is a group of its own.
"one-group": all of them are held out together, so that they cannot be in each other's training folds; one fold is then
as large as they are many. "train-only": they are always trained on and never held out, so that every answer is about a
known patient. Under each, an image of an unknown patient may still be of a patient on the other side.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cohort.files.offenders import some
from imaging.errors import HistoboostError

TRIES = 100  # random splits looked at before giving up on one whose training parts hold every class
TRAIN_ONLY = 0  # the fold of images that are always trained on and never held out
POLICIES = ("own", "train-only", "one-group")  # for images of unknown patients

Column = Sequence | np.ndarray  # one entry per image


class FoldError(HistoboostError):
    """The images cannot be, or were not, divided into patient-level folds."""


def make_folds(
    images: Column, labels: Column, patients: Column | None, folds: int, seed: int, unknown: str = "own"
) -> np.ndarray:
    """Divide the images into `folds` parts of like classes; return each one's part, (image,) int in 1..folds.

    The images of a patient share a fold; an image whose patient is "" is a group of its own unless `unknown` names
    another of POLICIES, and so is every image when `patients` is None. Images that are trained on only get fold
    TRAIN_ONLY. The order of the images does not matter. The split is scikit-learn's StratifiedGroupKFold
    (StratifiedKFold where no group has two images) with random_state=seed; should a training part lack a class, or a
    fold be empty, further seeds drawn from that one are tried, TRIES in all. Raises FoldError where none will do.
    """
    if not 0 <= seed < 1 << 32:
        raise FoldError(f"the seed of the folds must lie in 0..{(1 << 32) - 1}; got {seed}; use a smaller one")
    _check_names(images)
    labels = np.asarray(labels)
    groups = groups_of(images, patients, unknown)
    _same_length(images=groups, labels=labels)
    by_name = np.argsort(list(images))  # (image,) positions
    is_tested = ~never_held_out(images, patients, unknown)  # (image,)
    tested = by_name[is_tested[by_name]]  # positions
    _check_possible(labels, groups, tested, folds)
    further_seeds = np.random.SeedSequence(seed).generate_state(TRIES - 1).tolist()
    for state in (seed, *further_seeds):
        fold = _random_split(labels, groups, tested, folds, state)
        if len(held_out_folds(fold)) == folds and not lacking_classes(labels, fold):
            check_folds(images, labels, patients, fold, unknown)
            return fold
    raise FoldError(
        f"none of {TRIES} splits into {folds} folds leaves images of every class to train on for every fold, as some "
        "class belongs to too few patients; use another number of folds, or ignore the patients"
    )


def _random_split(labels: np.ndarray, groups: np.ndarray, tested: np.ndarray, folds: int, state: int) -> np.ndarray:
    """One split of the images `tested` (positions): the fold of every image, (image,), TRAIN_ONLY for all others."""
    # here, for it takes a second, and whoever only reads a cohort needs no split
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

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


def _check_possible(labels: np.ndarray, groups: np.ndarray, tested: np.ndarray, folds: int) -> None:
    """Refuse what no split of the images `tested` (positions) can satisfy, in words that name the class or patient."""
    if folds < 2:
        raise FoldError(f"at least 2 folds are needed to hold one out; got {folds}")
    counts = Counter(labels[tested].tolist())
    by_class = {name: counts[name] for name in sorted(set(labels.tolist()))}
    _require_every_class_tested(by_class)
    _require_images(by_class, folds, all_tested=len(tested) == len(labels))
    _require_two_groups_of_every_class(labels, groups)
    _require_groups(groups[tested], folds)


def _require_every_class_tested(by_class: Mapping[str, int]) -> None:
    """Refuse a class of which no image can be tested."""
    for name, count in by_class.items():
        if count == 0:
            raise FoldError(
                f"all images of {name!r} are of unknown patients, so that it would be trained on and never tested; "
                "name some of those patients, or let the images stand alone (own)"
            )


def _require_images(by_class: Mapping[str, int], folds: int, all_tested: bool) -> None:
    """Refuse classes with fewer images to be tested than there are folds."""
    too_few = {name: count for name, count in by_class.items() if count < folds}
    if too_few:
        least = min(too_few.values())
        way_out = f"use fewer folds, {least} at most" if least > 1 else "one image cannot be both learned and tested"
        listed = some([f"{name!r} has {count}" for name, count in too_few.items()])
        of_known = "" if all_tested else ", the patient of each known"
        raise FoldError(
            f"{folds} folds need {folds} images of every class{of_known}, and {listed}; {way_out}, or add images, or "
            "leave the class out"
        )


def _require_two_groups_of_every_class(labels: np.ndarray, groups: np.ndarray) -> None:
    """Refuse a class that could not be learned while its only patient is held out."""
    for name in sorted(set(labels.tolist())):
        owners = set(groups[labels == name])
        if len(owners) == 1:
            raise FoldError(
                f"all images of {name!r} belong to {owners.pop()}, so no model could learn it while that patient is "
                "held out; add patients of that class, leave the class out, or ignore the patients"
            )


def _require_groups(groups: np.ndarray, folds: int) -> None:
    """Refuse fewer groups to be tested than there are folds."""
    count = len(set(groups))
    if count < folds:
        raise FoldError(
            f"{folds} folds need {folds} patients, and there are {count}; use fewer folds, {count} at most, or add "
            "patients"
        )


def _texts(what: str, values: Column) -> np.ndarray:
    odd = [value for value in values if not isinstance(value, str)]
    if odd:
        raise FoldError(f'every {what} must be text, and "" where unknown; got {odd[0]!r}; decode or convert it first')
    return np.array(list(values), dtype=str)


def _same_length(**columns: Column) -> None:
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{len(column)} {name}" for name, column in columns.items())
        raise FoldError(f"every image needs one entry of each; got {lengths}")
