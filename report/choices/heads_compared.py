"""Heads side by side: what each achieves, what each is beside the default, and what choosing the best looks like.

The best of many heads on these images was chosen by these images, and looks better than it is. Chosen inside - for each
fold anew, by the images of the other folds alone - the same choice is honest, and the best less that is the optimism.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from report.comparison import Comparison, compare
from report.measures.all_images import auc_of, has_auc
from report.measures.calibration import Quality, quality
from report.out_of_fold import OutOfFold
from report.statistics.clustered import clustered_interval
from report.statistics.influence import balanced_accuracy, mean
from report.statistics.intervals import Interval
from report.statistics.metrics import losses
from report.statistics.patient_groups import PatientGroups

EVERY_VARIANT = "all variants"  # together
INSIDE = "chosen inside"  # a row

Candidate = tuple[str, str]  # a head, and a variant or EVERY_VARIANT


@dataclass(frozen=True, eq=False)
class HeadsCompared:
    """The answers of every head, all for the same images in the same order."""

    default: str  # the head of the result
    candidates: Mapping[Candidate, OutOfFold]  # the result first
    chosen: OutOfFold | None = None  # each fold's by what was chosen without it; None: nothing was chosen
    of_fold: Mapping[int, Candidate] = field(default_factory=dict)  # what was chosen, by fold
    why_not_chosen: str = ""

    @property
    def heads(self) -> dict[str, OutOfFold]:
        """Each head on all variants together."""
        return {head: answers for (head, variant), answers in self.candidates.items() if variant == EVERY_VARIANT}

    @property
    def rows(self) -> dict[str, OutOfFold]:
        """The heads and, where there is one, what was chosen inside."""
        return self.heads if self.chosen is None else {**self.heads, INSIDE: self.chosen}

    @property
    def result(self) -> OutOfFold:
        """The default head's answers on all variants."""
        return self.candidates[self.default, EVERY_VARIANT]

    def times_chosen(self) -> dict[Candidate, int]:
        """In how many folds each was chosen, the most frequent first."""
        counts = Counter(self.of_fold[fold] for fold in sorted(self.of_fold))
        return dict(counts.most_common())


@dataclass(frozen=True)
class HeadMeasures:
    """What one head achieves over all images."""

    measures: dict[str, Interval]  # accuracy, balanced accuracy and, where there is one, AUC
    quality: Quality  # of its probabilities


def measures_of_head(
    answers: OutOfFold, groups: PatientGroups, resamples: np.ndarray, rng: np.random.Generator
) -> HeadMeasures:
    """The measures with their intervals by patient; `resamples` (times, n) are for the calibration error."""
    label, predicted = answers.label, answers.predicted  # (n,), (n,)
    linearised = {"accuracy": mean(label == predicted), "balanced accuracy": balanced_accuracy(label, predicted)}
    if has_auc(answers):
        linearised["AUC"] = auc_of(answers, answers.auc)
    intervals = {name: clustered_interval(measure, groups.group) for name, measure in linearised.items()}
    probabilities = np.asarray(answers.probabilities)  # (n, classes)
    return HeadMeasures(intervals, quality(probabilities, answers, groups, resamples, rng))


def beside_default(compared: HeadsCompared) -> dict[str, Comparison]:
    """Each head, and what was chosen inside, compared with the default image by image."""
    comparisons = {}
    for name, answers in compared.rows.items():
        if name != compared.default:
            comparisons[name] = compare(compared.result, answers, (compared.default, name))
    return comparisons


@dataclass(frozen=True)
class Optimism:
    """The best of one measure with hindsight, and the same measure of what was chosen inside."""

    best: Candidate
    hindsight: float
    inside: float

    @property
    def value(self) -> float:
        """The best minus what was chosen inside: above 0 for accuracy, below for log-loss."""
        return self.hindsight - self.inside


def optimism(compared: HeadsCompared) -> dict[str, Optimism]:
    """Of accuracy and log-loss; nothing where nothing was chosen inside."""
    if compared.chosen is None:
        return {}
    accuracies = {candidate: accuracy_of(answers) for candidate, answers in compared.candidates.items()}
    log_losses = {candidate: log_loss_of(answers) for candidate, answers in compared.candidates.items()}
    most_right = max(accuracies, key=lambda candidate: accuracies[candidate])
    least_loss = min(log_losses, key=lambda candidate: log_losses[candidate])
    return {
        "accuracy": Optimism(most_right, accuracies[most_right], accuracy_of(compared.chosen)),
        "log-loss": Optimism(least_loss, log_losses[least_loss], log_loss_of(compared.chosen)),
    }


def accuracy_of(answers: OutOfFold) -> float:
    """The share of images that are right."""
    return float(np.mean(answers.predicted == answers.label))


def log_loss_of(answers: OutOfFold) -> float:
    """The mean log-loss in nats."""
    log_loss, _ = losses(np.asarray(answers.probabilities), answers.codes)  # (n,)
    return float(log_loss.mean())
