"""The figures on the page, each with what it shows in words for those who do not see it."""

import io
from collections.abc import Callable, Mapping

from matplotlib import rc_context
from matplotlib.figure import Figure

from report.chapters.more_patients import learning_words
from report.chapters.overall import confusion_words
from report.chapters.probabilities import reliability_words, risk_words
from report.chapters.two_class import roc_words
from report.evaluation import Evaluation
from report.page.html_table import minus
from report.page.markup import Html, element, picture

LARGEST = 300_000  # bytes of a drawing; one of many points is handed over as pixels


def drawings(facts: Evaluation, figures: Mapping[str, Figure | None]) -> dict[str, Html]:
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


DRAWINGS: dict[str, tuple[str, str, Callable[[Evaluation], str]]] = {  # by the figure's file: section, caption, words
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
