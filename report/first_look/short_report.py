"""The result on one screen: how right it is, beside what a guess reaches, and what to read with care."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from rich.console import Group
from rich.table import Table
from rich.text import Text

from report.binary import positive_question
from report.evaluation import Evaluation
from report.first_look.asked_for import asked_lines
from report.first_look.confusion_lines import confusion_lines
from report.first_look.result_rows import ResultRow, kind_names, result_rows
from report.first_look.short_cautions import MOST, short_cautions
from report.guess.plain_way import WHOLE
from report.measures.all_images import is_two_class
from report.printing import one_line, short_table, unbroken
from report.section import signed
from report.statistics.intervals import Interval
from report.statistics.paired import Difference
from report.trained.optimistic import LABEL
from report.trained.training_history import FROZEN

GUESS = "A guess names the commonest class (accuracy), else goes by the class shares."
UNSEEN = "each answered by models not trained on it"
LINE_TO_BEAT = "The simple way (whole images shrunk, logistic regression)"
NOT_TRAINED = "Features of a network not trained on them"
FEW_ASKED = 2  # further lines that were asked for; more of them take the room of cautions, which the page has


def short_report(
    evaluation: Evaluation,
    measures: Mapping[str, Interval] | None = None,
    chance: Mapping[str, float] | None = None,
    beside: Sequence[str] | None = None,
) -> list[Group]:
    """What to print of a result, a group for each part.

    `measures` and `chance` are those of the evaluation unless others are given; so are the lines `beside` the result.
    """
    rows = result_rows(evaluation, measures or evaluation.overall, chance or evaluation.chance)
    notes = [*point_lines(evaluation, chance), GUESS]
    lines = beside_lines(evaluation) if beside is None else [*beside]
    asked = asked_lines(evaluation)
    lines += asked
    most = MOST if len(asked) <= FEW_ASKED else MOST - FEW_ASKED
    cautions = [f"- {line}" for line in short_cautions(evaluation, most)]
    return [
        Group(Text(), *map(unbroken, question_lines(evaluation)), *texts([first_line(evaluation)], "bold")),
        Group(table_of(rows, evaluation.groups.by_patient)),
        Group(*texts(notes, "dim"), *texts(lines)),
        Group(Text(), *confusion_lines(evaluation)),
        Group(Text(), *texts(["Read with care"], "bold"), *texts(cautions)),
    ]


def texts(lines: Iterable[str], style: str = "") -> list[Text]:
    """Lines in which names are nothing but names."""
    return [Text(one_line(line), style=style) for line in lines]


def table_of(rows: Iterable[ResultRow], by_patient: bool) -> Table:
    """A line for each measure."""
    interval = "95 % by patient" if by_patient else "95 % interval"
    cells = [[row.measure, row.value, row.interval, row.guess, row.words] for row in rows]
    return short_table(["", "", interval, "a guess", ""], cells, right=(1, 3))


def question_lines(evaluation: Evaluation) -> list[str]:
    """What was not said and would give more numbers."""
    question = positive_question(evaluation.out_of_fold.classes, evaluation.out_of_fold.positive)
    return [question] if question else []


def first_line(evaluation: Evaluation) -> str:
    """Whose answers these are."""
    fusion = evaluation.out_of_fold
    patients = ""
    if evaluation.groups.by_patient:
        patients = f" of {evaluation.groups.patients(fusion.known)} patients"
    whose = "answered by the models that `fit` kept" if evaluation.is_external else UNSEEN
    label = f"{LABEL}. " if evaluation.is_optimistic else ""
    return f"{label}Result: {len(fusion.label)} images{patients}, {whose}"


def point_lines(evaluation: Evaluation, chance: Mapping[str, float] | None) -> list[str]:
    """From where on an image is called positive, and for which prevalence the predictive values hold."""
    if not is_two_class(evaluation.out_of_fold):
        return []
    positive, _ = kind_names(evaluation)
    here = float(np.mean(evaluation.out_of_fold.truth))
    share = here if chance is None else chance["PPV"]
    where = "as here" if share == here else "as asked for"
    threshold = f"{evaluation.threshold:.3f}".removesuffix("0")
    fixed = ", fixed by `fit`" if evaluation.is_external else ""
    return [f"Threshold {threshold}{fixed}; PPV and NPV hold where {100 * share:.0f} % are {positive}, {where}."]


def beside_lines(evaluation: Evaluation) -> list[str]:
    """What the result is held against, where that is known."""
    lines = []
    if evaluation.against_plain is not None:
        lines.append(difference_line(LINE_TO_BEAT, evaluation.against_plain.differences, WHOLE))
    if evaluation.against_frozen is not None:
        lines.append(difference_line(NOT_TRAINED, evaluation.against_frozen.differences, FROZEN))
    return lines


def difference_line(what: str, differences: Sequence[Difference], name: str) -> str:
    """What another way achieves, and whether the result is better by accuracy."""
    by_measure = {row.measure: row for row in differences}
    accuracy = by_measure["accuracy"]
    others = f"accuracy {100 * accuracy.first:.1f} %"
    if "log-loss" in by_measure:
        others += f", log-loss {by_measure['log-loss'].first:.3f}"
    finding = f"{accuracy.finding(name)}, {signed(accuracy.change, 1, 100)} points"
    return f"{what}: {others}; by accuracy the result {finding}."
