"""The worst errors as pictures."""

from collections.abc import Mapping

import numpy as np

from report.measures.mistakes import certainty_of, worst_mistakes
from report.out_of_fold import OutOfFold
from report.page.markup import Html, element, joined, picture


def gallery(answers: OutOfFold, thumbnails: Mapping[str, bytes]) -> Html:
    """The worst mistakes as a numbered row of images; `thumbnails` are JPEG files by the image's name."""
    rows = worst_mistakes(answers)
    cards = [card(answers, row, rank, thumbnails) for rank, row in enumerate(rows.tolist(), 1)]
    words = element("p", mistakes_sentence(answers, len(rows)), class_="how")
    return joined([words, element("ol", cards, class_="errors") if cards else None])


def mistakes_sentence(answers: OutOfFold, shown: int) -> str:
    """What the gallery holds, or why there is none."""
    wrong = int(np.sum(answers.predicted != answers.label))
    if certainty_of(answers) is None:
        return "Left out: how certain each answer was is not known."
    if not wrong:
        return "No answer is wrong."
    which = f"The {shown} most certain of {wrong} wrong answers" if wrong > shown else f"All {wrong} wrong answers"
    of = "class answered" if answers.probabilities is not None else "side answered in the two-class task"
    return (
        f"{which} (true class → class answered, probability of the {of}), the most certain first. An error made with "
        "certainty is often a wrong label, an unusual stain, or tissue that the training images lack."
    )


def card(answers: OutOfFold, row: int, rank: int, thumbnails: Mapping[str, bytes]) -> Html:
    """One mistake: its image, or words in its place, what was answered, and whose image it is."""
    image, label, answered = (str(column[row]) for column in (answers.images, answers.label, answers.predicted))
    certainty = certainty_of(answers)
    assert certainty is not None, "a mistake is chosen by its certainty"
    patient = "patient unknown" if not answers.known[row] else f"patient {np.asarray(answers.patients)[row]}"
    small = thumbnails.get(image)
    missing = element("div", "image not at hand", class_="none")
    shown = picture(small, "jpeg", f"{image}: {label}, taken for {answered}") if small else missing
    return element(
        "li",
        shown,
        element("p", f"{rank}. {label} → {answered}, {100 * certainty[row]:.1f} %", class_="rank"),
        element("p", image, class_="of"),
        element("p", f"fold {answers.fold[row]}, {patient}", class_="of"),
        "\n",
    )
