"""L2-penalised logistic regression in as few dimensions as there are images, which is exact.

The penalty leaves the coefficients in the space that the rows span (the representer theorem; Schoelkopf et al. 2001,
COLT), so that they are found in coordinates of that space: at most as many as images, however many columns.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from boost.heads.fitting.standardise import Standardised

NO_VARIANCE = 1e-12  # of the largest eigenvalue: smaller ones are rounding
ITERATIONS = 2000  # at most


@dataclass(frozen=True, eq=False)
class Fit:
    """What came out for one strength."""

    coefficients: np.ndarray  # (class, coordinate)
    intercepts: np.ndarray  # (class,)
    converged: bool

    def logits(self, coordinates: np.ndarray) -> np.ndarray:
        """Of rows (row, coordinate): (row, class)."""
        return coordinates @ self.coefficients.T + self.intercepts


@dataclass(frozen=True, eq=False)
class Penalised:
    """Rows to learn from, in coordinates of the space they span."""

    columns: Standardised
    basis: np.ndarray | None  # (column, coordinate); None: the columns themselves are the coordinates
    coordinates: np.ndarray  # (image, coordinate)

    @classmethod
    def of(cls, rows: np.ndarray) -> "Penalised":
        """Standardise rows (image, dim) and turn them into coordinates."""
        columns = Standardised.of(rows)
        basis = _basis(columns.values)
        return cls(columns, basis, _in_basis(columns.values, basis))

    def project(self, rows: np.ndarray) -> np.ndarray:
        """The coordinates of other rows (row, dim): (row, coordinate)."""
        return _in_basis(self.columns.apply(rows), self.basis)

    def fit(
        self, labels: np.ndarray, weights: np.ndarray, classes: int, strengths: Sequence[float], tolerance: float
    ) -> list[Fit]:
        """Fit for each strength, ascending, C times the number of columns, each from where the one before ended.

        The labels (image,) hold two classes or more; one that they lack has coefficients of 0 and an intercept of -inf.
        """
        present = np.unique(labels)
        model = LogisticRegression(tol=tolerance, max_iter=ITERATIONS, warm_start=True)
        fits = []
        for strength in strengths:
            model.set_params(C=strength / self.columns.count)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that it has not converged is told by n_iter_
                model.fit(self.coordinates, labels, weights)
            fits.append(_fit_of(model, present, classes))
        return fits

    def on_raw(self, fit: Fit) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients (class, dim) and intercepts (class,) for raw rows."""
        of_columns = fit.coefficients if self.basis is None else fit.coefficients @ self.basis.T
        return self.columns.on_raw(of_columns, fit.intercepts)


def _in_basis(values: np.ndarray, basis: np.ndarray | None) -> np.ndarray:
    """Rows (row, column) as (row, coordinate)."""
    return values if basis is None else values @ basis


def _basis(values: np.ndarray) -> np.ndarray | None:
    """Orthonormal directions that span the rows (image, column), at most as many as there are images: (column, k).

    None where there are no more columns than images; one of nothing where there are no columns.
    """
    images, columns = values.shape
    if columns == 0:
        return np.zeros((0, 1))
    if columns <= images:
        return None
    variances, directions = np.linalg.eigh(values @ values.T)  # (image,), (image, image): of the Gram matrix
    kept = variances > NO_VARIANCE * variances[-1]
    return values.T @ (directions[:, kept] / np.sqrt(variances[kept]))


def _fit_of(model: LogisticRegression, present: np.ndarray, classes: int) -> Fit:
    """Of scikit-learn's model; two classes are its one row, taken half and half."""
    of_present, intercept = model.coef_, model.intercept_
    if len(present) == 2:
        of_present = np.concatenate([-of_present, of_present]) / 2
        intercept = np.concatenate([-intercept, intercept]) / 2
    coefficients = np.zeros((classes, of_present.shape[1]))
    intercepts = np.full(classes, -np.inf)
    coefficients[present] = of_present
    intercepts[present] = intercept
    return Fit(coefficients, intercepts, bool(model.n_iter_.max() < ITERATIONS))
