"""Scores that rank images the wrong way round, as columns or labels that were swapped on the way do."""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

from cohort.checks.notices import Notice
from report.out_of_fold import OutOfFold
from report.section import estimate
from report.statistics.clustered import clustered_interval
from report.statistics.influence import auc_within_folds
from report.statistics.patient_groups import PatientGroups

BELOW, CHANCE = 0.3, 0.5  # an AUC below, with an interval below chance, is no model that learned nothing
MANY_CLASSES = 20  # with more, pairs of classes are not looked at
SHOWN = 3


class Ranking(NamedTuple):
    """A score that should be higher for images of one kind than for the others."""

    name: str
    rows: np.ndarray  # (n,) bool, the images that are ranked
    truth: np.ndarray  # (n,) bool, which of all images are of the kind
    score: np.ndarray  # (n,)
    highest: float = CHANCE  # the interval of its AUC must lie below


def swapped_columns(answers: OutOfFold, groups: PatientGroups, source: str = "") -> list[Notice]:
    """A warning where the score of the positive classes, of a class or between two classes is the wrong way round.

    `source` is how the warning calls the predictions. From pairs of images of the same fold: across folds the AUC falls
    below 0.5 without any signal.
    """
    suspects = {}
    for ranking in rankings(answers):
        rows = ranking.rows
        auc = auc_within_folds(ranking.truth[rows], ranking.score[rows], answers.fold[rows])
        interval = clustered_interval(auc, groups.group[rows])
        if interval.value < BELOW and interval.high < ranking.highest:
            suspects[ranking.name] = interval
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


def rankings(answers: OutOfFold) -> Iterator[Ranking]:
    """The score of the positive classes; of each class against the rest, and between each two classes.

    Of two classes one score says all. Where two of several columns are swapped, either class against the rest has an
    AUC not far below 0.5, and the two against each other one near 0; as there are many pairs, the whole interval of
    such an AUC must lie below BELOW.
    """
    everybody = np.full(len(answers.images), True)
    is_one_score = len(answers.classes) == 2
    if answers.positive and answers.score is not None:
        yield Ranking(" + ".join(answers.positive), everybody, answers.truth, answers.score)
        if is_one_score:
            return
    if answers.probabilities is None:
        return
    is_of = {name: answers.label == name for name in answers.classes}
    columns = dict(zip(answers.classes, answers.probabilities.T, strict=True))
    for name in answers.classes[1:] if is_one_score else answers.classes:
        yield Ranking(name, everybody, is_of[name], columns[name])
    if 2 < len(answers.classes) <= MANY_CLASSES:
        for one, other in combinations(answers.classes, 2):
            rows = is_of[one] | is_of[other]
            yield Ranking(f"{one} against {other}", rows, is_of[one], columns[one] - columns[other], BELOW)
