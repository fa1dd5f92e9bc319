"""The learning curve: the same held-out images, predicted by models that were trained on a part of the patients."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

import numpy as np
import pandas as pd

from boost.crossval import HeldOut, Part, collect
from boost.fusion import fuse
from boost.settings import ROWS_IN_LEAF, BoostError
from cohort.cohort import Cohort
from cohort.predictions import predictions_table

SHARES = (1 / 8, 1 / 4, 1 / 2, 3 / 4, 1.0)  # of the groups that a fold is trained on
DRAWS = 3  # subsets of each size
ROWS = 2 * ROWS_IN_LEAF  # that a single split needs


def parts_of(cohort: Cohort, seed: int, views: int, shares: Sequence[float] = SHARES, draws: int = DRAWS) -> list[Part]:
    """Choose whom to train on: for each fold and draw one random order of its training groups, of which a share is the
    first so many, so that smaller parts lie in larger ones.

    The whole is drawn once. A share that would lack a class somewhere, or the rows for a single split (`views` of an
    image are trained on), or that is no smaller than the next, is left out for all folds. The order of the images does
    not matter. Raises BoostError where no smaller share than the whole is left.
    """
    group = np.unique(cohort.groups, return_inverse=True)[1]  # (image,): by name, whatever the order of the images
    labels = cohort.labels
    parts: list[Part] = []
    for fold in cohort.held_out_folds:
        train = cohort.training(fold)
        for draw in range(draws):
            order = order_of(group[train], labels[train], np.random.default_rng([seed, fold, draw]))
            for share in shares:
                if share == 1 and draw > 0:
                    continue
                size = ceil(share * len(order) - 1e-9)
                members = train[np.isin(group[train], order[:size])]
                parts.append(Part(fold, members, size, share, draw))
    useless = _useless_shares(parts, labels, views)
    if not any(part.share < 1 and part.share not in useless for part in parts):
        largest = max(share for share in shares if share < 1)
        raise BoostError(
            f"a learning curve needs parts of the training images that hold every class and {ROWS} views, and even "
            f"{100 * largest:.0f} % of the patients are too few for that; add patients, or use more folds"
        )
    return [part for part in parts if part.share not in useless]


def _useless_shares(parts: Sequence[Part], labels: np.ndarray, views: int) -> set[float]:
    """The shares that are too small in some fold, or in every fold as large as the next share."""
    useless = {part.share for part in parts if lacks(part, labels, views)}
    sizes: dict[float, list[int]] = {}  # by share: groups of each fold
    for part in parts:
        if part.draw == 0:
            sizes.setdefault(part.share, []).append(part.groups)
    for share, next_share in pairwise(sorted(sizes)):
        if sizes[share] == sizes[next_share]:
            useless.add(share)
    return useless


def lacks(part: Part, labels: np.ndarray, views: int) -> bool:
    """Whether a part lacks a class, or the rows for a single split."""
    classes = len(np.unique(labels))
    return len(np.unique(labels[part.train])) < classes or len(part.train) * views < ROWS


def order_of(groups: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random order of the groups (image,) in which every class, (image,), comes early and then at an even pace.

    Groups are spread by the class that most of their images have, so that each prefix holds like shares of the classes;
    those that first bring a class, in that order, are moved to the front.
    """
    names = np.unique(groups)  # (group,)
    counts = _images_by_class(groups, labels)  # (group, class)
    stratum = counts.argmax(axis=1)  # (group,)
    shuffled = rng.permutation(len(names))  # (group,)
    pace = np.empty(len(names))  # (group,): where in its stratum, from 0 to 1
    for number in np.unique(stratum):
        members = shuffled[stratum[shuffled] == number]
        pace[members] = (np.arange(len(members)) + rng.random(len(members))) / len(members)
    order = np.argsort(pace, kind="stable").tolist()
    first = _that_bring_a_class(order, counts > 0)
    rest = [group for group in order if group not in first]
    return names[first + rest]


def _images_by_class(groups: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How many images of each class a group has, (group, class), both sorted by name."""
    group = np.unique(groups, return_inverse=True)[1]  # (image,)
    classes, codes = np.unique(labels, return_inverse=True)
    counts = np.zeros((group.max() + 1, len(classes)), dtype=int)
    np.add.at(counts, (group, codes), 1)
    return counts


def _that_bring_a_class(order: Sequence[int], has: np.ndarray) -> list[int]:
    """The groups with an image of a class that no group before them in the order has; `has` is (group, class) bool."""
    seen = np.zeros(has.shape[1], dtype=bool)  # (class,)
    first = []
    for group in order:
        if (has[group] & ~seen).any():
            seen |= has[group]
            first.append(group)
    return first


def learned_table(learned: Sequence[HeldOut], variants: Sequence[str], cohort: Cohort) -> pd.DataFrame:
    """The fused predictions of each share and draw: `share,draw,trained_groups,trained_images`, then the columns of a
    fused table.

    Sorted by share, draw and image. Raises ValueError when a unit is missing, unknown or there twice.
    """
    units_of: dict[tuple[float, int], list[HeldOut]] = {}
    for unit in learned:
        units_of.setdefault((unit.part.share, unit.part.draw), []).append(unit)
    tables = []
    for share, draw in sorted(units_of):
        units = units_of[share, draw]
        probabilities = collect(units, variants, cohort)
        fused = fuse(predictions_table(cohort, probabilities))
        groups = {unit.part.fold: unit.part.groups for unit in units}
        images = {unit.part.fold: len(unit.part.train) for unit in units}
        facts = {
            "share": share,
            "draw": draw,
            "trained_groups": fused["fold"].map(groups),
            "trained_images": fused["fold"].map(images),
        }
        tables.append(pd.DataFrame({**facts, **fused}))
    return pd.concat(tables, ignore_index=True)
