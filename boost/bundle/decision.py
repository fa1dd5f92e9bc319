"""How the vote of all models is to be read: what was learned from the answers out of fold, kept with the models."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np

from boost.settings import BoostError
from boost.uncertainty.conformal import limits, prediction_sets
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
        answers: np.ndarray,
        labels: np.ndarray,
        groups: np.ndarray,
        spread: float,
        operating: OperatingPoint | None,
    ) -> "DecisionRule":
        """Learn from out-of-fold answers (image, class), their labels (image,) and patients (image,)."""
        calibration = fit_calibration(answers, labels)
        return cls(classes, calibration, limits(calibrate(calibration, answers), labels, groups), spread, operating)

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
        calibration, point = Calibration(**facts["calibration"]), facts["operating"]
        levels = {str(level): None if limit is None else float(limit) for level, limit in facts["limits"].items()}
        operating = point and OperatingPoint(**point | {"positive": tuple(point["positive"])})
        numbers = [calibration.temperature, float(facts["spread"]), *calibration.bias]
        numbers += [limit for limit in levels.values() if limit is not None] + ([operating.threshold] if point else [])
        if len(calibration.bias) != len(classes) or not all(map(isfinite, numbers)):
            raise ValueError("a calibration has an addend for each class, and all numbers are finite")
        if operating and not 0 < len(set(operating.positive) & set(classes)) < len(classes):
            raise ValueError(f"some classes are positive and some are not; not so {operating.positive}")
        return cls(classes, calibration, levels, float(facts["spread"]), operating)
