"""Operating points chosen without the images they are judged on, beside the same choice made with hindsight."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_curve

from report.answers import Answers
from report.intervals import Interval, point_intervals
from report.resample import Resamples

SENSITIVITY = 0.95  # asked of the operating point that finds nearly all


@dataclass(frozen=True, eq=False)
class Chosen:
    """What a rule for choosing the threshold achieves."""

    aim: str
    hindsight: float  # the threshold chosen on all images
    thresholds: np.ndarray  # (folds,) those chosen without each fold
    naive: dict[str, Interval]  # sensitivity and specificity, judged on the images of the choice
    honest: dict[str, Interval]  # each fold judged by the threshold of the others

    def gap(self, measure: str) -> float:
        """How much too good the choice with hindsight looks."""
        return self.naive[measure].value - self.honest[measure].value


def at_least_sensitive(alarms: np.ndarray, found: np.ndarray) -> int:
    """The point of a curve with the fewest alarms among those that find SENSITIVITY of the positives."""
    return int(np.flatnonzero(found >= SENSITIVITY - 1e-9)[0])  # both rise along the curve


def youden(alarms: np.ndarray, found: np.ndarray) -> int:
    """The point of a curve with the largest sensitivity + specificity (Youden 1950, Cancer 3:32).

    In a tie the more sensitive one: a miss is worse than an alarm.
    """
    total = found - alarms  # (points,)
    return int(np.flatnonzero(total >= total.max() - 1e-9)[-1])


AIMS: dict[str, Callable[[np.ndarray, np.ndarray], int]] = {
    f"sensitivity ≥ {100 * SENSITIVITY:.0f} %": at_least_sensitive,
    "Youden": youden,
}


def choose(truth: np.ndarray, score: np.ndarray, aim: str) -> float:
    """The threshold that reaches an aim on these images, halfway to the next score below it: (n,), (n,) -> a score.

    >>> choose(np.array([False, False, True, True]), np.array([0.1, 0.2, 0.6, 0.9]), "Youden")
    0.4
    """
    alarms, found, thresholds = roc_curve(truth, score, drop_intermediate=False)  # (points,) each
    at = AIMS[aim](alarms, found)
    if not np.isfinite(thresholds[at]):
        return float(np.max(score)) + 1e-9  # nothing is called positive
    below = score[score < thresholds[at]]
    return float((thresholds[at] + below.max()) / 2) if len(below) else float(thresholds[at])


def nested_points(answers: Answers, resamples: Resamples) -> list[Chosen] | None:
    """Each aim's threshold chosen fold by fold on the other folds' answers; None where `why_not_nested` says why.

    The other folds' answers come from models that were trained on this fold's images among others; only models within
    models would remove that, and it does not touch the choice of one number much. Intervals take the thresholds as
    they are.
    """
    if answers.score is None or why_not_nested(answers):
        return None
    truth, score, fold = answers.truth, answers.score, answers.fold  # (n,) each
    results = []
    for aim in AIMS:
        each = {number: choose(truth[fold != number], score[fold != number], aim) for number in np.unique(fold)}
        hindsight = choose(truth, score, aim)
        called = score >= np.array([each[number] for number in fold])  # (n,)
        naive, honest = (point_intervals(truth, by, resamples) for by in (score >= hindsight, called))
        results.append(Chosen(aim, hindsight, np.array(list(each.values())), naive, honest))
    return results


def why_not_nested(answers: Answers) -> str | None:
    """The sentence that stands where the table would, or None."""
    if answers.positive is None or answers.score is None:
        return "No operating point is chosen: there are no positive classes (--positive)."
    kinds = [len(np.unique(answers.truth[answers.fold != number])) for number in np.unique(answers.fold)]
    if min(kinds) < 2:
        return "No operating point is chosen: without some fold, one of the two kinds of images is not there."
    return None
