"""One probe: a classifier so quick that it is trained anew under every permutation of the labels.

Columns become ranks, so that neither scale nor outliers matter. Beside each stands how far it is from the middle, so
that a class between two others is found too, and of few columns the product of each pair. All are made uncorrelated
once, without labels. Then linear discriminant analysis needs the mean of each class alone (Hastie, Tibshirani &
Friedman 2009, 4.3): within the plane of the means, the spread inside classes is what these leave of the total. The
fewer the patients, the more the total is shrunken towards the same variance everywhere (their 4.3.1).

On real tissue it is about as right as a random forest (benchmarks/README.md), in a thousandth of the time.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from workflow.audit.exchange import Cells

LEAST_RIDGE = 0.05  # of the mean variance, added to every one before it is made 1
MOST_DIRECTIONS = 48
FEW_COLUMNS = 8  # of which products are taken
NOTHING = 1e-9  # a variance that is rounding
LEAST_INSIDE = 0.02  # of the total variance, that is inside classes


@dataclass(frozen=True, eq=False)
class Probe:
    """The directions of one probe's features, and the cells in which labels may change places."""

    cells: Cells
    rows: np.ndarray  # (image, direction): uncorrelated, of variance up to 1
    means: np.ndarray  # (cell, direction): of the images of a cell
    classes: int

    @classmethod
    def of(cls, features: np.ndarray, cells: Cells, classes: int) -> "Probe":
        """From (image, column) features without labels, all of them finite."""
        rows = uncorrelated(spread_out(features), patients=int(cells.patient.max()) + 1)
        means = np.zeros((len(cells.label), rows.shape[1]))
        np.add.at(means, cells.of_image, rows * cells.weight[:, None])
        return cls(cells, rows, means, classes)

    def log_probabilities(self, label: np.ndarray, fold: np.ndarray) -> np.ndarray:
        """What models of the other folds say of each image, (image, class), for (cell,) labels and folds.

        Classes count alike, as do the cells of one; -inf for a class that the other folds lack.
        """
        folds, position = np.unique(fold, return_inverse=True)  # (fold,), (cell,)
        centres, known = self._centres(label, position, len(folds))  # (fold, class, direction), (fold, class)
        weights, offsets = discriminants(centres, known)
        own = position[self.cells.of_image]  # (image,)
        scores = np.empty((len(self.rows), self.classes))
        for number in range(len(folds)):
            here = own == number
            scores[here] = self.rows[here] @ weights[number].T + offsets[number]
        highest = scores.max(axis=1, keepdims=True)
        return scores - highest - np.log(np.exp(scores - highest).sum(axis=1, keepdims=True))

    def _centres(self, label: np.ndarray, position: np.ndarray, folds: int) -> tuple[np.ndarray, np.ndarray]:
        """The mean of each class without each fold, and whether there is one."""
        count = np.zeros((folds, self.classes))
        total = np.zeros((folds, self.classes, self.means.shape[1]))
        np.add.at(count, (position, label), 1)
        np.add.at(total, (position, label), self.means)
        others = count.sum(axis=0) - count  # (fold, class)
        centres = (total.sum(axis=0) - total) / np.maximum(others, 1)[:, :, None]
        return centres, others > 0


def discriminants(centres: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (fold, class, direction) and offsets (fold, class) of linear discriminant analysis with even shares.

    From the means of classes (fold, class, direction) among directions of variance 1.
    """
    share = known / known.sum(axis=1, keepdims=True)  # (fold, class)
    root = np.sqrt(share)[:, :, None]
    middle = share[:, None] @ centres  # (fold, 1, direction)
    apart = (centres - middle) * root  # a class that is not there is not apart
    # the plane of the means: eigenvectors of class by class, or of direction by direction where these are fewer
    turned = apart.transpose(0, 2, 1)
    if apart.shape[1] <= apart.shape[2]:
        widened = over_inside(apart @ turned) @ apart
    else:
        widened = apart @ over_inside(turned @ apart)
    weights = widened / np.where(known[:, :, None], root, 1)
    halfway = (centres + middle) / 2
    offsets = -(weights * halfway).sum(axis=2)
    return weights, np.where(known, offsets, -np.inf)


def over_inside(between: np.ndarray) -> np.ndarray:
    """The inverse of what the spread between means (fold, n, n) leaves inside classes, in the directions of its own."""
    spread, axes = np.linalg.eigh(between)  # (fold, axis), (fold, n, axis)
    inside = np.maximum(1 - spread, LEAST_INSIDE)
    return (axes / inside[:, None]) @ axes.transpose(0, 2, 1)


def spread_out(features: np.ndarray) -> np.ndarray:
    """Ranks from -1 to 1, how far these are from the middle, and products: (image, terms) of the columns that vary."""
    varies = np.ptp(features, axis=0) > 0
    ranks = rankdata(features[:, varies], axis=0)  # ties share their mean
    ranks = (2 * ranks - 1) / len(features) - 1
    terms = [ranks, np.abs(ranks)]
    columns = ranks.shape[1]
    if 1 < columns <= FEW_COLUMNS:
        first, second = np.triu_indices(columns, k=1)
        terms.append(ranks[:, first] * ranks[:, second])
    return np.concatenate(terms, axis=1)


def uncorrelated(columns: np.ndarray, patients: int) -> np.ndarray:
    """Principal components of variance up to 1, (image, direction), of columns (image, column) of so many patients."""
    if not columns.shape[1]:
        return np.zeros((len(columns), 1))
    centred = columns - columns.mean(axis=0)
    variances, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    first = np.argsort(variances)[::-1][:MOST_DIRECTIONS]
    first = first[variances[first] > NOTHING]
    ridge = max(columns.shape[1] / patients, LEAST_RIDGE)
    scale = np.sqrt(variances[first] + ridge * variances.mean())
    return centred @ axes[:, first] / scale
