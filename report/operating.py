"""The two-class result: accuracy over folds, AUC, and what happens at each operating point."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from report.accuracy import accuracy_by_fold
from report.answers import Answers

THRESHOLDS = (0.33, 0.50)  # the paper's operating points: high sensitivity, and the class answered


@dataclass(frozen=True, eq=False)
class TwoClass:
    """A two-class result; accuracies, sensitivities and specificities in per cent."""

    positive: tuple[str, ...]
    rule: str
    accuracy: pd.Series  # (folds,), at 0.50
    auc: float  # over all images together
    points: pd.DataFrame  # (thresholds, sensitivity + specificity + "missed <class>" per positive class)


def two_class(answers: Answers) -> TwoClass | None:
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


def why_not_two_class(answers: Answers) -> str | None:
    """The sentence that stands where the two-class table would, or None where there is one."""
    if answers.positive is None:
        known = ", ".join(answers.classes)
        return f"No two-class table and no ROC: name the positive classes with --positive (of {known}) to get them."
    if len(np.unique(answers.truth)) == 1:
        kind = "is" if answers.truth[0] else "is not"
        return f"No two-class table and no ROC: every image {kind} one of {', '.join(answers.positive)} (--positive)."
    return None


def operating_point(answers: Answers, threshold: float) -> dict[str, float]:
    """Sensitivity and specificity in per cent, and how many images of each positive class are missed."""
    truth, called = answers.truth, answers.called(threshold)  # (n,), (n,)
    rates = {"sensitivity": 100 * called[truth].mean(), "specificity": 100 * (~called[~truth]).mean()}
    missed = {f"missed {name}": np.sum(~called & (answers.label == name)) for name in answers.positive or ()}
    return {column: float(value) for column, value in (rates | missed).items()}
