"""What becomes of answers when images are altered: every measure at every setting, paired with the unaltered images.

The intervals take the images of a patient together, as all others of a report do; that of a change is the paired one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from imaging.alter.alterations import ALTERATIONS
from report.measures.calibration import quality
from report.out_of_fold import OutOfFold
from report.statistics.bootstrap import resample
from report.statistics.clustered import clustered_interval, difference_interval
from report.statistics.influence import mean, share
from report.statistics.intervals import Interval
from report.statistics.patient_groups import PatientGroups

RESAMPLES = 500  # for the calibration error alone


@dataclass(frozen=True, eq=False)
class AlteredAnswers:
    """The answers for all images at one setting."""

    alteration: str  # a key of ALTERATIONS
    value: float
    answers: OutOfFold
    sets: np.ndarray  # (n, class) bool: which classes the conformal set holds

    @property
    def covered(self) -> np.ndarray:
        """Whether the conformal set holds the true class, (n,)."""
        return self.sets[np.arange(len(self.sets)), self.answers.codes]


@dataclass(frozen=True)
class RobustPoint:
    """The measures at one setting."""

    alteration: str
    value: float
    accuracy: Interval
    change: Interval | None  # of accuracy against the unaltered images; None for these themselves
    above_guess: Interval  # accuracy minus that of naming the most frequent class
    log_loss: Interval
    calibration_error: Interval
    coverage: Interval
    set_size: float  # classes in a set, on average
    flips: Interval | None  # the share of answers that differ from that for the unaltered image
    recall: Mapping[str, Interval]  # by class

    @property
    def is_below_guess(self) -> bool:
        """Whether it is right less often than the most frequent class would be."""
        return self.above_guess.value < 0

    @property
    def is_like_guess(self) -> bool:
        """Whether it cannot be told from naming the most frequent class, or is below it."""
        return not self.above_guess.low > 0


@dataclass(frozen=True, eq=False)
class Robustness:
    """All answers, and what they come to."""

    name: str
    unaltered: AlteredAnswers
    altered: Sequence[AlteredAnswers]
    guess: np.ndarray  # (n,) the class that is named by who looks at no image
    views: int  # of an image
    level: str  # of the conformal sets
    models: str = "models that never saw it"  # whose answers they are, as a sentence says it
    doubts: tuple[str, ...] = ()  # what makes the numbers too good, if it holds

    @cached_property
    def groups(self) -> PatientGroups:
        """Whose each image is."""
        return PatientGroups.of(self.unaltered.answers)

    @cached_property
    def guess_accuracy(self) -> Interval:
        """Of naming the most frequent class."""
        return clustered_interval(mean(self.guess == self.unaltered.answers.label), self.groups.group)

    @cached_property
    def origin(self) -> RobustPoint:
        """The unaltered images."""
        return self._point(self.unaltered)

    @cached_property
    def points(self) -> dict[str, list[RobustPoint]]:
        """By alteration, the values ascending."""
        by_key: dict[str, list[RobustPoint]] = {}
        for key in ALTERATIONS:
            of_key = sorted((one for one in self.altered if one.alteration == key), key=lambda one: one.value)
            if of_key:
                by_key[key] = [self._point(one) for one in of_key]
        return by_key

    def curve(self, key: str) -> list[RobustPoint]:
        """The points of an alteration, the unaltered images among them where a value leaves images as they are."""
        points = list(self.points[key])
        neutral = ALTERATIONS[key].neutral
        if neutral is not None:
            points.append(self.origin)
        return sorted(points, key=lambda point: position(point, key))

    def _point(self, one: AlteredAnswers) -> RobustPoint:
        answers, before, group = one.answers, self.unaltered.answers, self.groups.group
        right = mean(answers.predicted == answers.label)
        was_right = mean(before.predicted == before.label)
        by_guess = mean(self.guess == answers.label)
        rng = np.random.default_rng(0)
        resamples = resample(self.groups, rng, RESAMPLES)
        good = quality(np.asarray(answers.probabilities), answers, self.groups, resamples, rng)
        is_origin = one is self.unaltered
        recall = {}
        for name in answers.classes:
            recall[name] = clustered_interval(share(answers.predicted == name, answers.label == name), group)
        return RobustPoint(
            alteration=one.alteration,
            value=one.value,
            accuracy=clustered_interval(right, group),
            change=None if is_origin else difference_interval(was_right, right, group),
            above_guess=difference_interval(by_guess, right, group),
            log_loss=good.log_loss,
            calibration_error=good.error,
            coverage=clustered_interval(mean(one.covered), group),
            set_size=float(one.sets.sum(axis=1).mean()),
            flips=None if is_origin else clustered_interval(mean(answers.predicted != before.predicted), group),
            recall=recall,
        )


def position(point: RobustPoint, key: str) -> float:
    """Where a point stands along the values of an alteration; the unaltered images stand at the neutral one."""
    neutral = ALTERATIONS[key].neutral
    return float(neutral or 0) if point.alteration != key else point.value


def answers_of(
    votes: np.ndarray, images: np.ndarray, labels: np.ndarray, fold: np.ndarray, patients: np.ndarray,
    classes: tuple[str, ...],
) -> OutOfFold:  # fmt: skip
    """Probabilities (n, class) for images (n,) as answers; a tie goes to the earlier class."""
    predicted = np.array(classes)[votes.argmax(axis=1)]
    return OutOfFold(images, labels, fold, predicted, classes, votes, patients=patients)
