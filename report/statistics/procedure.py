"""The interval of the whole procedure, training and split included, by nested cross-validation.

Bates, Hastie & Tibshirani 2023, JASA 119:1434 (arXiv:2104.00673), algorithm 1 and section 4, with four changes. A
fold's variance and the naive standard error are those of patients, with the correlation of design_effect.py, since with
one or two patients in a fold none can be estimated there. The quantile is Student's t of the effective number of
patients. The interval is Wilson's, so that it stays in [0, 1]. And it is around the accuracy of the cross-validation,
not less its bias from training on fewer patients: with a single split that correction adds more variance than it takes
bias (benchmarks/procedure.py measures both).
"""

import numpy as np

from report.statistics.clustered import independent_images
from report.statistics.design_effect import Design, clustering, design
from report.statistics.influence import mean
from report.statistics.intervals import Interval, wilson


def procedure_interval(wrong: np.ndarray, fold: np.ndarray, group: np.ndarray) -> Interval:
    """The accuracy of a cross-validation, with the interval of what its procedure is expected to have.

    wrong: (n, folds) bool, whether an image is answered wrongly by models trained without its own fold and without that
    of the column, folds ascending; in the column of its own fold, by those of the cross-validation. fold, group: (n,)
    numbers. Ends are NaN with one patient.
    """
    own = own_column(fold)  # (n, folds)
    accuracy = mean(~wrong[own])
    worth = design(accuracy, group)
    if worth is None:
        return Interval(accuracy.value, np.nan, np.nan)
    count = independent_images(accuracy.value, worth, 1) / worth.effect
    count /= widening(wrong, own, group, worth) ** 2
    low, high = wilson(np.array(accuracy.value), np.array(count), worth.deviate)
    return Interval(accuracy.value, float(low), float(high))


def own_column(fold: np.ndarray) -> np.ndarray:
    """Whether a column is that of the image's own fold, (n, folds)."""
    return np.asarray(fold)[:, None] == np.unique(fold)


def inner_errors(wrong: np.ndarray, own: np.ndarray) -> np.ndarray:
    """The error of the cross-validation inside each fold's training part, (folds,)."""
    return (wrong & ~own).sum(axis=0) / (~own).sum(axis=0)


def widening(wrong: np.ndarray, own: np.ndarray, group: np.ndarray, worth: Design) -> float:
    """How many times the naive standard error that of the procedure is; in [1, root of the folds], as in the paper."""
    folds = wrong.shape[1]
    naive = worth.independent * worth.effect
    if naive == 0:
        return 1.0
    outer = (wrong & own).sum(axis=0) / own.sum(axis=0)  # (folds,)
    squares = (inner_errors(wrong, own) - outer) ** 2  # (folds,), a of the paper
    variances = fold_variances(own, group, worth)  # (folds,), b of the paper
    mean_square = squares.mean() - variances.mean()
    square = (folds - 1) / folds * mean_square / naive
    return float(np.sqrt(np.clip(square, 1, folds)))


def fold_variances(own: np.ndarray, group: np.ndarray, worth: Design) -> np.ndarray:
    """The variance of the error of each fold, whose patients are as correlated as all are, (folds,)."""
    of_one_image = worth.independent * worth.images
    variances = []
    for is_in_fold in own.T:
        images = is_in_fold.sum()
        size = clustering(np.ones(images), group[is_in_fold])
        effect = 1 + worth.correlation * (size - 1)
        variances.append(of_one_image * effect / images)
    return np.array(variances)
