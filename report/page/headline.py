"""The result in one look: the accuracy and its interval, the other measures, and what to bear in mind."""

import numpy as np

from report.evaluation import Evaluation
from report.page.html_table import number
from report.page.markup import Html, element, joined
from report.section import interval_text
from report.statistics.bootstrap import cohort_sentence
from report.statistics.intervals import overall_intervals

FEW_IMAGES = 30  # of a class; with fewer, one image more or less moves its recall by over three points
ONE_DATA_SET = (
    "All images are of one data set. Other laboratories, scanners and stains were not tested, and accuracy there is "
    "often lower."
)


def headline(facts: Evaluation) -> Html:
    """The accuracy in large letters, a tile for each other measure, and the cautions."""
    fusion = facts.fusion
    found = overall_intervals(fusion, facts.resamples)
    accuracy = found.pop("accuracy")
    right = int(np.sum(fusion.predicted == fusion.label))
    counts = {name: int(np.sum(fusion.label == name)) for name in fusion.classes}
    frequent = max(counts, key=lambda name: counts[name])
    big = [
        element("p", f"{100 * accuracy.value:.1f} %", class_="big"),
        element("p", f"accuracy, 95 % interval {accuracy.text().partition(' ')[2]}"),
    ]
    words = (
        f"{right} of {len(fusion.label)} images were given their true class, each by models that were not trained on "
        f"it. Always answering {frequent}, the most frequent class, would be right on "
        f"{100 * counts[frequent] / len(fusion.label):.1f} %."
    )
    tiles = [
        element("div", element("dt", name), element("dd", number(interval_text(name, kept))))
        for name, kept in found.items()
    ]
    cautions = [element("li", one) for one in cautions_of(facts, counts)]
    return joined(
        [
            element("div", element("div", big), element("p", words), class_="headline"),
            element("dl", tiles, class_="tiles"),
            element("p", "In %, AUC and kappa as they are, each with its 95 % interval.", class_="more"),
            element("div", element("h3", "⚠ Read with care"), element("ul", cautions), class_="care", role="note"),
        ]
    )


def cautions_of(facts: Evaluation, counts: dict[str, int]) -> list[str]:
    """What a reader must know before quoting a number, the gravest first; the last one always holds."""
    found = []
    if facts.leaked:
        found.append(
            f"Test images with a relative among the images their model was trained on: {facts.leaked} (see Leaks). The "
            "numbers are too good for new patients."
        )
    few = [f"{name} ({count})" for name, count in counts.items() if count < FEW_IMAGES]
    if few:
        found.append(f"Classes of few images, on which one more or less right is visible: {', '.join(few)}.")
    return [*found, cohort_sentence(facts.resamples), ONE_DATA_SET]
