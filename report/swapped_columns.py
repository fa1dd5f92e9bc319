"""Scores that rank images the wrong way round, as columns or labels that were swapped on the way do."""

import numpy as np

from cohort.checks.notices import Notice
from report.out_of_fold import OutOfFold
from report.section import estimate
from report.statistics.clustered import clustered_interval
from report.statistics.influence import auc_within_folds
from report.statistics.patient_groups import PatientGroups

BELOW, CHANCE = 0.3, 0.5  # an AUC below, with an interval below chance, is no model that learned nothing
SHOWN = 3


def swapped_columns(answers: OutOfFold, groups: PatientGroups, source: str = "") -> list[Notice]:
    """A warning where the score of the positive classes, or of a class against the rest, is the wrong way round.

    `source` is how the warning calls the predictions. From pairs of images of the same fold: across folds the AUC falls
    below 0.5 without any signal.
    """
    suspects = {}
    for name, (truth, score) in scores_of(answers).items():
        interval = clustered_interval(auc_within_folds(truth, score, answers.fold), groups.group)
        if interval.value < BELOW and interval.high < CHANCE:
            suspects[name] = interval
    if not suspects:
        return []
    worst = sorted(suspects, key=lambda name: suspects[name].value)[:SHOWN]
    named = ", ".join(f"{name} {estimate('AUC', suspects[name])}" for name in worst)
    beginning = f"{source}: " if source else ""
    sentence = (
        f"{beginning}columns may be swapped: AUC of {named}, which is below what guessing gives; look whether columns "
        "of probabilities, or labels, have changed places"
    )
    return [Notice("swapped-columns", sentence)]


def scores_of(answers: OutOfFold) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Whether each image is of a kind (n,) bool, and its score (n,): of the positive classes, and of each class.

    Of two classes one says all.
    """
    scores = {}
    if answers.positive and answers.score is not None:
        scores[" + ".join(answers.positive)] = answers.truth, answers.score
    if answers.probabilities is not None and not (scores and len(answers.classes) == 2):
        classes = answers.classes[1:] if len(answers.classes) == 2 else answers.classes
        for name in classes:
            scores[name] = answers.label == name, answers.probabilities[:, answers.classes.index(name)]
    return scores
