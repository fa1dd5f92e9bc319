"""Images in bins of like certainty, and the calibration error over them."""

from dataclasses import dataclass

import numpy as np

BINS = 10
IN_A_BIN = 10  # images; with fewer in all, there are fewer bins


@dataclass(frozen=True, eq=False)
class Bins:
    """Images in bins of like certainty, about equally many in each: the certainty is that of the predicted class."""

    certainty: np.ndarray  # (n,)
    right: np.ndarray  # (n,) bool
    inside: np.ndarray  # (n, bins) bool

    def error(self, weights: np.ndarray) -> np.ndarray:
        """Expected calibration error: |accuracy - mean certainty| over the bins, by their images; (times,)."""
        gaps = weights @ (self.inside * (self.right - self.certainty)[:, None])  # (times, bins)
        return np.abs(gaps).sum(axis=1) / weights.sum(axis=1)


def bins_of(probabilities: np.ndarray, codes: np.ndarray) -> Bins:
    """Bin images by the probability of the predicted class, in at most BINS; equal certainties share a bin.

    (n, classes) and (n,). Bins of equal mass: Nixon et al. 2019, arXiv:1904.01685.
    """
    certainty = probabilities.max(axis=1)  # (n,)
    right = probabilities.argmax(axis=1) == codes  # (n,)
    count = int(np.clip(len(codes) // IN_A_BIN, 1, BINS))
    edges = np.quantile(certainty, np.arange(1, count) / count)  # (bins - 1,)
    number = np.searchsorted(edges, certainty, side="right")  # (n,): each image's bin
    inside = number[:, None] == np.arange(count)  # (n, bins)
    return Bins(certainty, right, inside[:, inside.any(axis=0)])
