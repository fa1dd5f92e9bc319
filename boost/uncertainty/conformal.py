"""Conformal prediction sets: as many classes as it takes to hold the true one at a stated level.

The score of an image is 1 - the probability of its true class; a set holds every class whose probability is high
enough (Sadinle, Lei & Wasserman 2019, JASA 114:223: the smallest sets), and always the likeliest one. Images of a
patient are not exchangeable with those of others, but patients are: each weighs 1 / (patients + 1), shared among its
images, and a new patient the rest (Lee, Barber & Willett 2023, arXiv:2306.06342, "HCP"; Dunn, Wasserman & Ramdas 2023,
JASA 118:2491, compare other ways, most of which draw images at random). So a set holds the true class of a random image
of a new patient with at least the level, whatever the distribution, when the scores are of one model; for those of
cross-validation it is approximate (Vovk 2015, Ann. Math. Artif. Intell. 74:9), and therefore measured.
"""

from collections.abc import Sequence

import numpy as np

from boost.settings import BoostError

LEVELS = (0.80, 0.90, 0.95)


def limit_of(
    probabilities: np.ndarray, labels: np.ndarray, groups: np.ndarray | Sequence, level: float
) -> float | None:
    """The least probability with which a class enters a set at a level; None when the set must hold all classes.

    (image, class), (image,) in 0..classes-1 and (image,) patients, an image of an unknown one being its own. A level
    needs level / (1 - level) patients: 4 for 80 %, 9 for 90 %, 19 for 95 %.
    """
    if not 0 < level < 1:
        raise BoostError(f"a level is a share between 0 and 1; got {level}")
    patients, patient, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    image = np.arange(len(labels))
    score = 1 - probabilities[image, labels]  # (image,)
    weight = 1 / ((len(patients) + 1) * sizes[patient])  # (image,)
    order = np.argsort(score, kind="stable")  # (image,)
    reached = weight[order].cumsum() >= level - 1e-9  # (image,); the new patient's own weight is beyond all
    if not reached.any():
        return None
    return float(1 - score[order][reached.argmax()])


def prediction_sets(probabilities: np.ndarray, limit: float | None) -> np.ndarray:
    """Which classes each image's set holds, (image, class) bool; all of them where the limit is None."""
    if limit is None:
        return np.full(probabilities.shape, True)
    likeliest = probabilities == probabilities.max(axis=1, keepdims=True)  # (image, class)
    return (probabilities >= limit - 1e-12) | likeliest


def sets_out_of_fold(
    probabilities: np.ndarray, labels: np.ndarray, groups: np.ndarray | Sequence, fold: np.ndarray, level: float
) -> np.ndarray:
    """Each fold's sets under the limit that the other folds' out-of-fold predictions give, (image, class) bool."""
    groups, sets = np.asarray(groups), np.empty(probabilities.shape, dtype=bool)
    for number in np.unique(fold):
        here = fold == number  # (image,)
        limit = limit_of(probabilities[~here], labels[~here], groups[~here], level)
        sets[here] = prediction_sets(probabilities[here], limit)
    return sets


def limits(probabilities: np.ndarray, labels: np.ndarray, groups: np.ndarray | Sequence) -> dict[str, float | None]:
    """The limit of every level, for a bundle: plain numbers for JSON, None where the set must hold all classes."""
    return {f"{level:.2f}": limit_of(probabilities, labels, groups, level) for level in LEVELS}
