"""The measures of a result as rows: value, interval, what a guess reaches, and in words what was counted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from report.evaluation import Evaluation
from report.first_look.elided import elided
from report.guess.losses import DECIMALS
from report.measures.all_images import is_two_class
from report.section import Estimate, Number, chance_cell, estimate
from report.statistics.intervals import Interval

NAME = 12  # letters of a class
ALWAYS = ("accuracy",)
OF_CLASSES = ("accuracy", "balanced accuracy", "macro F1")  # where no two classes say it all
OF_POSITIVE = ("AUC", "sensitivity", "specificity", "PPV", "NPV", "F1")
LOG_LOSS = "log-loss"


@dataclass(frozen=True)
class ResultRow:
    """One measure as it is written."""

    measure: str
    value: str
    interval: str
    guess: str  # what a guess reaches
    words: str  # what was counted


def result_rows(
    evaluation: Evaluation, measures: Mapping[str, Interval], chance: Mapping[str, float]
) -> list[ResultRow]:
    """The rows of a result: `measures` by name with their intervals, `chance` what a guess reaches of each."""
    words = counted_words(evaluation)
    rows = []
    for name in shown_measures(evaluation):
        if name in measures:
            rows.append(measure_row(name, estimate(name, measures[name]), chance_cell(name, chance[name]), words))
    if not is_two_class(evaluation.out_of_fold) and len(evaluation.out_of_fold.classes) == 2:
        rows += recall_rows(evaluation)
    return rows + log_loss_rows(evaluation)


def shown_measures(evaluation: Evaluation) -> list[str]:
    """Which measures a first reader needs, in their order."""
    has_positive = is_two_class(evaluation.out_of_fold)
    if len(evaluation.out_of_fold.classes) == 2:
        return [*ALWAYS, *OF_POSITIVE] if has_positive else ["accuracy", "balanced accuracy", "AUC"]
    return [*OF_CLASSES, *(OF_POSITIVE if has_positive else ())]


def measure_row(name: str, cell: Estimate, guess: Number | None, words: Mapping[str, str]) -> ResultRow:
    """A measure, its unit beside the value."""
    value, _, ends = str(cell).partition(" [")
    sign = " %" if cell.unit == 100 else ""
    interval = f"[{ends}" if ends else ""
    return ResultRow(name, f"{value}{sign}", interval, "" if guess is None else f"{guess}{sign}", words.get(name, ""))


def recall_rows(evaluation: Evaluation) -> list[ResultRow]:
    """How many images of each class are right."""
    fusion, counts = evaluation.out_of_fold, evaluation.confusion
    rows = []
    for name in fusion.classes:
        images = int(counts.loc[name].sum())
        recall = f"recall of {elided(name, NAME)}"
        words = {recall: f"{counts.loc[name, name]} of {images} images right"}
        share = Number(images / len(fusion.label), 1, unit=100)
        rows.append(measure_row(recall, Estimate(evaluation.class_intervals[name]["recall"]), share, words))
    return rows


def log_loss_rows(evaluation: Evaluation) -> list[ResultRow]:
    """The log-loss beside that of the class shares; nothing where there are no probabilities."""
    if evaluation.out_of_fold.probabilities is None:
        return []
    first = next(iter(evaluation.quality.values()))
    shares = evaluation.class_shares
    guess = None if shares is None else Number(shares.log_loss.value, DECIMALS)
    words = {LOG_LOSS: "0 is perfect"}
    return [measure_row(LOG_LOSS, Estimate(first.log_loss, DECIMALS, unit=1), guess, words)]


def counted_words(evaluation: Evaluation) -> dict[str, str]:
    """What each measure counts, by its name."""
    fusion = evaluation.out_of_fold
    right = int(np.sum(fusion.label == fusion.predicted))
    words = {
        "accuracy": f"{right} of {len(fusion.label)} images right",
        "balanced accuracy": "mean recall",
        "macro F1": "mean F1 of classes",
        "AUC": "ranking; 1 is best",
        "F1": "sensitivity and PPV in one",
    }
    if not is_two_class(fusion):
        return words
    truth, called = fusion.truth, fusion.called(evaluation.threshold)  # (n,), (n,)
    positive, negative = kind_names(evaluation)
    found, spared = int(np.sum(truth & called)), int(np.sum(~truth & ~called))
    words["sensitivity"] = f"{found} of {truth.sum()} {positive} called so"
    words["specificity"] = f"{spared} of {np.sum(~truth)} {negative} called so"
    words["PPV"] = f"{found} of {called.sum()} called {positive} are"
    words["NPV"] = f"{spared} of {np.sum(~called)} called {negative} are"
    return words


def kind_names(evaluation: Evaluation) -> tuple[str, str]:
    """How the positive and the other images are called: by their class where there is one."""
    positive = evaluation.out_of_fold.positive or ()
    others = [name for name in evaluation.out_of_fold.classes if name not in positive]
    names = [positive[0] if len(positive) == 1 else "positive", others[0] if len(others) == 1 else "negative"]
    first, second = (elided(name, NAME) for name in names)
    return first, second
