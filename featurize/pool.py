"""Many crops' features become one descriptor."""

import numpy as np


def power_mean(features: np.ndarray, power: float = 3.0) -> np.ndarray:
    """Generalised mean over the crops: (crop, dim) to (dim,) float32.

    (mean of x^p)^(1/p), Rakhlin et al. 2018, section 3.2; signed, so that negative features keep their sign:
    mean of sign(x)|x|^p, then the same root of its size. Powers are summed in float64.

    >>> power_mean(np.array([[0.0, 5.0], [2.0, 5.0]]), power=1).tolist()
    [1.0, 5.0]
    """
    values = features.astype(np.float64)
    mean = (np.sign(values) * np.abs(values) ** power).mean(axis=0)
    return (np.sign(mean) * np.abs(mean) ** (1 / power)).astype(np.float32)
