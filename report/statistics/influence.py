"""Measures of a cohort with what each image does to them: the value, and its derivative for each image's weight.

The influence value of an image is how much the measure would rise if the image counted a little more (the linearised
variable; Deville 1999, Survey Methodology 25:193; the infinitesimal jackknife of Jaeckel 1972 and Efron 1982). They sum
to 0, and the sum of their squares is the variance of the measure where images are independent. The values alone are
those of metrics.py with all weights one.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata


@dataclass(frozen=True, eq=False)
class Linearised:
    """A measure, and what each image does to it."""

    value: float
    influence: np.ndarray  # (n,), sums to 0
    weight: np.ndarray  # (n,) what each image counts in the measure, sums to 1
    stratum: np.ndarray  # (n,) images of the same number share a mean that is estimated from them, such as a recall
    lowest: float = 0  # what the measure would be with everything wrong


def share(right: np.ndarray, among: np.ndarray) -> Linearised:
    """The share of images `among` (n,) that are `right` (n,): accuracy, recall, precision; `among` may be weights.

    NaN where no image is among them.
    """
    counted = np.asarray(among, dtype=float)  # (n,)
    total = counted.sum()
    if total == 0:
        return Linearised(np.nan, np.zeros(len(counted)), np.zeros(len(counted)), np.zeros(len(counted), int))
    weight = counted / total  # (n,)
    value = float(counted @ right / total)
    return Linearised(value, weight * (right - value), weight, np.zeros(len(weight), int))


def mean(values: np.ndarray) -> Linearised:
    """The mean of (n,) values, such as losses."""
    return share(np.asarray(values, dtype=float), np.ones(len(values)))


def macro(parts: list[Linearised], stratum: np.ndarray) -> Linearised:
    """The mean of several measures of the same images; those that have no image are left out."""
    present = [part for part in parts if not np.isnan(part.value)]
    value = float(np.mean([part.value for part in present]))
    influence = np.mean([part.influence for part in present], axis=0)  # (n,)
    weight = np.mean([part.weight for part in present], axis=0)  # (n,)
    return Linearised(value, influence, weight, stratum)


def balanced_accuracy(label: np.ndarray, predicted: np.ndarray) -> Linearised:
    """The mean recall of the classes that have images; (n,) and (n,)."""
    names, stratum = np.unique(label, return_inverse=True)  # (classes,), (n,)
    recalls = [share(predicted == name, label == name) for name in names]
    return macro(recalls, stratum)


def f1(truth: np.ndarray, called: np.ndarray) -> Linearised:
    """2 TP / (2 TP + FP + FN) of (n,) and (n,) bool: a share of images, in which a mistake counts half an image."""
    counted = (np.asarray(truth, dtype=float) + called) / 2  # (n,)
    return share(truth & called, counted)


def macro_f1(label: np.ndarray, predicted: np.ndarray) -> Linearised:
    """The mean F1 of the classes that were true or answered; (n,) and (n,)."""
    names = np.unique([label, predicted])  # (classes,)
    parts = [f1(label == name, predicted == name) for name in names]
    stratum = np.unique(label, return_inverse=True)[1]  # (n,)
    return macro(parts, stratum)


def kappa(label: np.ndarray, predicted: np.ndarray) -> Linearised:
    """Cohen's kappa; NaN where label and answer are the same for every image by necessity.

    It is linear in the observed agreement where the agreement by chance is held, so the lowest is the kappa of no
    agreement at all. Its influence values have the variance of Fleiss, Cohen & Everitt 1969, Psych. Bull. 72:323.
    """
    names = np.unique([label, predicted])  # (classes,)
    true = label[:, None] == names  # (n, classes)
    answered = predicted[:, None] == names  # (n, classes)
    agreed = label == predicted  # (n,)
    true_share, answered_share = true.mean(axis=0), answered.mean(axis=0)  # (classes,) each
    by_chance = float(true_share @ answered_share)
    everything = share(agreed, np.ones(len(label)))
    if by_chance == 1:
        return Linearised(np.nan, everything.influence, everything.weight, everything.stratum)
    room = 1 - by_chance
    value = (everything.value - by_chance) / room
    of_image = true @ answered_share + answered @ true_share  # (n,)
    of_chance = (of_image - 2 * by_chance) / len(label)  # (n,) what each image does to the agreement by chance
    influence = (everything.influence - (1 - value) * of_chance) / room  # (n,)
    return Linearised(value, influence, everything.weight, everything.stratum, lowest=-by_chance / room)


def auc(truth: np.ndarray, score: np.ndarray) -> Linearised:
    """The area under the ROC curve of (n,) bool and (n,): all pairs of a positive and a negative image.

    The influence values are the placement values of DeLong et al. 1988, Biometrics 44:837, less their mean; summed by
    patient they are those of Obuchowski 1997, Biometrics 53:567. NaN without images of both kinds.
    """
    return auc_within_folds(truth, score, np.zeros(len(truth), int))


def auc_within_folds(truth: np.ndarray, score: np.ndarray, fold: np.ndarray) -> Linearised:
    """The mean AUC of the folds, from pairs of a positive and a negative image of the same fold; (n,) each.

    Scores of different folds come from different models. Where each patient has one class, a fold that holds out many
    positives has few to learn from and scores low, so that pairs across folds put the AUC below 0.5 without any signal
    (Parker, Günter & Bedo 2007, BMC Bioinformatics 8:326; Forman & Scholz 2010, SIGKDD Explor. 12:49). A fold of one
    class has no pairs and is left out; its images have weight 0. NaN where every fold is.

    Influence values are taken from the mean over folds, not from each fold's own: a fold often has one patient of a
    kind, which from its own mean would seem not to vary.
    """
    placement = np.zeros(len(truth))  # (n,)
    weight = np.zeros(len(truth))  # (n,)
    for number in np.unique(fold):
        rows = np.flatnonzero(fold == number)
        positive = truth[rows]
        if positive.any() and not positive.all():
            placement[rows] = placements(positive, score[rows])
            of_its_kind = np.where(positive, positive.sum(), (~positive).sum())  # (images of the fold,)
            weight[rows] = 0.5 / of_its_kind
    stratum = truth.astype(int)  # (n,)
    if not weight.any():
        return Linearised(np.nan, weight, weight, stratum)
    weight /= weight.sum()
    value = min(float(weight @ placement), 1.0)  # rounding
    return Linearised(value, 2 * weight * (placement - value), weight, stratum)


def placements(truth: np.ndarray, score: np.ndarray) -> np.ndarray:
    """The share of images of the other kind that each image is in order with, a tie counting a half; (n,)."""
    positive = np.flatnonzero(truth)
    negative = np.flatnonzero(~truth)
    rank = rankdata(score)  # (n,), ties share their mean
    placement = np.empty(len(truth))
    placement[positive] = (rank[positive] - rankdata(score[positive])) / len(negative)
    placement[negative] = 1 - (rank[negative] - rankdata(score[negative])) / len(positive)
    return placement
