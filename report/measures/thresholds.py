"""Operating points chosen without the images they are judged on, beside the same choice made with hindsight."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import roc_curve

from cohort.files.offenders import some
from report.measures.accuracy import accuracy_by_fold
from report.measures.all_images import AT_HALF, has_auc, intervals_of, point_measures
from report.out_of_fold import OutOfFold
from report.statistics.intervals import Interval

SENSITIVITY = 0.95  # asked of the operating point that finds nearly all


@dataclass(frozen=True, eq=False)
class ThresholdChoice:
    """What a rule for choosing the threshold achieves."""

    aim: str
    hindsight: float  # the threshold chosen on all images
    thresholds: np.ndarray  # (folds,) those chosen without each fold
    on_all: dict[str, Interval]  # those of point_measures, judged on the images of the choice
    held_out: dict[str, Interval]  # each fold judged by the threshold of the others

    def gap(self, measure: str) -> float:
        """How much too good the choice with hindsight looks."""
        return self.on_all[measure].value - self.held_out[measure].value


def at_least_sensitive(false_positive_rate: np.ndarray, sensitivity: np.ndarray) -> int:
    """The point of a curve with the fewest false positives among those of SENSITIVITY or more."""
    return int(np.flatnonzero(sensitivity >= SENSITIVITY - 1e-9)[0])  # both rise along the curve


def youden(false_positive_rate: np.ndarray, sensitivity: np.ndarray) -> int:
    """The point of a curve with the largest sensitivity + specificity (Youden 1950, Cancer 3:32).

    In a tie the more sensitive one: a miss is worse than a false positive.
    """
    index = sensitivity - false_positive_rate  # (points,)
    return int(np.flatnonzero(index >= index.max() - 1e-9)[-1])


AIMS: dict[str, Callable[[np.ndarray, np.ndarray], int]] = {
    f"sensitivity ≥ {100 * SENSITIVITY:.0f} %": at_least_sensitive,
    "Youden": youden,
}


def choose(truth: np.ndarray, score: np.ndarray, aim: str) -> float:
    """The threshold that reaches an aim on these images, halfway to the next score below it: (n,), (n,) -> a score.

    >>> choose(np.array([False, False, True, True]), np.array([0.1, 0.2, 0.6, 0.9]), "Youden")
    0.4
    """
    false_positive_rate, sensitivity, thresholds = roc_curve(truth, score, drop_intermediate=False)  # (points,) each
    threshold = thresholds[AIMS[aim](false_positive_rate, sensitivity)]
    if not np.isfinite(threshold):
        return float(np.max(score)) + 1e-9  # nothing is called positive
    below = score[score < threshold]
    return float((threshold + below.max()) / 2) if len(below) else float(threshold)


def threshold_choices(out_of_fold: OutOfFold, group: np.ndarray) -> list[ThresholdChoice] | None:
    """Each aim's threshold chosen fold by fold on the other folds' scores; None where `why_no_threshold` says why.

    The other folds' scores come from models that were trained on this fold's images among others; only nested
    cross-validation would remove that, and it does not touch the choice of one number much. Intervals take the
    thresholds as they are.
    """
    if out_of_fold.score is None or why_no_threshold(out_of_fold):
        return None
    truth, score, fold = out_of_fold.truth, out_of_fold.score, out_of_fold.fold  # (n,) each
    folds, fold_of_image = np.unique(fold, return_inverse=True)  # (folds,), (n,)
    choices = []
    for aim in AIMS:
        hindsight = choose(truth, score, aim)
        thresholds = np.array([choose(truth[fold != left_out], score[fold != left_out], aim) for left_out in folds])
        on_all = intervals_of(point_measures(truth, score >= hindsight), group)
        held_out = intervals_of(point_measures(truth, score >= thresholds[fold_of_image]), group)
        choices.append(ThresholdChoice(aim, hindsight, thresholds, on_all, held_out))
    return choices


def why_no_threshold(out_of_fold: OutOfFold) -> str | None:
    """The sentence that stands where the table would, or None."""
    if out_of_fold.positive is None or out_of_fold.score is None:
        return "No operating point is chosen: there are no positive classes (--positive)."
    folds = np.unique(out_of_fold.fold)
    kinds = [len(np.unique(out_of_fold.truth[out_of_fold.fold != left_out])) for left_out in folds]
    if min(kinds) < 2:
        return "No operating point is chosen: without some fold, one of the two kinds of images is not there."
    return None


THRESHOLDS = (0.33, AT_HALF)  # the paper's operating points; the first is for high sensitivity


@dataclass(frozen=True, eq=False)
class TwoClass:
    """A two-class result; accuracies, sensitivities and specificities in per cent."""

    positive: tuple[str, ...]
    rule: str
    accuracy: pd.Series  # (folds,), at 0.50
    points: pd.DataFrame  # (thresholds, sensitivity + specificity + "missed <class>" per positive class)


def two_class(out_of_fold: OutOfFold) -> TwoClass | None:
    """The two-class result, or None where `why_not_two_class` says why there is none."""
    if out_of_fold.positive is None or out_of_fold.score is None or why_not_two_class(out_of_fold):
        return None
    points = {threshold: operating_point(out_of_fold, threshold) for threshold in THRESHOLDS}
    return TwoClass(
        positive=out_of_fold.positive,
        rule=out_of_fold.rule,
        accuracy=accuracy_by_fold(out_of_fold.truth, out_of_fold.called(0.50), out_of_fold.fold),
        points=pd.DataFrame(points).T.rename_axis("threshold"),
    )


def why_not_two_class(out_of_fold: OutOfFold) -> str | None:
    """The sentence that stands where the two-class table would, or None where there is one."""
    if out_of_fold.positive is None:
        known = some(out_of_fold.classes, shown=20)
        auc = "; the AUC, which is that of either class, stands above" if has_auc(out_of_fold) else ""
        wanted = f"name the positive classes with --positive (of {known}) to get them"
        return f"No two-class table and no ROC: {wanted}{auc}."
    if len(np.unique(out_of_fold.truth)) == 1:
        kind = "is" if out_of_fold.truth[0] else "is not"
        return (
            f"No two-class table and no ROC: every image {kind} one of {', '.join(out_of_fold.positive)} (--positive)."
        )
    return None


def operating_point(out_of_fold: OutOfFold, threshold: float) -> dict[str, float]:
    """Sensitivity and specificity in per cent, and how many images of each positive class are missed."""
    truth, called = out_of_fold.truth, out_of_fold.called(threshold)  # (n,), (n,)
    point = {
        "sensitivity": float(100 * called[truth].mean()),
        "specificity": float(100 * (~called[~truth]).mean()),
    }
    for name in out_of_fold.positive or ():
        missed = ~called & (out_of_fold.label == name)  # (n,)
        point[f"missed {name}"] = float(missed.sum())
    return point
