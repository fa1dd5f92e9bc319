"""Into how many folds images can be divided, and what is lacking where that is fewer than were asked for."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cohort.files.offenders import some

LEAST = 2  # folds: with fewer nothing is held out
IN_NONE = 1  # folds that images can be in which nothing can be held out of


@dataclass(frozen=True, eq=False)
class Divisible:
    """Images that are to be divided."""

    labels: np.ndarray  # (image,)
    groups: np.ndarray  # (image,): names of what shares a fold
    tested: np.ndarray  # positions of those that are held out in turn, all others are trained on only

    @property
    def images_of_class(self) -> dict[str, int]:
        """How many images of each class can be tested."""
        counts = Counter(self.labels[self.tested].tolist())
        return {name: counts[name] for name in sorted(set(self.labels.tolist()))}

    @property
    def groups_of_class(self) -> dict[str, set[str]]:
        """The groups that each class has images of, trained on only or not."""
        return {name: set(self.groups[self.labels == name].tolist()) for name in sorted(set(self.labels.tolist()))}

    @property
    def groups_tested(self) -> int:
        """How many groups can be held out."""
        return len(set(self.groups[self.tested].tolist()))

    @property
    def at_most(self) -> int:
        """No more folds than these can be made, whatever the split; IN_NONE where none can."""
        if any(len(groups) < LEAST for groups in self.groups_of_class.values()):
            return IN_NONE
        return max(IN_NONE, min(*self.images_of_class.values(), self.groups_tested))


def most_folds(wanted: int, at_most: int, can_be: Callable[[int], bool]) -> int:
    """The largest number of folds that can be, `wanted` and `at_most` at most; 0 where there is none."""
    for folds in range(min(wanted, at_most), LEAST - 1, -1):
        if can_be(folds):
            return folds
    return 0


def why_not(divisible: Divisible, folds: int, most: int, tries: int) -> str:
    """Why images cannot be in so many folds: all reasons at once, and the most folds that they can be in (0: none).

    tries: how many splits were looked at where nothing speaks against them beforehand.
    """
    reasons = _against_any(divisible)
    if not reasons:
        reasons = _against_so_many(divisible, folds)
    if most:
        way_out = f"use fewer folds, {most} at most"
        if not reasons:
            reasons = [_unlucky(folds, tries)]
        return f"{'; '.join(reasons)}; {way_out}, or add images or patients"
    if not reasons or divisible.at_most >= LEAST:
        reasons.append(_unlucky(min(folds, divisible.at_most), tries) + "; add patients, or ignore the patients")
    return "; ".join(reasons)


def _against_any(divisible: Divisible) -> list[str]:
    """What speaks against any number of folds, each with its way out."""
    untested, single, of_one_group = [], [], []
    for name, count in divisible.images_of_class.items():
        groups = divisible.groups_of_class[name]
        if count == 0:
            untested.append(repr(name))
        elif count == 1:
            single.append(f"{name!r} has 1")
        elif len(groups) == 1:
            of_one_group.append(f"of {name!r} belong to {min(groups)}")
    reasons = []
    if single:
        reasons.append(
            f"{LEAST} folds need {LEAST} images of every class{_of_known(divisible)}, and {some(single)}; one image "
            "cannot be both learned and tested: join such a class with another, or add images, or leave the class out"
        )
    if untested:
        reasons.append(
            f"all images of {some(untested)} are of unknown patients, so that it would be trained on and never tested; "
            "name some of those patients, or let the images stand alone (own)"
        )
    if of_one_group:
        reasons.append(
            f"all images {some(of_one_group)}, so no model could learn it while that patient is held out; add patients "
            "of that class, leave the class out, or ignore the patients and say so beside the result"
        )
    return reasons


def _against_so_many(divisible: Divisible, folds: int) -> list[str]:
    """What speaks against so many folds, though not against fewer."""
    reasons = []
    too_few = [f"{name!r} has {count}" for name, count in divisible.images_of_class.items() if count < folds]
    if too_few:
        reasons.append(f"{folds} folds need {folds} images of every class{_of_known(divisible)}, and {some(too_few)}")
    if divisible.groups_tested < folds:
        reasons.append(f"{folds} folds need {folds} patients, and there are {divisible.groups_tested}")
    return reasons


def _unlucky(folds: int, tries: int) -> str:
    return (
        f"none of {tries} splits into {folds} folds leaves images of every class to train on for every fold, as some "
        "class belongs to too few patients"
    )


def _of_known(divisible: Divisible) -> str:
    return "" if len(divisible.tested) == len(divisible.labels) else ", the patient of each known"
