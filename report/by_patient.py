"""From answers for images to one answer for each patient."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from report.binary import positive_score
from report.out_of_fold import OutOfFold
from report.statistics.clustered import clustered_interval
from report.statistics.influence import share
from report.statistics.intervals import Interval

LEAST = 1e-9  # smaller probabilities count as this, so that one image cannot rule out a class for good
TIE = 1e-6  # what the probabilities count beside votes: they decide ties only


def mean_of_logs(probabilities: np.ndarray) -> np.ndarray:
    """One patient's images (image, class) -> (class,): the geometric mean, made to sum to 1.

    As if the images were independent evidence, tempered by their number (logarithmic opinion pool; Genest & Zidek 1986,
    Statist. Sci. 1:114).

    >>> mean_of_logs(np.array([[0.9, 0.1], [0.5, 0.5]])).round(2)
    array([0.75, 0.25])
    """
    logs = np.log(np.maximum(probabilities, LEAST)).mean(axis=0)  # (class,)
    together = np.exp(logs - logs.max())
    return together / together.sum()


def mean_of_probabilities(probabilities: np.ndarray) -> np.ndarray:
    """One patient's images (image, class) -> (class,): the arithmetic mean (linear opinion pool)."""
    return probabilities.mean(axis=0)


def majority(probabilities: np.ndarray) -> np.ndarray:
    """One patient's images (image, class) -> (class,): the share that each class is answered for; logs decide ties.

    >>> majority(np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]])).round(2)
    array([0.33, 0.67])
    """
    votes = np.bincount(probabilities.argmax(axis=1), minlength=probabilities.shape[1])  # (class,)
    return (votes / len(probabilities) + TIE * mean_of_logs(probabilities)) / (1 + TIE)


POOLS: dict[str, Callable[[np.ndarray], np.ndarray]] = {  # the first is the answer, the others stand beside it
    "mean of log-probabilities": mean_of_logs,
    "mean of probabilities": mean_of_probabilities,
    "majority vote": majority,
}


@dataclass(frozen=True, eq=False)
class ByPatient:
    """One answer for each known patient whose images have one label."""

    answers: OutOfFold  # its images are patients
    mixed: tuple[str, ...]  # patients whose images have several labels: left out
    unknown: int  # images whose patient is unknown: left out


def by_patient(out_of_fold: OutOfFold, pool: Callable[[np.ndarray], np.ndarray] = mean_of_logs) -> ByPatient | None:
    """The answers of patients; None where no patient with one label is known, or there are no probabilities.

    The fold of a patient is that of the first image.
    """
    if out_of_fold.probabilities is None:
        return None
    patients = np.asarray(out_of_fold.patients) if out_of_fold.patients is not None else np.array([])
    names, labels, folds, pooled, mixed = [], [], [], [], []
    for name in np.unique(patients[patients != ""]):
        rows = np.flatnonzero(patients == name)
        if len(np.unique(out_of_fold.label[rows])) > 1:
            mixed.append(str(name))
            continue
        names.append(str(name))
        labels.append(out_of_fold.label[rows[0]])
        folds.append(out_of_fold.fold[rows[0]])
        pooled.append(pool(out_of_fold.probabilities[rows]))
    if not names:
        return None
    probabilities = np.array(pooled)  # (patients, classes)
    positive = out_of_fold.positive
    score = None
    if positive is not None:
        score = positive_score(probabilities, out_of_fold.classes, positive, out_of_fold.rule)
    answers = OutOfFold(
        images=np.array(names),
        label=np.array(labels),
        fold=np.array(folds),
        predicted=np.array(out_of_fold.classes)[probabilities.argmax(axis=1)],
        classes=out_of_fold.classes,
        probabilities=probabilities,
        positive=positive,
        rule=out_of_fold.rule,
        score=score,
        patients=np.array(names),
    )
    return ByPatient(answers, tuple(mixed), int(np.sum(~out_of_fold.known)))


def mean_recognition_rate(out_of_fold: OutOfFold) -> Interval:
    """The mean over known patients of the share of their images that are right, with its interval over patients.

    The patient score of Spanhol et al. 2016, IEEE Trans. Biomed. Eng. 63:1455 (BreakHis); NaN without known patients.
    """
    known = out_of_fold.known  # (n,)
    right = out_of_fold.label == out_of_fold.predicted  # (n,)
    if not known.any():
        return Interval(np.nan, np.nan, np.nan)
    patient = np.unique(np.asarray(out_of_fold.patients)[known], return_inverse=True)[1]
    rates = np.bincount(patient, weights=right[known]) / np.bincount(patient)  # (patients,)
    return clustered_interval(share(rates, np.ones(len(rates))), np.arange(len(rates)))
