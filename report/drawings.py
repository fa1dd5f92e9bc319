"""The figures as blocks of a web page, each with what it shows in words for those who do not see it."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.figure import Figure

from report.accuracy import confusion
from report.answers import Answers
from report.blocks import figure_block
from report.calibration import bins_of, raw_probabilities, reliability
from report.facts import Facts
from report.intervals import auc_interval
from report.markup import Html
from report.operating import two_class
from report.resample import Resamples
from report.risk import SHARES, risk_coverage
from report.svg import inline


def roc_alt(answers: Answers, resamples: Resamples) -> str:
    """The area under the curve and its operating points."""
    result = two_class(answers)
    assert result is not None, "there is no figure without a result"
    points = "; ".join(
        f"at {threshold:.2f} sensitivity {point['sensitivity']:.1f} %, specificity {point['specificity']:.1f} %"
        for threshold, point in result.points.iterrows()
    )
    area = auc_interval(answers, resamples).text(3, unit=1)
    return f"ROC curve with its 95 % band: area {area}; operating points by threshold: {points}."


def confusion_alt(answers: Answers, resamples: Resamples) -> str:
    """How many are right, and the most frequent confusion."""
    counts = confusion(answers)
    wrong = counts.to_numpy(copy=True)
    np.fill_diagonal(wrong, 0)
    right = int(np.trace(counts.to_numpy()))
    words = f"Confusion matrix: {right} of {len(answers.label)} images on the diagonal"
    if not wrong.any():
        return f"{words}, none beside it."
    row, column = divmod(int(wrong.argmax()), len(wrong))
    classes = counts.index
    return f"{words}; most often {classes[row]} was taken for {classes[column]}, {wrong[row, column]} times."


def reliability_alt(answers: Answers, resamples: Resamples) -> str:
    """Certainty and accuracy of each bin."""
    points = reliability(bins_of(raw_probabilities(answers), answers.codes), resamples)
    told = "; ".join(f"{100 * certainty:.0f} % and {100 * found.value:.0f} %" for certainty, found, _ in points)
    return (
        f"Reliability diagram, bins of mean certainty and share that is right: {told}. Equal numbers would be perfect."
    )


def risk_alt(answers: Answers, resamples: Resamples) -> str:
    """Accuracy at some shares answered."""
    curve = risk_coverage(answers, resamples)
    assert curve is not None, "there is no figure without a curve"
    told = "; ".join(f"{100 * share:.0f} %: {100 * curve.accuracy[curve.at(share)]:.1f} %" for share in SHARES)
    return f"Risk-coverage curve with its 95 % band: share answered and its accuracy, {told}."


WIDE = 500  # points; a drawing that is wider would be too small to read on a phone
DRAWINGS: dict[str, tuple[str, str, Callable[[Answers, Resamples], str]]] = {  # by file: section, caption, words
    "confusion": (
        "Confusion matrix",
        "Images by true class and class answered, with their share of the true class.",
        confusion_alt,
    ),
    "roc": (
        "Operating points",
        "Sensitivity against 1 − specificity, with the 95 % band point by point and the operating points.",
        roc_alt,
    ),
    "calibration": (
        "Calibration",
        "The share of answers that are right in bins of like certainty, with 95 % intervals; on the dashed line "
        "certainty and accuracy agree.",
        reliability_alt,
    ),
    "risk": (
        "Answering only when sure",
        "Accuracy when only the most certain images are answered, with its 95 % band point by point.",
        risk_alt,
    ),
}


def drawings(facts: Facts, figures: Mapping[str, Figure | None]) -> dict[str, Html]:
    """Each figure that is there as a block, by the title of the section that it stands beside."""
    found = {}
    for name, (title, caption, alt) in DRAWINGS.items():
        figure = figures.get(name)
        if figure is not None:
            wide = figure.get_figwidth() * 72 > WIDE
            found[title] = figure_block(inline(figure, name, alt(facts.fusion, facts.resamples)), caption, wide)
    return found
