"""The result in one look: the accuracy and its interval, the other measures, and what to bear in mind."""

import numpy as np

from report.blocks import interval_line, minus
from report.cautions import cautions, most_frequent
from report.facts import Facts
from report.intervals import Interval, overall_intervals
from report.markup import Html, element, joined

UNITS = {"AUC": (3, 1.0, 0.0), "Cohen's kappa": (2, 1.0, -1.0)}  # decimals, unit, lowest; of others 1, 100, 0


def headline(facts: Facts) -> Html:
    """The accuracy in large letters, a tile for each other measure, and the cautions."""
    found = overall_intervals(facts.fusion, facts.resamples)
    accuracy = found.pop("accuracy")
    big = element(
        "div",
        element("p", f"{100 * accuracy.value:.1f}", element("small", " %"), class_="big"),
        element("p", f"accuracy, 95 % interval {ends(accuracy, 1, 100, ' %')}", class_="within"),
        interval_line(accuracy),
    )
    return joined(
        [
            element("div", big, element("div", says(facts)), class_="headline"),
            element("dl", [tile(name, kept) for name, kept in found.items()], class_="tiles"),
            element("p", "Below each number its 95 % interval, drawn on the whole scale of the measure."),
            care(facts, accuracy),
        ]
    )


def says(facts: Facts) -> list[Html]:
    """The result in a sentence, and the least that it must be held against."""
    fusion = facts.fusion
    right = int(np.sum(fusion.predicted == fusion.label))
    patients = f" of {facts.resamples.patients(fusion.known)} patients" if fusion.known.all() else ""
    frequent, share = most_frequent(fusion)
    return [
        element(
            "p",
            f"{right} of {len(fusion.images)} images{patients} were given their true class, each by models that were "
            "not trained on it.",
            class_="says",
        ),
        element("p", f"Always answering the most frequent class, {frequent}, would be right on {100 * share:.1f} %."),
    ]


def tile(name: str, found: Interval) -> Html:
    """One measure with its interval, in numbers and as a line."""
    decimals, unit, lowest = UNITS.get(name, (1, 100.0, 0.0))
    sign = " %" if unit == 100 else ""
    value = "–" if np.isnan(found.value) else f"{minus(f'{unit * found.value:.{decimals}f}')}{sign}"
    line = None if np.isnan(found.value) else interval_line(found, lowest)
    shown = [element("dd", value, class_="value"), element("dd", ends(found, decimals, unit), class_="ends")]
    return element("div", element("dt", name), shown, element("dd", line))


def ends(found: Interval, decimals: int, unit: float, sign: str = "") -> str:
    """The ends of an interval in words."""
    if np.isnan(found.low):
        return "not known"
    low, high = (minus(f"{unit * end:.{decimals}f}") for end in (found.low, found.high))
    return f"{low} to {high}{sign}"


def care(facts: Facts, accuracy: Interval) -> Html:
    """The cautions, in a box that is told by its title and its border, not by its colour alone."""
    words = cautions(facts.fusion, facts.resamples, accuracy, facts.leaks)
    title = element("h3", "⚠ Read with care")
    return element("div", title, element("ul", [element("li", one) for one in words]), class_="care", role="note")
