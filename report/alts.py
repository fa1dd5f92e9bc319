"""What each figure shows, in words, for those who do not see it."""

import numpy as np

from report.accuracy import confusion
from report.answers import Answers
from report.calibration import bins_of, raw_probabilities, reliability
from report.intervals import auc_interval
from report.operating import two_class
from report.resample import Resamples
from report.risk import SHARES, risk_coverage


def roc_alt(answers: Answers, resamples: Resamples) -> str:
    """The area under the curve and its operating points."""
    result = two_class(answers)
    assert result is not None, "there is no figure without a result"
    points = "; ".join(
        f"at threshold {threshold:.2f} sensitivity {point['sensitivity']:.1f} % and specificity {point['specificity']:.1f} %"
        for threshold, point in result.points.iterrows()
    )
    area = auc_interval(answers, resamples).text(3, unit=1)
    return f"ROC curve with its 95 % band: area {area}; operating points {points}."


def confusion_alt(answers: Answers) -> str:
    """How many are right, and the most frequent confusion."""
    counts = confusion(answers)
    wrong = counts.to_numpy(copy=True)
    np.fill_diagonal(wrong, 0)
    right = int(np.trace(counts.to_numpy()))
    words = f"Confusion matrix: {right} of {len(answers.label)} images on the diagonal"
    if not wrong.any():
        return f"{words}, none beside it."
    row, column = np.unravel_index(wrong.argmax(), wrong.shape)
    classes = counts.index
    return f"{words}; most often {classes[row]} was taken for {classes[column]}, {wrong[row, column]} times."


def reliability_alt(answers: Answers, resamples: Resamples) -> str:
    """Certainty and accuracy of each bin."""
    points = reliability(bins_of(raw_probabilities(answers), answers.codes), resamples)
    told = "; ".join(f"{100 * certainty:.0f} % and {100 * found.value:.0f} %" for certainty, found, _ in points)
    return f"Reliability diagram, bins of mean certainty and share that is right: {told}. Equal numbers would be perfect."


def risk_alt(answers: Answers, resamples: Resamples) -> str:
    """Accuracy at some shares answered."""
    curve = risk_coverage(answers, resamples)
    assert curve is not None, "there is no figure without a curve"
    told = "; ".join(f"{100 * share:.0f} %: {100 * curve.accuracy[curve.at(share)]:.1f} %" for share in SHARES)
    return f"Risk-coverage curve with its 95 % band: share answered and its accuracy, {told}."
