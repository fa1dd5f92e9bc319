"""How the vote of all models is to be read: what was learned from the out-of-fold predictions, beside the models."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np

from boost.settings import BoostError
from boost.uncertainty.calibrate import RECALIBRATED, TEMPERATURE, Calibration, calibrate
from boost.uncertainty.conformal import KINDS, MARGINAL, Limit, Limits, fit_sets, prediction_sets


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
    limits: Limits  # by level: the least calibrated probability in a conformal set, or that of each class; None: 0
    spread: float  # of the lead from view to view, see boost.uncertainty.adaptive_views
    operating: OperatingPoint | None  # None where there is no two-class task
    set_kind: str = MARGINAL  # of boost.uncertainty.conformal.KINDS

    @classmethod
    def fit(
        cls,
        classes: tuple[str, ...],
        predicted: np.ndarray,
        labels: np.ndarray,
        groups: np.ndarray,
        spread: float,
        operating: OperatingPoint | None,
        set_kind: str = MARGINAL,
        method: str = TEMPERATURE,
    ) -> "DecisionRule":
        """Learn from out-of-fold predictions (image, class), their labels (image,) and patients (image,).

        `predicted` are as the models vote; `method` is that of the calibration.
        """
        calibration, limits = fit_sets(predicted, labels, groups, set_kind, method)
        return cls(classes, calibration, limits, spread, operating, set_kind)

    @property
    def is_recalibrated(self) -> bool:
        """Whether class and score are those of the calibrated probabilities, rather than of the vote itself."""
        return self.calibration.method == RECALIBRATED

    def decisive(self, vote: np.ndarray) -> np.ndarray:
        """The probabilities that decide on class and score, (image, class), of those of a vote."""
        return self.calibrated(vote) if self.is_recalibrated else vote

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

    def always_in_sets(self, level: str) -> tuple[str, ...]:
        """The classes without a limit at a level, which every set holds, since too few patients had them."""
        limit = self.limits[level]
        of_classes = limit if isinstance(limit, tuple) else (limit,) * len(self.classes)
        return tuple(name for name, of_class in zip(self.classes, of_classes, strict=True) if of_class is None)

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
        set_kind = facts.get("set_kind", MARGINAL)  # bundles of 0.1.0 do not say
        limits = _limits(facts["limits"], set_kind, len(classes))
        spread = float(facts["spread"])
        operating = _operating_point(facts["operating"], classes) if facts["operating"] else None
        numbers = [calibration.temperature, *calibration.bias, calibration.share_weight, *calibration.shares, spread]
        for limit in limits.values():
            of_classes = limit if isinstance(limit, tuple) else (limit,)
            numbers += [of_class for of_class in of_classes if of_class is not None]
        if operating is not None:
            numbers.append(operating.threshold)
        if not all(isfinite(number) for number in numbers):
            raise ValueError("all numbers of a decision rule are finite")
        return cls(classes, calibration, limits, spread, operating, set_kind)


def _limits(facts: Mapping[str, Any], set_kind: str, classes: int) -> Limits:
    """From plain values; raises ValueError or TypeError for others."""
    levels = [float(level) for level in facts]
    if not all(0 < level < 1 for level in levels) or len(set(levels)) < len(levels):
        raise ValueError(f"levels are different shares between 0 and 1, not {', '.join(map(str, facts))}")
    if set_kind not in KINDS:
        raise ValueError(f"sets are of the kind {' or '.join(KINDS)}, not {set_kind}")
    if set_kind == MARGINAL:
        return {level: _limit(limit) for level, limit in facts.items()}
    if any(len(of_classes) != classes for of_classes in facts.values()):
        raise ValueError("class-conditional sets have a limit for each class")
    return {level: tuple(_limit(limit) for limit in of_classes) for level, of_classes in facts.items()}


def _limit(value: Any) -> Limit:
    """A limit from a plain value."""
    return None if value is None else float(value)


def _operating_point(facts: Mapping[str, Any], classes: tuple[str, ...]) -> OperatingPoint:
    """From plain values; raises ValueError, KeyError or TypeError for others."""
    point = OperatingPoint(**{**facts, "positive": tuple(facts["positive"])})
    if not isinstance(point.rule, str) or not isinstance(point.aim, str):
        raise ValueError("rule and aim of an operating point are words")
    positive = set(point.positive) & set(classes)
    if not 0 < len(positive) < len(classes):
        raise ValueError(f"some classes are positive and some are not; not so {point.positive}")
    return point
