"""The learning curve: the same held-out images, answered by models that were trained on a part of the patients."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise, product
from math import ceil
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from boost.crossval import HeldOut, collect, hold_out
from boost.descriptors import Descriptors
from boost.fusion import fuse
from boost.prediction_cache import PredictionCache, key_of
from boost.settings import ROWS_IN_LEAF, BoostError, BoostSettings
from cohort.folds import held_out_folds
from cohort.predictions import predictions_table

SHARES = (1 / 8, 1 / 4, 1 / 2, 3 / 4, 1.0)  # of the groups that a fold is trained on
DRAWS = 3  # subsets of each size
ROWS = 2 * ROWS_IN_LEAF  # that a single split needs


@dataclass(frozen=True, eq=False)
class Part:
    """What one fold's models are trained on, once."""

    fold: int
    share: float
    draw: int
    train: np.ndarray  # (images,) positions, ascending
    groups: int  # patients, or images of unknown ones


@dataclass(frozen=True, eq=False)
class Learned:
    """What one variant's models, trained on a part, say of its fold."""

    part: Part
    answers: HeldOut


def parts_of(
    labels: np.ndarray,
    groups: np.ndarray,
    fold: np.ndarray,
    seed: int,
    views: int,
    shares: Sequence[float] = SHARES,
    draws: int = DRAWS,
) -> list[Part]:
    """Choose whom to train on: for each fold and draw one random order of its training groups, of which a share is the
    first so many, so that smaller parts lie in larger ones.

    The whole is drawn once. A share that would lack a class somewhere, or the rows for a single split (`views` of an
    image are trained on), or that is no smaller than the next, is left out for all folds. The order of the images does
    not matter. Raises BoostError where no smaller share than the whole is left.
    """
    labels, fold = np.asarray(labels), np.asarray(fold)
    number = np.unique(groups, return_inverse=True)[1]  # (image,): by name, whatever the order of the images
    found: list[Part] = []
    for held_out, draw in product(held_out_folds(fold), range(draws)):
        train = np.flatnonzero(fold != held_out)
        order = order_of(number[train], labels[train], np.random.default_rng([seed, held_out, draw]))
        for share in shares:
            if share < 1 or draw == 0:
                size = ceil(share * len(order) - 1e-9)
                found.append(Part(held_out, share, draw, train[np.isin(number[train], order[:size])], size))
    poor = {part.share for part in found if lacks(part, labels, views)}
    sizes = {share: [p.groups for p in found if (p.share, p.draw) == (share, 0)] for share in sorted(shares)}
    poor |= {small for small, large in pairwise(sizes) if sizes[small] == sizes[large]}
    if not {part.share for part in found if part.share < 1} - poor:
        raise BoostError(
            f"a learning curve needs parts of the training images that hold every class and {ROWS} views, and even "
            f"{100 * max(share for share in shares if share < 1):.0f} % of the patients are too few for that; add "
            "patients, or use more folds"
        )
    return [part for part in found if part.share not in poor]


def lacks(part: Part, labels: np.ndarray, views: int) -> bool:
    """Whether a part lacks a class, or the rows for a single split."""
    return len(np.unique(labels[part.train])) < len(np.unique(labels)) or len(part.train) * views < ROWS


def order_of(groups: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random order of the groups (image,) in which every class, (image,), comes early and then at an even pace.

    Groups are spread by the class that most of their images have, so that each prefix holds like shares of the classes;
    those that first bring a class, in that order, are moved to the front.
    """
    names = np.unique(groups)  # (group,)
    classes, codes = np.unique(labels, return_inverse=True)
    counts = np.zeros((len(names), len(classes)), dtype=int)  # (group, class)
    np.add.at(counts, (np.searchsorted(names, groups), codes), 1)
    stratum, shuffled = counts.argmax(axis=1), rng.permutation(len(names))  # (group,) each
    pace = np.empty(len(names))  # (group,): where in its stratum, from 0 to 1
    for name in np.unique(stratum):
        members = shuffled[stratum[shuffled] == name]
        pace[members] = (np.arange(len(members)) + rng.random(len(members))) / len(members)
    order = np.argsort(pace, kind="stable")
    seen, first = np.zeros(len(classes), dtype=bool), []
    for group in order.tolist():
        if (counts[group] > 0)[~seen].any():
            seen |= counts[group] > 0
            first.append(group)
    return names[[*first, *(group for group in order.tolist() if group not in first)]]


def learn(
    variants: Mapping[str, Descriptors],
    labels: np.ndarray,
    classes: int,
    fold: np.ndarray,
    parts: Sequence[Part],
    settings: BoostSettings,
    jobs: int = 1,
    kept: Path | None = None,
) -> Iterator[Learned]:
    """Predict each part's fold by every variant's models trained on that part; yield each as it is done.

    Arguments are those of `cross_validate`, whose models those of a whole training part are, to the bit. Units come in
    any order and are the same for any `jobs`; answers are left in `kept` and found there by the next run.
    """
    keepers = {
        name: kept
        and PredictionCache(Path(kept).resolve(), d.source or name, key_of(d, labels, classes, fold, settings))
        for name, d in variants.items()
    }
    work = Parallel(n_jobs=jobs, return_as="generator_unordered")
    return work(delayed(learn_part)(name, variants[name], labels, classes, fold, part, settings, keepers[name])
                for part in parts for name in variants)  # fmt: skip


def learn_part(
    variant: str,
    descriptors: Descriptors,
    labels: np.ndarray,
    classes: int,
    fold: np.ndarray,
    part: Part,
    settings: BoostSettings,
    kept: PredictionCache | None = None,
) -> Learned:
    """Train on a part and predict its fold; what is neither of them is not looked at."""
    test = np.flatnonzero(fold == part.fold)
    rows = np.union1d(part.train, test)
    here = replace(descriptors, rows=descriptors.rows[rows])
    if kept is not None and len(rows) < len(fold):  # the whole finds what cross-validation kept
        kept = replace(kept, key=sha256(f"{kept.key} {part.fold} {part.train.tolist()}".encode()).hexdigest())
    return Learned(part, hold_out(variant, here, labels[rows], classes, fold[rows], part.fold, settings, kept))


def learned_table(
    learned: Sequence[Learned],
    variants: Sequence[str],
    images: Sequence[str],
    labels: np.ndarray,
    patients: Sequence[str],
    fold: np.ndarray,
    classes: Sequence[str],
) -> pd.DataFrame:
    """The fused answers of each share and draw: `share,draw,trained_groups,trained_images` and a fused table's columns.

    Sorted by share, draw and image. Raises ValueError when a unit is missing, unknown or there twice.
    """
    tables = []
    for share, draw in sorted({(unit.part.share, unit.part.draw) for unit in learned}):
        units = [unit for unit in learned if (unit.part.share, unit.part.draw) == (share, draw)]
        probabilities = collect([unit.answers for unit in units], variants, fold)
        table = predictions_table(images, labels, patients, fold, probabilities, classes)
        fused = fuse(table[table["fold"].isin(held_out_folds(fold))])
        groups = fused["fold"].map({unit.part.fold: unit.part.groups for unit in units})
        trained = fused["fold"].map({unit.part.fold: len(unit.part.train) for unit in units})
        facts = {"share": share, "draw": draw, "trained_groups": groups, "trained_images": trained}
        tables.append(pd.DataFrame({**facts, **fused}))
    return pd.concat(tables, ignore_index=True)
