"""What the chapters of an external test are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from report.evaluation import Evaluation
from report.external.net_benefit import TwoClassTruth
from report.external.recalibration import Recalibration, recalibration
from report.external.two_cohorts import Change, change
from report.measures.all_images import intervals_of, is_two_class, overall_measures
from report.out_of_fold import OutOfFold
from report.statistics.clustered import clustered_interval
from report.statistics.influence import share
from report.statistics.intervals import Interval
from report.statistics.predictive_values import negative_value, positive_value

COMPARED = ("accuracy", "balanced accuracy", "AUC")  # with cross-validation


@dataclass(frozen=True, eq=False)
class ExternalResult:
    """A bundle's answers for new images, and what cross-validation had said of it. Rows are those of the answers."""

    evaluation: Evaluation  # of the answers
    expected: OutOfFold  # the out-of-fold predictions for the training images
    calibrated: np.ndarray  # (n, classes)
    is_outlier: np.ndarray  # (n,) bool, further from the training images than was measured
    facts: str  # in a sentence, what the bundle was made of
    promise: str = ""  # where the expected numbers are not those of a cross-validation, a sentence that says so
    learned_on: str = "the training images"  # from what its calibration and its sets were learned
    aim: str = ""  # what the bundle's threshold was chosen for; "" where it has none for these positive classes
    prevalence: float | None = None  # of positives where the bundle is to be used; None: as among these images
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)  # further facts of the images, (n,) text

    @property
    def answers(self) -> OutOfFold:
        """The answers, as one fold that no model was trained on."""
        return self.evaluation.out_of_fold

    @cached_property
    def group(self) -> np.ndarray:
        """Patients as numbers, (n,)."""
        return patient_numbers(self.answers)

    @property
    def is_two_class(self) -> bool:
        """Whether there are positive and negative images."""
        return is_two_class(self.answers)

    @property
    def cut(self) -> float:
        """The threshold from which on images are called positive."""
        return self.evaluation.threshold

    @property
    def called(self) -> np.ndarray:
        """Which images are called positive, (n,) bool."""
        return self.answers.called(self.cut)

    @property
    def two_class_truth(self) -> TwoClassTruth:
        """What the decision curve is made from: the calibrated probability of any positive class."""
        positive = np.isin(self.answers.classes, self.answers.positive or ())  # (classes,)
        probability = self.calibrated[:, positive].sum(axis=1)  # (n,)
        return TwoClassTruth(self.answers.truth, probability, self.group, self.prevalence)

    @cached_property
    def measures(self) -> dict[str, Interval]:
        """Each measure over all images with its interval by patient; PPV and NPV at the prevalence."""
        measures = intervals_of(self.evaluation.measures, self.group)
        if self.is_two_class and self.prevalence is not None:
            shares = measures["sensitivity"], measures["specificity"]
            measures["PPV"] = positive_value(*shares, self.prevalence)
            measures["NPV"] = negative_value(*shares, self.prevalence)
        return measures

    @property
    def kinds(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Whether each image is of a class and its calibrated probability of it, (n,) each; likewise of any positive.

        Of two classes one: the other says the same.
        """
        answers, kinds = self.answers, {}
        for column, name in enumerate(answers.classes):
            kinds[name] = answers.label == name, self.calibrated[:, column]
        if len(answers.classes) == 2:
            asked = (answers.positive or answers.classes[1:])[0]
            return {asked: kinds[asked]}
        if self.is_two_class:
            kinds["positive"] = answers.truth, self.two_class_truth.probability
        return kinds

    @cached_property
    def recalibrations(self) -> dict[str, Recalibration]:
        """Slope and intercept of each of the kinds."""
        return {name: recalibration(*kind, self.group) for name, kind in self.kinds.items()}

    def accuracy_among(self, images: np.ndarray) -> Interval:
        """The accuracy on some images, (n,) bool."""
        right = self.answers.label == self.answers.predicted  # (n,)
        return clustered_interval(share(right, images), self.group)

    @cached_property
    def changes(self) -> dict[str, Change]:
        """Accuracy, balanced accuracy and AUC in cross-validation and here, on the classes that are here."""
        there = self.expected.take(np.isin(self.expected.label, self.answers.label))
        expected = intervals_of(overall_measures(there), patient_numbers(there))
        changes = {}
        for name in COMPARED:
            if name in expected and name in self.measures:
                changes[name] = change(expected[name], self.measures[name])
        return changes


def patient_numbers(out_of_fold: OutOfFold) -> np.ndarray:
    """Each image's patient as a number, (n,); an image of an unknown patient is one by itself."""
    return np.unique(out_of_fold.groups, return_inverse=True)[1]
