"""Maps from the probabilities that models give to those that mean what they say, and how they are applied.

They are fitted in temperature_scaling.py and share_mixture.py, to out-of-fold predictions only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from boost.settings import BoostError

FLOOR = 1e-12  # smaller probabilities count as this one
TEMPERATURE, BIAS_CORRECTED, RECALIBRATED = "temperature", "bias-corrected", "recalibrated"
METHODS = {
    TEMPERATURE: "log-probabilities over one temperature (Guo et al. 2017, arXiv:1706.04599)",
    BIAS_CORRECTED: "one temperature and an addend per class (Alexandari et al. 2020, arXiv:1901.06852)",
    RECALIBRATED: "softened by one temperature and mixed with the class shares, patients weighing alike",
}
BESIDE = (TEMPERATURE, BIAS_CORRECTED)  # shown beside the probabilities of a report, whichever those are


@dataclass(frozen=True)
class Calibration:
    """A fitted map of probabilities; `asdict` gives plain numbers for JSON."""

    method: str
    temperature: float  # above 1 it makes predictions less certain
    bias: tuple[float, ...]  # per class, added after the division; all 0 unless "bias-corrected"
    share_weight: float = 0.0  # what the class shares weigh in the mixture, in [0, 1)
    shares: tuple[float, ...] = ()  # per class, they sum to 1; empty unless "recalibrated"

    def __post_init__(self) -> None:
        object.__setattr__(self, "bias", tuple(float(addend) for addend in self.bias))
        object.__setattr__(self, "shares", tuple(float(share) for share in self.shares))
        if self.method not in METHODS:
            raise BoostError(f"unknown calibration {self.method!r}; known: {', '.join(METHODS)}")
        if not self.temperature > 0:
            raise BoostError(f"a temperature must be above 0; got {self.temperature}")
        if not 0 <= self.share_weight < 1:
            raise BoostError(f"the class shares weigh at least 0 and less than 1; got {self.share_weight}")
        self._check_shares()

    def _check_shares(self) -> None:
        """Refuse shares that are none, or not those of these classes."""
        wanted = len(self.bias) if self.method == RECALIBRATED else 0
        is_share = all(share >= 0 for share in self.shares)
        if len(self.shares) != wanted or not is_share or (wanted and abs(sum(self.shares) - 1) > 1e-6):
            raise BoostError(f"class shares are {wanted} numbers from 0 on that sum to 1; got {self.shares}")


def calibrate(calibration: Calibration, probabilities: np.ndarray) -> np.ndarray:
    """The calibrated probabilities, (image, class).

    A temperature alone never changes the order of the classes; the mixture with the shares may, though of two classes
    it never changes the order of the images.
    """
    if probabilities.shape[1] != len(calibration.bias):
        raise BoostError(
            f"the calibration is for {len(calibration.bias)} classes and the probabilities are of "
            f"{probabilities.shape[1]}; use the calibration that was fitted with this model"
        )
    scaled = log_probabilities(probabilities) / calibration.temperature  # (image, class)
    softened = softmax(scaled + np.array(calibration.bias), axis=1)  # (image, class)
    if not calibration.shares:
        return softened
    return (1 - calibration.share_weight) * softened + calibration.share_weight * np.array(calibration.shares)


def log_probabilities(probabilities: np.ndarray | Sequence) -> np.ndarray:
    """Logarithms of probabilities, none below that of FLOOR."""
    return np.log(np.maximum(probabilities, FLOOR))
