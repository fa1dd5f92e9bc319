"""The worst mistakes: the wrong answers that were given with the most certainty, each with its image."""

import io
from collections.abc import Mapping

import numpy as np
from PIL import Image

from report.answers import Answers
from report.markup import Html, element, joined, picture

WORST = 10
SIDE = 360  # pixels of a thumbnail's longer side: sharp at 180 on a screen of double density
ROUNDED = 9  # decimals; certainties that differ by less are as good as equal, and then the name decides


def certainty_of(answers: Answers) -> np.ndarray | None:
    """The probability of the class answered, or of the side where only sides have one, (n,); None without either."""
    if answers.probabilities is not None:
        return answers.probabilities.max(axis=1)
    return None if answers.score is None else np.where(answers.called(0.5), answers.score, 1 - answers.score)


def worst_mistakes(answers: Answers, count: int = WORST) -> np.ndarray:
    """The rows of wrong answers, the most certain first, (at most `count`,); none where no certainty is known."""
    certainty = certainty_of(answers)
    if certainty is None:
        return np.array([], dtype=int)
    order = np.lexsort((answers.images, -certainty.round(ROUNDED)))  # (n,)
    return order[(answers.predicted != answers.label)[order]][:count]


def thumbnail(image: np.ndarray) -> bytes:
    """An RGB image, (h, w, 3) uint8, made small: the bytes of a JPEG file."""
    small = Image.fromarray(image)
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    memory = io.BytesIO()
    small.save(memory, format="JPEG", quality=82)
    return memory.getvalue()


def gallery(answers: Answers, thumbnails: Mapping[str, bytes]) -> Html:
    """The worst mistakes as a numbered row of images; `thumbnails` are JPEG files by the image's name."""
    rows = worst_mistakes(answers)
    cards = [card(answers, row, rank, thumbnails) for rank, row in enumerate(rows.tolist(), 1)]
    words = element("p", mistakes_sentence(answers, len(rows)), class_="how")
    return joined([words, element("ol", cards, class_="errors") if cards else None])


def mistakes_sentence(answers: Answers, shown: int) -> str:
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


def card(answers: Answers, row: int, rank: int, thumbnails: Mapping[str, bytes]) -> Html:
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
