"""The calibration error that perfect probabilities would show, when the images of a patient err together."""

import numpy as np

from report.measures.calibration import Bins
from report.statistics.design_effect import PRIOR, shrunk_correlation
from report.statistics.influence import mean


def residual_correlation(bins: Bins, group: np.ndarray) -> float:
    """The correlation, within patients `group` (n,), of right and wrong beyond what the certainties say.

    Drawn towards a prior as for intervals (design_effect.py), since a dozen patients hardly tell it.
    """
    correlation, _ = shrunk_correlation(mean(bins.right - bins.certainty), group, PRIOR)
    return correlation


def error_by_chance(bins: Bins, group: np.ndarray, rng: np.random.Generator, times: int = 500) -> float:
    """The mean calibration error of perfectly calibrated certainties whose images err together by patient.

    Right and wrong are drawn from the certainties (Bröcker & Smith 2007, Weather and Forecasting 22:651), by uniform
    numbers that images of a patient share: each image takes its patient's number with the chance sqrt(rho), else one of
    its own (Lunn & Davies 1998, Biometrika 85:487), so that two images of equal certainty have the correlation rho.
    """
    share = np.sqrt(residual_correlation(bins, group))
    number, patient = np.unique(group, return_inverse=True)  # (patients,), (n,)
    images = len(bins.certainty)
    own = rng.random((times, images))
    of_patient = rng.random((times, len(number)))[:, patient]  # (times, n)
    together = rng.random((times, images)) < share
    right = np.where(together, of_patient, own) < bins.certainty  # (times, n)
    gaps = (right - bins.certainty) @ bins.inside  # (times, bins)
    return float(np.abs(gaps).sum(axis=1).mean() / images)
