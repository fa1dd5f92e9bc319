"""How the vote of all models is to be read: what was learned from the out-of-fold predictions, beside the models."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np

from boost.settings import BoostError
from boost.uncertainty.conformal import limits as conformal_limits
from boost.uncertainty.conformal import prediction_sets
from boost.uncertainty.temperature_scaling import Calibration, calibrate, fit_calibration


@dataclass(frozen=True)
class OperatingPoint:
    """From which score on an image is called positive."""

    positive: tuple[str, ...]  # classes
    rule: str  # by which the score is made of their probabilities
    aim: str  # what the threshold was chosen for
    threshold: float


@dataclass(frozen=True)
class DecisionRule:
    """From a vote to probabilities, sets and calls."""

    classes: tuple[str, ...]
    calibration: Calibration
    limits: Mapping[str, float | None]  # by level: the least calibrated probability in a conformal set; None: 0
    spread: float  # of the lead from view to view, see boost.uncertainty.adaptive_views
    operating: OperatingPoint | None  # None where there is no two-class task

    @classmethod
    def fit(
        cls,
        classes: tuple[str, ...],
        predicted: np.ndarray,
        labels: np.ndarray,
        groups: np.ndarray,
        spread: float,
        operating: OperatingPoint | None,
    ) -> "DecisionRule":
        """Learn from out-of-fold predictions (image, class), their labels (image,) and patients (image,)."""
        calibration = fit_calibration(predicted, labels)
        calibrated = calibrate(calibration, predicted)  # (image, class)
        return cls(classes, calibration, conformal_limits(calibrated, labels, groups), spread, operating)

    def calibrated(self, vote: np.ndarray) -> np.ndarray:
        """Probabilities that mean what they say, (image, class), of those of a vote."""
        return calibrate(self.calibration, vote)

    def sets(self, calibrated: np.ndarray, level: str) -> np.ndarray:
        """Which classes the conformal sets hold, (image, class) bool, of calibrated probabilities."""
        self.require_level(level)
        return prediction_sets(calibrated, self.limits[level])

    def require_level(self, level: str) -> None:
        """Raise BoostError for a level that was not asked for when the bundle was made."""
        if level not in self.limits:
            raise BoostError(f"there are no sets at level {level}; there are {', '.join(self.limits)}")

    def to_facts(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return asdict(self)

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> "DecisionRule":
        """From the values of `to_facts`; raises ValueError, KeyError or TypeError for others."""
        classes = tuple(facts["classes"])
        if len(classes) < 2 or len(set(classes)) < len(classes) or not all(isinstance(name, str) for name in classes):
            raise ValueError(f"classes are two different names or more, not {classes}")
        calibration = Calibration(**facts["calibration"])
        if len(calibration.bias) != len(classes):
            raise ValueError("a calibration has an addend for each class")
        limits: dict[str, float | None] = {}
        for level, limit in facts["limits"].items():
            limits[str(level)] = None if limit is None else float(limit)
        spread = float(facts["spread"])
        operating = _operating_point(facts["operating"], classes) if facts["operating"] else None
        numbers = [calibration.temperature, *calibration.bias, spread]
        numbers += [limit for limit in limits.values() if limit is not None]
        if operating is not None:
            numbers.append(operating.threshold)
        if not all(isfinite(number) for number in numbers):
            raise ValueError("all numbers of a decision rule are finite")
        return cls(classes, calibration, limits, spread, operating)


def _operating_point(facts: Mapping[str, Any], classes: tuple[str, ...]) -> OperatingPoint:
    """From plain values; raises ValueError, KeyError or TypeError for others."""
    point = OperatingPoint(**{**facts, "positive": tuple(facts["positive"])})
    positive = set(point.positive) & set(classes)
    if not 0 < len(positive) < len(classes):
        raise ValueError(f"some classes are positive and some are not; not so {point.positive}")
    return point
