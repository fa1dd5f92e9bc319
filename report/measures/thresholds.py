"""Operating points chosen without the images they are judged on, beside the same choice made with hindsight."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score, roc_curve

from report.measures.accuracy import accuracy_by_fold
from report.out_of_fold import OutOfFold
from report.statistics.bootstrap import Resamples
from report.statistics.intervals import Interval, point_intervals

SENSITIVITY = 0.95  # asked of the operating point that finds nearly all


@dataclass(frozen=True, eq=False)
class ThresholdChoice:
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


def threshold_points(answers: OutOfFold, resamples: Resamples) -> list[ThresholdChoice] | None:
    """Each aim's threshold chosen fold by fold on the other folds' answers; None where `why_no_threshold` says why.

    The other folds' answers come from models that were trained on this fold's images among others; only models within
    models would remove that, and it does not touch the choice of one number much. Intervals take the thresholds as
    they are.
    """
    if answers.score is None or why_no_threshold(answers):
        return None
    truth, score, fold = answers.truth, answers.score, answers.fold  # (n,) each
    results = []
    for aim in AIMS:
        each = {number: choose(truth[fold != number], score[fold != number], aim) for number in np.unique(fold)}
        hindsight = choose(truth, score, aim)
        called = score >= np.array([each[number] for number in fold])  # (n,)
        naive, honest = (point_intervals(truth, by, resamples) for by in (score >= hindsight, called))
        results.append(ThresholdChoice(aim, hindsight, np.array(list(each.values())), naive, honest))
    return results


def why_no_threshold(answers: OutOfFold) -> str | None:
    """The sentence that stands where the table would, or None."""
    if answers.positive is None or answers.score is None:
        return "No operating point is chosen: there are no positive classes (--positive)."
    kinds = [len(np.unique(answers.truth[answers.fold != number])) for number in np.unique(answers.fold)]
    if min(kinds) < 2:
        return "No operating point is chosen: without some fold, one of the two kinds of images is not there."
    return None


THRESHOLDS = (0.33, 0.50)  # the paper's operating points: high sensitivity, and the class answered


@dataclass(frozen=True, eq=False)
class TwoClass:
    """A two-class result; accuracies, sensitivities and specificities in per cent."""

    positive: tuple[str, ...]
    rule: str
    accuracy: pd.Series  # (folds,), at 0.50
    auc: float  # over all images together
    points: pd.DataFrame  # (thresholds, sensitivity + specificity + "missed <class>" per positive class)


def two_class(answers: OutOfFold) -> TwoClass | None:
    """The two-class result, or None where `why_not_two_class` says why there is none."""
    if answers.positive is None or answers.score is None or why_not_two_class(answers):
        return None
    points = pd.DataFrame({threshold: operating_point(answers, threshold) for threshold in THRESHOLDS}).T
    return TwoClass(
        positive=answers.positive,
        rule=answers.rule,
        accuracy=accuracy_by_fold(answers.truth, answers.called(0.50), answers.fold),
        auc=float(roc_auc_score(answers.truth, answers.score)),
        points=points.rename_axis("threshold"),
    )


def why_not_two_class(answers: OutOfFold) -> str | None:
    """The sentence that stands where the two-class table would, or None where there is one."""
    if answers.positive is None:
        known = ", ".join(answers.classes)
        return f"No two-class table and no ROC: name the positive classes with --positive (of {known}) to get them."
    if len(np.unique(answers.truth)) == 1:
        kind = "is" if answers.truth[0] else "is not"
        return f"No two-class table and no ROC: every image {kind} one of {', '.join(answers.positive)} (--positive)."
    return None


def operating_point(answers: OutOfFold, threshold: float) -> dict[str, float]:
    """Sensitivity and specificity in per cent, and how many images of each positive class are missed."""
    truth, called = answers.truth, answers.called(threshold)  # (n,), (n,)
    rates = {"sensitivity": 100 * called[truth].mean(), "specificity": 100 * (~called[~truth]).mean()}
    missed = {f"missed {name}": np.sum(~called & (answers.label == name)) for name in answers.positive or ()}
    return {column: float(value) for column, value in (rates | missed).items()}
