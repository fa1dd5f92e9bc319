"""Choosing a setting inside the training part of a fold, by its patients."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import numpy as np
from threadpoolctl import threadpool_limits

FOLDS = 5  # or as many as there are patients
SEED = 17  # of the division
_LOCK = Lock()  # the limit is that of the whole process


def inner_folds(labels: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Divide images into FOLDS parts or fewer by patient, each with like numbers of patients of each class; (image,).

    A patient belongs to the class that most of its images have. The order of images and classes does not matter.
    """
    names, group = np.unique(groups, return_inverse=True)  # (group,), (image,)
    counts = np.zeros((len(names), labels.max() + 1), dtype=int)  # (group, class): images
    np.add.at(counts, (group, labels), 1)
    in_one_order = counts[:, np.lexsort(counts)]  # whichever class is called 0
    stratum = in_one_order.argmax(axis=1)  # (group,)
    shuffled = np.random.default_rng(SEED).permutation(len(names))  # (group,)
    order = np.lexsort((shuffled, stratum))
    fold = np.empty(len(names), dtype=int)
    fold[order] = np.arange(len(names)) % min(FOLDS, len(names))
    return fold[group]


def mean_by_group(losses: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Mean losses of each patient, (candidate, group), from those of images, (candidate, image); NaN is not counted.

    A patient none of whose images counts is left out.
    """
    counted = ~np.isnan(losses[0])  # (image,): for all candidates alike
    names, group = np.unique(groups[counted], return_inverse=True)
    sums = np.zeros((len(losses), len(names)))
    for candidate, of_candidate in enumerate(losses):
        sums[candidate] = np.bincount(group, of_candidate[counted], minlength=len(names))
    return sums / np.bincount(group)


def simplest_within_one_error(losses: np.ndarray) -> int:
    """The first candidate that is not worse than the best by more than one standard error; (candidate, patient).

    The candidates stand in the order of their flexibility, the most shrunken first; the error is that of the mean
    difference to the best over the patients (the rule of Breiman et al. 1984, Classification and Regression Trees,
    3.4.3, with paired differences).
    """
    means = losses.mean(axis=1)  # (candidate,)
    excess = losses - losses[means.argmin()]  # (candidate, patient)
    patients = losses.shape[1]
    error = excess.std(axis=1, ddof=1) / np.sqrt(patients)  # (candidate,)
    return int((excess.mean(axis=1) <= error).argmax())


@contextmanager
def one_thread() -> Iterator[None]:
    """Linear algebra on one thread, so that the bits do not depend on how many there are."""
    with _LOCK, threadpool_limits(1):
        yield
