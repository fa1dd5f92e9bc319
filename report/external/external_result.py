"""What the chapters of an external test are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from report.evaluation import Evaluation
from report.external.net_benefit import TwoClassTruth, predictive_values
from report.external.two_cohorts import Change, change
from report.out_of_fold import OutOfFold
from report.statistics.clustered import clustered_interval
from report.statistics.influence import Linearised, auc, auc_within_folds, balanced_accuracy, kappa, share
from report.statistics.intervals import Interval


@dataclass(frozen=True, eq=False)
class ExternalResult:
    """A bundle's answers for new images, and what cross-validation had said of it. Rows are those of the answers."""

    evaluation: Evaluation  # of the answers
    expected: OutOfFold  # the out-of-fold predictions for the training images
    calibrated: np.ndarray  # (n, classes)
    is_outlier: np.ndarray  # (n,) bool, further from the training images than was measured
    facts: str  # in a sentence, what the bundle was made of
    threshold: float | None = None  # frozen in the bundle; None where it has none for these positive classes
    aim: str = ""  # what it was chosen for
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
        return self.answers.score is not None and len(np.unique(self.answers.truth)) == 2

    @property
    def cut(self) -> float:
        """The threshold from which on images are called positive."""
        return 0.5 if self.threshold is None else self.threshold

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
        """Each measure over all images with its interval by patient."""
        return {name: clustered_interval(measure, self.group) for name, measure in self._linearised().items()}

    def _linearised(self) -> dict[str, Linearised]:
        answers = self.answers
        measures = {
            "accuracy": share(answers.label == answers.predicted, np.ones(len(answers.label))),
            "balanced accuracy": balanced_accuracy(answers.label, answers.predicted),
            "Cohen's kappa": kappa(answers.label, answers.predicted),
        }
        if not self.is_two_class:
            return measures
        truth, called = answers.truth, self.called
        positive, negative = predictive_values(truth, called, self.prevalence)
        return measures | {
            "AUC": auc(truth, np.asarray(answers.score)),
            "sensitivity": share(called, truth),
            "specificity": share(~called, ~truth),
            "PPV": positive,
            "NPV": negative,
        }

    def accuracy_among(self, images: np.ndarray) -> Interval:
        """The accuracy on some images, (n,) bool."""
        right = self.answers.label == self.answers.predicted  # (n,)
        return clustered_interval(share(right, images), self.group)

    @cached_property
    def changes(self) -> dict[str, Change]:
        """Accuracy, balanced accuracy and AUC in cross-validation and here, on the classes that are here."""
        there = self.expected.take(np.isin(self.expected.label, self.answers.label))
        group = patient_numbers(there)
        right = there.label == there.predicted  # (images there,)
        measures = {
            "accuracy": share(right, np.ones(len(right))),
            "balanced accuracy": balanced_accuracy(there.label, there.predicted),
        }
        if self.is_two_class and there.score is not None:
            measures["AUC"] = auc_within_folds(there.truth, there.score, there.fold)
        changes = {}
        for name, measure in measures.items():
            changes[name] = change(clustered_interval(measure, group), self.measures[name])
        return changes


def patient_numbers(out_of_fold: OutOfFold) -> np.ndarray:
    """Each image's patient as a number, (n,); an image of an unknown patient is one by itself."""
    return np.unique(out_of_fold.groups, return_inverse=True)[1]
