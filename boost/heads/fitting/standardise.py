"""Columns of mean 0 and variance 1 over the training images; columns that do not vary are left out."""

from dataclasses import dataclass

import numpy as np

CONSTANT = 1e-6  # of the largest absolute value in a column: a smaller deviation is rounding of float32


@dataclass(frozen=True, eq=False)
class Standardised:
    """Standardised rows, and the way back to raw ones."""

    values: np.ndarray  # (image, column): the columns that vary
    mean: np.ndarray  # (column,)
    deviation: np.ndarray  # (column,)
    varies: np.ndarray  # (dim,) bool

    @classmethod
    def of(cls, rows: np.ndarray) -> "Standardised":
        """Standardise rows (image, dim) float64."""
        deviation = rows.std(axis=0)
        varies = deviation > CONSTANT * np.abs(rows).max(axis=0)
        mean = rows[:, varies].mean(axis=0)
        values = (rows[:, varies] - mean) / deviation[varies]
        return cls(values, mean, deviation[varies], varies)

    @property
    def count(self) -> int:
        """How many columns vary, 1 at least, for dividing by it."""
        return max(1, self.values.shape[1])

    @property
    def remarks(self) -> list[str]:
        """Whether columns were left out, in the words of boost.heads.head.REMARKS."""
        return [] if self.varies.all() else ["constant-columns"]

    def apply(self, rows: np.ndarray) -> np.ndarray:
        """Other rows (row, dim) in the same units, (row, column)."""
        return (rows[:, self.varies] - self.mean) / self.deviation

    def on_raw(self, coefficients: np.ndarray, intercepts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients (class, column) and intercepts (class,) of standardised rows turned into those of raw ones."""
        raw = np.zeros((len(coefficients), len(self.varies)))
        raw[:, self.varies] = coefficients / self.deviation
        shift = (raw[:, self.varies] * self.mean).sum(axis=1)
        return raw, intercepts - shift
