"""A document's published numbers beside those of a run of its recipe."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from report.chapters.figure_style import short
from report.evaluation import Evaluation
from report.section import Cell, Estimate, Number, Section
from report.statistics.intervals import Interval
from report.trained.training_history import OVERFIT, TrainingHistory

PARAMETERS, SECONDS = "parameters (million)", "seconds an epoch"
MEASURES = (
    "accuracy", "precision, negative", "precision, positive", "specificity", "sensitivity", PARAMETERS, SECONDS,
)  # fmt: skip
TRAINING = {"training accuracy": "accuracy", "training balanced accuracy": "balanced accuracy"}
MEASURED = ("accuracy", "balanced accuracy", *TRAINING, "AUC", PARAMETERS, SECONDS)
DECIMALS = {"AUC": 3, PARAMETERS: 3, SECONDS: 0}  # of published numbers; of all others 2


def document_sections(evaluation: Evaluation, history: TrainingHistory) -> Iterator[Section]:
    """The document's tables that a run has numbers for; none where the recipe is of no document."""
    published = (evaluation.settings or {}).get("published")
    if not isinstance(published, Mapping):
        return
    if "specificity" in published:
        if len(evaluation.out_of_fold.classes) == 2:
            yield both_ways_section(evaluation, history, published)
        return
    yield measured_section(evaluation, history, published)
    robustness = published.get("robustness")
    if isinstance(robustness, Mapping) and robustness:
        yield robustness_section(published.get("source"), robustness)


def measured_section(evaluation: Evaluation, history: TrainingHistory, published: Mapping[str, Any]) -> Section:
    """Every row of the document's table, and this run's, in each way that its networks were asked."""
    rows: dict[str, dict[str, Cell]] = {}
    of_document = published.get("rows") if isinstance(published.get("rows"), Mapping) else {"": published}
    for name, numbers in dict(of_document or {}).items():
        if isinstance(numbers, Mapping):
            cells = {measure: number_cell(numbers.get(measure), DECIMALS.get(measure, 2)) for measure in MEASURED}
            rows[f"document, {name}" if name else "document"] = cells
    rows["this run"] = this_run(evaluation, history)
    rows |= ways(evaluation)
    cells_of_all = pd.DataFrame(rows).T.rename_axis("whose")
    is_filled = [any(cell is not None for cell in cells_of_all[measure]) for measure in MEASURED]
    table = cells_of_all[[measure for measure, filled in zip(MEASURED, is_filled, strict=True) if filled]]
    sentence = f"In %. The document: {published.get('source', 'unknown')}. {selection_words(evaluation, published)}"
    if evaluation.settings and "on_training_images" in evaluation.settings:
        sentence += (
            " Training accuracies are those of the weights that answer on the training images as they are, the mean "
            "over folds and networks: shares of these very images, and no estimate for others."
        )
    return Section("beside-the-document", "Beside the document's table", f"{sentence} {SAME}", table)


SAME = "Its images and split are others than these, unless the data set is the same: only then can more be told."


def selection_words(evaluation: Evaluation, published: Mapping[str, Any]) -> str:
    """How the document chose its epoch, and how this run did."""
    if published.get("selected_on_test") is not True:
        return ""
    theirs = (
        "Its epoch was selected on the very images that it reports on, so its numbers are too good, by an "
        "unknown amount."
    )
    if evaluation.is_optimistic:
        return (
            f"{theirs} So are those of this run, for which the same was asked: the same recipe without that, and "
            "`compare` of both, say how much is selection."
        )
    return (
        f"{theirs} This run looked at its test once. A run with `--select-on test` beside it, and `compare` of both, "
        "say how much of the published number is selection."
    )


def this_run(evaluation: Evaluation, history: TrainingHistory) -> dict[str, Cell]:
    """The measures of the result, with intervals where they are estimates."""
    row: dict[str, Cell] = dict.fromkeys(MEASURED)
    for name in ("accuracy", "balanced accuracy"):
        row[name] = Estimate(evaluation.overall[name])
    if "AUC" in evaluation.overall:
        row["AUC"] = Estimate(evaluation.overall["AUC"], 3, unit=1)
    for name, measure in TRAINING.items():
        shares = in_training((evaluation.settings or {}).get("on_training_images"), measure)
        row[name] = Number(float(np.mean(shares)), 1, unit=100) if shares else None
    return row | cost_cells(evaluation, history)


