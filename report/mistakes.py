"""The worst mistakes: the wrong answers that were given with the most certainty."""

from dataclasses import dataclass

import numpy as np

from report.answers import Answers

WORST = 10
ROUNDED = 9  # decimals; certainties that differ by less are as good as equal, and then the name decides


@dataclass(frozen=True)
class Mistake:
    """One wrong answer."""

    image: str
    label: str  # the true class
    predicted: str
    certainty: float  # the probability of the class answered, or of the side where only two sides have one
    true_probability: float  # of the true class, or of its side
    fold: int
    patient: str  # "" where unknown


def worst_mistakes(answers: Answers, count: int = WORST) -> list[Mistake] | None:
    """The wrong answers from the most to the least certain; None where no probability is known.

    Where there is only the two-class score, the certainty is that of the side, and an image is wrong by its side.
    """
    if answers.probabilities is not None:
        rows = np.arange(len(answers.images))
        said = np.array([answers.classes.index(name) for name in answers.predicted])  # (n,)
        certainty = answers.probabilities[rows, said]  # (n,)
        true = answers.probabilities[rows, answers.codes]  # (n,)
        wrong = answers.predicted != answers.label  # (n,)
    elif answers.score is not None:
        called = answers.called(0.5)  # (n,)
        certainty = np.where(called, answers.score, 1 - answers.score)  # (n,)
        true = np.where(answers.truth, answers.score, 1 - answers.score)  # (n,)
        wrong = called != answers.truth  # (n,)
    else:
        return None
    order = np.lexsort((answers.images, -certainty.round(ROUNDED)))  # (n,)
    return [mistake_at(answers, row, certainty, true) for row in order[wrong[order]][:count]]


def mistake_at(answers: Answers, row: int, certainty: np.ndarray, true: np.ndarray) -> Mistake:
    """The answer to one image."""
    return Mistake(
        image=str(answers.images[row]),
        label=str(answers.label[row]),
        predicted=str(answers.predicted[row]),
        certainty=float(certainty[row]),
        true_probability=float(true[row]),
        fold=int(answers.fold[row]),
        patient="" if answers.patients is None else str(answers.patients[row]),
    )


def mistakes_sentence(answers: Answers, shown: list[Mistake] | None) -> str:
    """What the list holds, or why there is none."""
    if shown is None:
        return "Left out: how certain each answer was is not known."
    sides = answers.probabilities is None
    if not shown:
        return "No image was put on the wrong side of the two-class task." if sides else "No answer is wrong."
    wrong = int(np.sum(answers.called(0.5) != answers.truth if sides else answers.predicted != answers.label))
    which = (
        f"The {len(shown)} most certain of {wrong} wrong answers"
        if wrong > len(shown)
        else f"All {wrong} wrong answers"
    )
    how = (
        "only the two-class score was published, so wrong means the wrong side, and the certainty is that of the side"
        if sides
        else "the certainty is the probability of the class answered"
    )
    return (
        f"{which} (true class → class answered), the most certain first; {how}. Look at these first: an "
        "error made with certainty is often a wrong label, an unusual stain, or tissue that the training images lack."
    )
