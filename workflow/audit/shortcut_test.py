"""The test of all probes together: can the classes be told by any of them, by more than luck?

A probe's statistic is its cross-validated accuracy with classes counting alike, and the cells of a class alike (a cell:
a patient's images in a class), so that neither frequent classes nor patients of many images decide. It is held against
the same with labels that have changed places between whole patients (`workflow.audit.exchange`), trained and tested
anew. The largest of all probes under each permutation is what luck reaches at best, and p is how often that is as high
as what a probe has reached: the family-wise error over all probes is the level, whatever hangs together (Westfall &
Young 1993; Nichols & Holmes 2002, Hum. Brain Mapp. 15:1). The truth counts as one of the permutations (Phipson & Smyth
2010, Stat. Appl. Genet. Mol. Biol. 9:39).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from cohort.cohort import Cohort
from cohort.folds import TRAIN_ONLY
from workflow.audit.exchange import Cells
from workflow.audit.probe import Probe

LEVEL = 0.01  # family-wise error
PERMUTATIONS = 499
FIRST = 99  # permutations after which a test ends if nothing can be told any more
ENOUGH = 10  # permutations as high as every probe are enough to end by (Besag & Clifford 1991, Biometrika 78:301)
ROUNDING = 1e-9

Exchanged = tuple[np.ndarray, np.ndarray]  # class and fold of every cell, (cell,) each


@dataclass(frozen=True, eq=False)
class Tested:
    """What each probe has reached, and what luck reaches."""

    log_probabilities: Mapping[str, np.ndarray]  # by probe: (image, class), out-of-fold, classes counting alike
    reached: Mapping[str, float]  # by probe: accuracy with cells and classes counting alike
    by_luck: Mapping[str, np.ndarray]  # by probe: (permutation,) the same with labels exchanged
    unchanged: (
        np.ndarray
    )  # (permutation,) bool: the same cells are together as in truth, whatever their class is called

    @property
    def best_by_luck(self) -> np.ndarray:
        """The largest of all probes under each permutation, (permutation,)."""
        return np.max(list(self.by_luck.values()), axis=0)

    def p_value(self, key: str) -> float:
        """How often this probe alone reaches as much by luck."""
        return share_as_high(self.by_luck[key], self.reached[key])

    def adjusted(self, key: str) -> float:
        """How often any of the probes reaches as much by luck."""
        return share_as_high(self.best_by_luck, self.reached[key])

    @property
    def smallest_p(self) -> float:
        """The p of a probe that makes no mistake and that no other could follow: how seldom the truth comes back."""
        return float((1 + self.unchanged.sum()) / (1 + len(self.unchanged)))

    @property
    def least(self) -> float:
        """The smallest accuracy that is told from luck, cells and classes counting alike; nan where none is."""
        as_high = int(LEVEL * (1 + len(self.unchanged))) - 1  # permutations that may be
        if as_high < 0 or self.smallest_p > LEVEL:
            return nan
        best = np.where(self.unchanged, np.inf, self.best_by_luck)
        least = float(np.sort(best)[::-1][as_high]) + ROUNDING
        return least if least <= 1 else nan


def share_as_high(by_luck: np.ndarray, reached: float) -> float:
    """The share of permutations, the truth among them, that reach so much.

    >>> share_as_high(np.array([0.5, 0.6, 0.7]), 0.6)
    0.75
    """
    as_high = np.sum(by_luck >= reached - ROUNDING)
    return float((1 + as_high) / (1 + len(by_luck)))


def why_not(of_all: Tested, units: str) -> str:
    """Why nothing can be told, in words; "" where something can. `units`: how many patients there are, of what kind."""
    if not isnan(of_all.least):
        return ""
    limit = f"and {100 * LEVEL:.0f} % is the limit: not even an accuracy of 100 % could have been told from luck"
    if of_all.smallest_p > LEVEL:
        return (
            f"the classes of {units} can change places in so few ways that luck gives back the true division in "
            f"{100 * of_all.smallest_p:.1f} % of all cases, {limit}"
        )
    perfect = share_as_high(of_all.best_by_luck, 1.0)
    return (
        f"when the classes of {units} change places, a probe reaches 100 % in {100 * perfect:.1f} % of cases, {limit}"
    )


def against_luck(
    cohort: Cohort, features: Mapping[str, np.ndarray], seed: int, permutations: int = PERMUTATIONS, jobs: int = 1
) -> Tested:
    """Train and test each probe on the folds of the cohort, and again under permutations, the same ones for all.

    features: by probe (image, column), finite, of the images in the order of the cohort. It ends early where nothing
    can be told any more.
    """
    cells = Cells.of(cohort)
    classes = len(cohort.classes)
    rng = np.random.default_rng(seed)
    truth = (cells.label, cells.fold)
    exchanges: list[Exchanged] = []
    by_luck = {key: np.empty(0) for key in features}
    with threadpool_limits(1, user_api="blas"):
        probes = {key: Probe.of(columns, cells, classes) for key, columns in features.items()}
        log_probabilities = {key: probe.log_probabilities(*truth) for key, probe in probes.items()}
        reached = {key: accuracy_by_cell(answers, cells, *truth) for key, answers in log_probabilities.items()}
        for number in round_sizes(permutations):
            drawn = [cells.exchanged(rng) for _ in range(number)]
            exchanges += drawn
            tasks = (delayed(_accuracies)(probe, drawn) for probe in probes.values())
            for key, more in zip(probes, Parallel(jobs, require="sharedmem")(tasks), strict=True):
                by_luck[key] = np.concatenate([by_luck[key], more])
            if _is_settled(by_luck, reached):
                break
    unchanged = np.array([divides_alike(cells.label, label) for label, _ in exchanges], bool)
    return Tested(log_probabilities, reached, by_luck, unchanged)


def round_sizes(permutations: int) -> list[int]:
    """How many permutations to draw before each look at what they say.

    >>> round_sizes(499), round_sizes(50), round_sizes(0)
    ([99, 400], [50], [])
    """
    sizes = [min(FIRST, permutations), max(permutations - FIRST, 0)]
    return [size for size in sizes if size]


def divides_alike(label: np.ndarray, other: np.ndarray) -> bool:
    """Whether two labellings of the same cells put the same ones together, whatever the classes are called.

    >>> divides_alike(np.array([0, 0, 1]), np.array([1, 1, 0])), divides_alike(np.array([0, 0, 1]), np.array([0, 1, 1]))
    (True, False)
    """
    pairs = np.unique(np.stack([label, other]), axis=1)
    return pairs.shape[1] == len(np.unique(label)) == len(np.unique(other))


def _is_settled(by_luck: Mapping[str, np.ndarray], reached: Mapping[str, float]) -> bool:
    """Whether luck has reached as much as every probe so often that no probe can be told any more."""
    if not by_luck:
        return True
    best = np.max(list(by_luck.values()), axis=0)
    as_high = np.sum(best >= max(reached.values()) - ROUNDING)
    return bool(as_high >= ENOUGH)


def _accuracies(probe: Probe, exchanges: Sequence[Exchanged]) -> np.ndarray:
    """What a probe reaches under each permutation, (permutation,)."""
    reached = np.empty(len(exchanges))
    for number, (label, fold) in enumerate(exchanges):
        log_probabilities = probe.log_probabilities(label, fold)
        reached[number] = accuracy_by_cell(log_probabilities, probe.cells, label, fold)
    return reached


def accuracy_by_cell(log_probabilities: np.ndarray, cells: Cells, label: np.ndarray, fold: np.ndarray) -> float:
    """The share of right answers, classes and their cells counting alike, of the cells that are held out.

    log_probabilities: (image, class); label and fold: (cell,).
    """
    right = log_probabilities.argmax(axis=1) == label[cells.of_image]  # (image,)
    of_cell = np.bincount(cells.of_image, right * cells.weight)  # (cell,) the share that is right
    held_out = fold != TRAIN_ONLY
    right_of_class = np.bincount(label[held_out], of_cell[held_out])
    cells_of_class = np.bincount(label[held_out])
    present = cells_of_class > 0
    return float(np.mean(right_of_class[present] / cells_of_class[present]))