def in_training(models: Any, measure: str) -> list[float]:
    """A measure on the training images of each fold of each network, as settings.json has them."""
    shares = []
    for folds in models.values() if isinstance(models, Mapping) else ():
        for measured in folds.values() if isinstance(folds, Mapping) else ():
            share = measured.get(measure) if isinstance(measured, Mapping) else None
            if isinstance(share, float):
                shares.append(share)
    return shares


def ways(evaluation: Evaluation) -> dict[str, dict[str, Cell]]:
    """This run's networks asked in other ways: one by one, and upright alone; as finetune measured them."""
    known = (evaluation.settings or {}).get("ways")
    rows: dict[str, dict[str, Cell]] = {}
    for name, measured in known.items() if isinstance(known, Mapping) else ():
        row: dict[str, Cell] = dict.fromkeys(MEASURED)
        for measure, numbers in measured.items() if isinstance(measured, Mapping) else ():
            is_interval = isinstance(numbers, list) and len(numbers) == 3
            if is_interval and measure in MEASURED and all(isinstance(number, float) for number in numbers):
                row[measure] = Estimate(Interval(*numbers))
        rows[f"this run, {short(name, 60)}"] = row
    return rows


def robustness_section(source: Any, robustness: Mapping[str, Any]) -> Section:
    """What a document says of altered images; `robustness` asks the same of other runs."""
    rows: dict[str, dict[str, Cell]] = {}
    for name, accuracies in robustness.items():
        if isinstance(accuracies, Mapping):
            rows[f"document, {name}"] = {alteration: number_cell(value, 2) for alteration, value in accuracies.items()}
    sentence = (
        f"Accuracy in % on altered test images, as published ({source}): JPEG re-encoded at a quality, hue shifted on "
        "the scale of 180 and clipped at its ends. The command `robustness` draws such curves of bundles and runs."
    )
    return Section("published-robustness", "Published robustness", sentence, pd.DataFrame(rows).rename_axis("altered"))


def cost_cells(evaluation: Evaluation, history: TrainingHistory) -> dict[str, Cell]:
    """Parameters as Keras counts them, and the seconds of an epoch."""
    parameters = (evaluation.settings or {}).get("parameters")
    counted = parameters.get("keras") if isinstance(parameters, Mapping) else None
    return {
        PARAMETERS: Number(counted / 1e6, 3) if isinstance(counted, int) else None,
        SECONDS: Number(history.seconds, 1),
    }


def number_cell(value: Any, decimals: int) -> Cell:
    """A published number, where it is one."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Number(float(value), decimals) if is_number else None


def both_ways_section(evaluation: Evaluation, history: TrainingHistory, published: Mapping[str, Any]) -> Section:
    """Of two classes, each taken as the positive one, for a document that does not say which is."""
    negative, positive = evaluation.out_of_fold.classes
    rows = {
        "document": document_row(published),
        f"{short(positive, 9)} positive": own_row(evaluation, history, negative, positive),
        f"{short(negative, 9)} positive": own_row(evaluation, history, positive, negative),
    }
    overfit = history.overfit(evaluation.overall["accuracy"].value)
    called = "yes" if overfit > OVERFIT else "no"
    sentence = (
        f"In %. The document ({published.get('source', 'unknown')}) does not name its positive class, and its program "
        f"takes the sensitivity of the first label, so both ways stand here; precisions are of the negative and of the "
        f"positive label. Overfit: {called}, for the accuracy in training lies {overfit:+.1f} points from that on "
        f"held-out images, and more than {OVERFIT:g} is called so here; the document says no. Its data and split, by "
        "patch, are others than these: only a run on the same images can tell more."
    )
    cells = pd.DataFrame(rows).rename_axis("whose")
    return Section("beside-the-document", "Beside the document's table", sentence, cells)


def document_row(published: Mapping[str, Any]) -> dict[str, Cell]:
    """What a document says, as far as it is numbers."""
    row: dict[str, Cell] = {}
    for name in MEASURES:
        row[name] = number_cell(published.get(name), 3 if name == PARAMETERS else 0)
    return row


def own_row(evaluation: Evaluation, history: TrainingHistory, negative: str, positive: str) -> dict[str, Cell]:
    """The same of this run, with intervals."""
    of_class = evaluation.class_intervals
    measured: dict[str, Interval] = {
        "accuracy": evaluation.overall["accuracy"],
        "precision, negative": of_class[negative]["precision"],
        "precision, positive": of_class[positive]["precision"],
        "specificity": of_class[negative]["recall"],
        "sensitivity": of_class[positive]["recall"],
    }
    row: dict[str, Cell] = {name: Estimate(interval) for name, interval in measured.items()}
    return row | cost_cells(evaluation, history)
