"""A model whose logits are linear in a view: what logistic regression, class means and class shares come to."""

from dataclasses import dataclass

import numpy as np

from boost.heads.safetensors_model import arrays_of_bytes, arrays_to_bytes

SMALLEST = 1e-9  # a probability is at least about this, for no view is worth an infinite log-loss


@dataclass(frozen=True, eq=False)
class LinearModel:
    """softmax(coefficients @ view + intercepts)."""

    coefficients: np.ndarray  # (class, dim) float64
    intercepts: np.ndarray  # (class,) float64
    remarks: tuple[str, ...] = ()  # on the training; not kept in the bytes

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """The probabilities of some views (view, dim): (view, class), none of them 0."""
        return np.stack([self._of_view(row) for row in rows])

    def _of_view(self, view: np.ndarray) -> np.ndarray:
        """Of one view (dim,): (class,). Not by BLAS, whose sums depend on how many views there are, and on threads."""
        products = np.einsum("cd,d->c", self.coefficients, view.astype(np.float64))
        return softmax(products + self.intercepts)

    def to_bytes(self) -> bytes:
        """As safetensors."""
        return arrays_to_bytes({"coefficients": self.coefficients, "intercepts": self.intercepts})

    @classmethod
    def of_bytes(cls, content: bytes, classes: int, dim: int) -> "LinearModel":
        """Read it back; raises BoostError unless it is one for so many classes and columns."""
        wanted = {"coefficients": (np.float64, (classes, dim)), "intercepts": (np.float64, (classes,))}
        arrays = arrays_of_bytes(content, wanted)
        return cls(arrays["coefficients"], arrays["intercepts"])


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of finite logits, over the last axis; none is smaller than about SMALLEST."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities = np.maximum(powers / powers.sum(axis=-1, keepdims=True), SMALLEST)
    return probabilities / probabilities.sum(axis=-1, keepdims=True)
