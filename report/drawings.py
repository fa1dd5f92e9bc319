"""The figures on the page, each with what it shows in words for those who do not see it."""

import io
from collections.abc import Callable, Mapping

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from report.accuracy import confusion
from report.blocks import minus
from report.calibration import bins_of, raw_probabilities, reliability
from report.facts import Facts
from report.intervals import auc_interval
from report.learning import curve, unit_of
from report.markup import Html, element, picture
from report.operating import two_class
from report.risk import SHARES, risk_coverage

LARGEST = 300_000  # bytes of a drawing; one of many points is handed over as pixels


def drawings(facts: Facts, figures: Mapping[str, Figure | None]) -> dict[str, Html]:
    """Each figure that is there as a block, by the title of the section that it stands beside."""
    return {
        title: element(
            "figure",
            image_of(figure, alt(facts)),
            element("figcaption", caption),
        )
        for name, (title, caption, alt) in DRAWINGS.items()
        if (figure := figures.get(name)) is not None
    }


def image_of(figure: Figure, alt: str) -> Html:
    """The figure as a drawing that stays sharp at any size, within the page and as wide as it was made for."""
    memory = io.BytesIO()
    # the same figure makes the same bytes; words stay words, and the browser has letters for every language
    with rc_context({"svg.hashsalt": "histoboost", "svg.fonttype": "none"}):
        metadata = dict.fromkeys(("Date", "Creator"))  # nothing of the moment or the machine
        figure.savefig(memory, format="svg", metadata=metadata, bbox_inches="tight", pad_inches=0.06)
    kind = "svg+xml"
    if memory.tell() > LARGEST:
        memory, kind = io.BytesIO(), "png"
        figure.savefig(memory, format="png", bbox_inches="tight", pad_inches=0.06)
    width = figure.get_figwidth() * 96  # pixels of a screen per inch
    return picture(memory.getvalue(), kind, minus(alt), style=f"--made-for: {width:.0f}px")


def roc_words(facts: Facts) -> str:
    """The area under the curve and its operating points."""
    result = two_class(facts.fusion)
    assert result is not None, "there is no figure without a result"
    points = "; ".join(
        f"at {threshold:.2f} sensitivity {point['sensitivity']:.1f} %, specificity {point['specificity']:.1f} %"
        for threshold, point in result.points.iterrows()
    )
    area = auc_interval(facts.fusion, facts.resamples).text(3, unit=1)
    return f"ROC curve with its 95 % band: area {area}; operating points by threshold: {points}."


def confusion_words(facts: Facts) -> str:
    """How many are right, and the most frequent confusion."""
    counts = confusion(facts.fusion)
    wrong = counts.to_numpy(copy=True)  # (classes, classes)
    np.fill_diagonal(wrong, 0)
    row, column = divmod(int(wrong.argmax()), len(wrong))
    most = f"; most often {counts.index[row]} was taken for {counts.index[column]}, {wrong[row, column]} times"
    right = int(np.trace(counts.to_numpy()))
    return f"Confusion matrix: {right} of {counts.to_numpy().sum()} images are right{most if wrong.any() else ''}."


def reliability_words(facts: Facts) -> str:
    """Certainty and accuracy of each bin."""
    points = reliability(bins_of(raw_probabilities(facts.fusion), facts.fusion.codes), facts.resamples)
    told = "; ".join(f"{100 * certainty:.0f} % and {100 * found.value:.0f} %" for certainty, found, _ in points)
    return f"Reliability diagram, mean certainty and share that is right in each bin: {told}."


def risk_words(facts: Facts) -> str:
    """Accuracy at some shares answered."""
    curve = risk_coverage(facts.fusion, facts.resamples)
    assert curve is not None, "there is no figure without a curve"
    told = "; ".join(f"{100 * share:.0f} %: {100 * curve.accuracy[curve.at(share)]:.1f} %" for share in SHARES)
    return f"Risk-coverage curve with its 95 % band, share answered and its accuracy: {told}."


def learning_words(facts: Facts) -> str:
    """Accuracy at each size."""
    assert facts.learning, "there is no figure without a curve"
    points = curve(facts.learning, facts.resamples)["accuracy"]
    told = "; ".join(
        f"{size.patients:.0f}: {100 * found.value:.1f} %" for size, found in zip(facts.learning, points, strict=True)
    )
    return f"Learning curve, {unit_of(facts.resamples)} trained on and accuracy: {told}."


DRAWINGS: dict[str, tuple[str, str, Callable[[Facts], str]]] = {  # by the figure's file: section, caption, words
    "confusion": (
        "Confusion matrix",
        "Images by true class and class answered, with their share of the true class.",
        confusion_words,
    ),
    "roc": (
        "Operating points",
        "Sensitivity against 1 − specificity, with its 95 % band and the operating points.",
        roc_words,
    ),
    "calibration": (
        "Calibration",
        "Answers that are right, by how certain they are; on the dashed line certainty and accuracy agree.",
        reliability_words,
    ),
    "risk": (
        "Answering only when sure",
        "Accuracy when only the most certain images are answered, with its 95 % band.",
        risk_words,
    ),
    "learning": (
        "Learning curve",
        "Accuracy and AUC by how many were trained on, with 95 % intervals; small marks are single draws.",
        learning_words,
    ),
}
