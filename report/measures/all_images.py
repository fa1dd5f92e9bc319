"""The measures over all images together, with what each image does to them, and their intervals."""

import numpy as np

from report.binary import WITHIN_FOLDS
from report.out_of_fold import OutOfFold
from report.statistics import influence
from report.statistics.clustered import clustered_interval
from report.statistics.influence import Linearised, share
from report.statistics.intervals import Interval

AT_HALF = 0.50  # the threshold that follows the class predicted


def overall_measures(out_of_fold: OutOfFold, threshold: float = AT_HALF) -> dict[str, Linearised]:
    """Accuracy, balanced accuracy, Cohen's kappa and macro F1; the AUC of two kinds of images, and where one of them is
    positive, the measures at a threshold.
    """
    label, predicted = out_of_fold.label, out_of_fold.predicted  # (n,), (n,)
    measures = {
        "accuracy": influence.mean(label == predicted),
        "balanced accuracy": influence.balanced_accuracy(label, predicted),
        "Cohen's kappa": influence.kappa(label, predicted),
        "macro F1": influence.macro_f1(label, predicted),
    }
    if has_auc(out_of_fold):
        measures["AUC"] = auc_of(out_of_fold, out_of_fold.auc)
    if is_two_class(out_of_fold):
        truth, called = out_of_fold.truth, out_of_fold.called(threshold)  # (n,), (n,)
        measures |= point_measures(truth, called)
        measures["F1"] = influence.f1(truth, called)
    return measures


def is_two_class(out_of_fold: OutOfFold) -> bool:
    """Whether there is a score of positive classes, and images of both kinds."""
    return out_of_fold.score is not None and len(np.unique(out_of_fold.truth)) == 2


def has_auc(out_of_fold: OutOfFold) -> bool:
    """Whether there are images of two kinds and a score that ranks them; no kind need be named positive."""
    ranked = out_of_fold.ranked
    return ranked is not None and len(np.unique(ranked[0])) == 2


def auc_of(out_of_fold: OutOfFold, rule: str) -> Linearised:
    """The AUC of the two kinds of images that there are (see `has_auc`), by one rule: WITHIN_FOLDS or POOLED."""
    assert out_of_fold.ranked is not None
    truth, score = out_of_fold.ranked  # (n,), (n,)
    if rule == WITHIN_FOLDS:
        return influence.auc_within_folds(truth, score, out_of_fold.fold)
    return influence.auc(truth, score)


def point_measures(truth: np.ndarray, called: np.ndarray) -> dict[str, Linearised]:
    """Sensitivity, specificity and the predictive values of images called positive, (n,) and (n,) bool."""
    return {
        "sensitivity": share(called, truth),
        "specificity": share(~called, ~truth),
        "PPV": share(truth, called),
        "NPV": share(~truth, ~called),
    }


def intervals_of(measures: dict[str, Linearised], group: np.ndarray) -> dict[str, Interval]:
    """The interval of each measure, for images of patients `group` (n,)."""
    return {name: clustered_interval(measure, group) for name, measure in measures.items()}
