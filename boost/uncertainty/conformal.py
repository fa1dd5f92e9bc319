"""Conformal prediction sets: as many classes as it takes to hold the true one at a stated level.

The score of an image is 1 - the probability of its true class; a set holds every class whose probability is high
enough (Sadinle, Lei & Wasserman 2019, JASA 114:223: the smallest sets), and always the likeliest one. Images of a
patient are not exchangeable with those of others, but patients are: each weighs 1 / (patients + 1), shared among its
images, and a new patient the rest (Lee, Barber & Willett 2023, arXiv:2306.06342, "HCP"; Dunn, Wasserman & Ramdas 2023,
JASA 118:2491, compare other ways, most of which draw images at random). So a set holds the true class of a random image
of a new patient with at least the level, whatever the distribution, when the scores are of one model; for those of
cross-validation it is approximate (Vovk 2015, Ann. Math. Artif. Intell. 74:9), and therefore measured.

A level that holds over all classes together may fail in one: with few positive images most of what is missed can be
theirs. Class-conditional limits hold it in each: a class enters a set from a limit of its own, of its images alone and
the patients who have any (Vovk 2012, PMLR 25:475, "Mondrian"; Sadinle et al., section 3). They need as many patients
for every class, and their sets are larger.

Probabilities are calibrated first. `fit_sets` is the rule that bundles keep, and the one that cross-validation
measures: for each fold it is fitted on the others.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from boost.settings import BoostError
from boost.uncertainty.calibrate import TEMPERATURE, Calibration, calibrate
from boost.uncertainty.fit_calibration import fit_calibration

LEVELS = (0.80, 0.90, 0.95)
MARGINAL, CLASS = "marginal", "class"
KINDS = {MARGINAL: "for all classes together", CLASS: "for each class by itself"}  # for what the level is meant

Limit = float | None
ClassLimits = tuple[Limit, ...]
Limits = Mapping[str, Limit | ClassLimits]  # by level, such as "0.90"


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


def class_limits_of(
    probabilities: np.ndarray, labels: np.ndarray, groups: np.ndarray | Sequence, level: float
) -> ClassLimits:
    """The limit of each class, from its own images; as `limit_of`, and None for a class without images."""
    groups = np.asarray(groups)
    of_classes = []
    for number in range(probabilities.shape[1]):
        here = labels == number  # (image,)
        of_classes.append(limit_of(probabilities[here], labels[here], groups[here], level))
    return tuple(of_classes)


def prediction_sets(probabilities: np.ndarray, limit: Limit | ClassLimits) -> np.ndarray:
    """Which classes each image's set holds, (image, class) bool: those from a limit on, or each from its own.

    Where a limit is None the class is in every set, and where there is one limit for all, all of them are.
    """
    of_classes = limit if isinstance(limit, tuple) else (limit,) * probabilities.shape[1]
    least = np.array([-np.inf if of_class is None else of_class for of_class in of_classes])  # (class,)
    likeliest = probabilities == probabilities.max(axis=1, keepdims=True)  # (image, class)
    return (probabilities >= least - 1e-12) | likeliest


def limits(
    probabilities: np.ndarray, labels: np.ndarray, groups: np.ndarray | Sequence, kind: str = MARGINAL
) -> Limits:
    """The limits of every level, by its name: plain numbers for JSON, None where there must be no limit."""
    if kind not in KINDS:
        raise BoostError(f"unknown kind of conformal sets {kind!r}; known: {', '.join(KINDS)}")
    at_level = limit_of if kind == MARGINAL else class_limits_of
    return {f"{level:.2f}": at_level(probabilities, labels, groups, level) for level in LEVELS}


def fit_sets(
    predicted: np.ndarray,
    labels: np.ndarray,
    groups: np.ndarray | Sequence,
    kind: str = MARGINAL,
    method: str = TEMPERATURE,
) -> tuple[Calibration, Limits]:
    """The rule that makes sets of predictions: a calibration, and the limits of calibrated probabilities.

    `predicted` (image, class) are out-of-fold, as the models vote; `method` is one of boost.uncertainty.calibrate's.
    """
    calibration = fit_calibration(predicted, labels, method, groups)
    calibrated = calibrate(calibration, predicted)  # (image, class)
    return calibration, limits(calibrated, labels, groups, kind)


def sets_out_of_fold(
    predicted: np.ndarray,
    labels: np.ndarray,
    groups: np.ndarray | Sequence,
    fold: np.ndarray,
    kind: str = MARGINAL,
    method: str = TEMPERATURE,
) -> dict[float, np.ndarray]:
    """Each fold's sets under the rule that the other folds' predictions give: by level, (image, class) bool."""
    groups = np.asarray(groups)
    sets = {level: np.empty(predicted.shape, dtype=bool) for level in LEVELS}
    for number in np.unique(fold):
        here = fold == number  # (image,)
        calibration, of_levels = fit_sets(predicted[~here], labels[~here], groups[~here], kind, method)
        calibrated = calibrate(calibration, predicted[here])  # (image of the fold, class)
        for level in LEVELS:
            sets[level][here] = prediction_sets(calibrated, of_levels[f"{level:.2f}"])
    return sets
