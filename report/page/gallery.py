"""The worst errors as pictures."""

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from report.evaluation import Evaluation
from report.measures.mistakes import certainty_of, worst_mistakes
from report.out_of_fold import OutOfFold
from report.page.figures import data_address
from report.trained.optimistic import LABEL


@dataclass(frozen=True)
class Card:
    """One mistake: its image where it is at hand, what was predicted, and of which patient it is."""

    rank: int
    image: str
    label: str
    predicted: str
    certainty: str
    fold: int
    patient: str
    src: Markup | None
    alt: str


@dataclass(frozen=True)
class Gallery:
    """The worst mistakes, the most certain first."""

    sentence: str
    cards: list[Card]


def gallery(evaluation: Evaluation) -> Gallery:
    """The worst mistakes; none where it is not known how certain a prediction was."""
    rows = worst_mistakes(evaluation.out_of_fold).tolist()
    cards = [card(evaluation, row, rank) for rank, row in enumerate(rows, 1)]
    sentence = mistakes_sentence(evaluation.out_of_fold, len(cards))
    return Gallery(f"{LABEL}. {sentence}" if evaluation.is_optimistic else sentence, cards)


def mistakes_sentence(out_of_fold: OutOfFold, shown: int) -> str:
    """What the gallery holds, or why there is none."""
    wrong = int(np.sum(out_of_fold.predicted != out_of_fold.label))
    if certainty_of(out_of_fold) is None:
        return "Left out: how certain each prediction was is not known."
    if not wrong:
        return "No prediction is wrong."
    which = (
        f"The {shown} most certain of {wrong} wrong predictions" if wrong > shown else f"All {wrong} wrong predictions"
    )
    of = "predicted class" if out_of_fold.probabilities is not None else "predicted side of the two-class task"
    return (
        f"{which} (true class → predicted class, probability of the {of}), the most certain first. An error made with "
        "certainty is often a wrong label, an unusual stain, or tissue that the training images lack."
    )


def card(evaluation: Evaluation, row: int, rank: int) -> Card:
    """The mistake in one row of the predictions."""
    fusion = evaluation.out_of_fold
    certainty = certainty_of(fusion)
    assert certainty is not None, "a mistake is chosen by its certainty"
    image, label, predicted = str(fusion.images[row]), str(fusion.label[row]), str(fusion.predicted[row])
    patient = f"patient {np.asarray(fusion.patients)[row]}" if fusion.known[row] else "patient unknown"
    thumbnail = evaluation.thumbnails.get(image)
    return Card(
        rank=rank,
        image=image,
        label=label,
        predicted=predicted,
        certainty=f"{100 * certainty[row]:.1f} %",
        fold=int(fusion.fold[row]),
        patient=patient,
        src=data_address(thumbnail, "jpeg") if thumbnail else None,
        alt=f"{image}: {label}, taken for {predicted}",
    )
