"""What a bundle's threshold costs wherever it is put: by its out-of-fold predictions, at a prevalence that is said.

>>> slider = ThresholdSlider.of(bundle)
>>> at = slider.at(threshold=0.5, prevalence=0.1)
>>> at.true_positives + at.false_negatives == slider.positives
True
>>> at.positive_value.low <= at.positive_value.value <= at.positive_value.high
True
"""

from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from boost.settings import BoostError
from report.measures.all_images import is_two_class, point_measures
from report.out_of_fold import OutOfFold
from report.statistics.clustered import clustered_interval
from report.statistics.intervals import Interval
from report.statistics.patient_groups import PatientGroups, cohort_sentence
from report.statistics.predictive_values import negative_value, positive_value

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle

OF_PREDICTIVE_VALUES = (
    "PPV and NPV are those at the prevalence that you set, from this sensitivity and specificity by Bayes' rule; the "
    "prevalence itself is taken as known."
)


@dataclass(frozen=True)
class ThresholdPoint:
    """What calling images positive from one score on achieves among those of the training, each asked out-of-fold."""

    threshold: float
    prevalence: float
    sensitivity: Interval  # with 95 % intervals by patient, as all of these
    specificity: Interval
    positive_value: Interval  # at the prevalence; NaN where nobody is called
    negative_value: Interval
    true_positives: int  # images
    false_negatives: int
    false_positives: int
    true_negatives: int


@dataclass(frozen=True, eq=False)
class ThresholdSlider:
    """The out-of-fold predictions of a bundle with a two-class task."""

    out_of_fold: OutOfFold  # of images of both kinds
    chosen: float  # the threshold of the bundle
    aim: str = ""  # what it was chosen for

    @classmethod
    def of(cls, bundle: "Bundle") -> "ThresholdSlider | None":
        """That of a bundle; None where it has no two-class task."""
        from workflow.external_test import expected_of  # with it come figures, which a slider has no need of

        point = bundle.decision.operating
        if point is None:
            return None
        out_of_fold = expected_of(bundle, point.positive, point.rule)
        if not is_two_class(out_of_fold):
            return None
        return cls(out_of_fold, point.threshold, point.aim)

    def at(self, threshold: float, prevalence: float | None = None) -> ThresholdPoint:
        """One position of the slider, at the prevalence of positives there, or among the training images (None).

        Raises BoostError for a threshold that is no number, and a prevalence outside of [0, 1].
        """
        prevalence = self.prevalence if prevalence is None else prevalence
        if not isfinite(threshold):
            raise BoostError(f"a threshold is a number, not {threshold}; scores lie between 0 and 1")
        if not 0 <= prevalence <= 1:  # NaN is not
            raise BoostError(f"a prevalence lies between 0 and 1, not at {prevalence}; give a share such as 0.1")
        truth, called = self.truth, self.out_of_fold.called(threshold)  # (n,), (n,)
        measures = point_measures(truth, called)
        sensitivity = clustered_interval(measures["sensitivity"], self.groups.group)
        specificity = clustered_interval(measures["specificity"], self.groups.group)
        return ThresholdPoint(
            threshold=threshold,
            prevalence=prevalence,
            sensitivity=sensitivity,
            specificity=specificity,
            positive_value=positive_value(sensitivity, specificity, prevalence),
            negative_value=negative_value(sensitivity, specificity, prevalence),
            true_positives=int(np.sum(truth & called)),
            false_negatives=int(np.sum(truth & ~called)),
            false_positives=int(np.sum(~truth & called)),
            true_negatives=int(np.sum(~truth & ~called)),
        )

    @property
    def positive(self) -> tuple[str, ...]:
        """The classes that count as positive."""
        return self.out_of_fold.positive or ()

    @cached_property
    def truth(self) -> np.ndarray:
        """Which images are positive, (n,) bool."""
        return self.out_of_fold.truth

    @property
    def positives(self) -> int:
        """How many."""
        return int(self.truth.sum())

    @property
    def prevalence(self) -> float:
        """Their share among the training images, which hardly ever is that among patients."""
        return float(self.truth.mean())

    @cached_property
    def groups(self) -> PatientGroups:
        """Whose each image is."""
        return PatientGroups.of(self.out_of_fold)

    @property
    def sentence(self) -> str:
        """What the numbers rest on."""
        return f"{cohort_sentence(self.groups)} {OF_PREDICTIVE_VALUES}"

    def curve(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sensitivity and specificity wherever they change: thresholds, ascending, and both at them, (points,) each."""
        score = np.asarray(self.out_of_fold.score)  # (n,)
        thresholds = np.unique(score)  # (points,)
        below = np.searchsorted(np.sort(score[self.truth]), thresholds)  # (points,): positives that are missed
        spared = np.searchsorted(np.sort(score[~self.truth]), thresholds)  # (points,)
        return thresholds, 1 - below / self.positives, spared / (len(score) - self.positives)
