"""The chapter on networks trained end to end: their epochs, frozen features beside them, and a document's numbers."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from report.chapters.figure_style import CURVE, POINTS, canvas, finish, short
from report.comparison import Comparison, verdict
from report.evaluation import Evaluation
from report.section import Cell, Chapter, Estimate, Number, Picture, Section
from report.statistics.intervals import Interval
from report.trained.training_history import FROZEN, OVERFIT, TRAINED, TrainingHistory


def trained_networks(evaluation: Evaluation) -> Chapter | None:
    """Only of runs of finetune."""
    history = evaluation.history
    if history is None:
        return None
    sections = [epochs_section(evaluation, history)]
    if evaluation.against_frozen is not None:
        sections.append(frozen_section(evaluation.against_frozen))
    document = document_section(evaluation, history)
    if document is not None:
        sections.append(document)
    return Chapter("trained-networks", "How the networks were trained", tuple(sections))


def epochs_section(evaluation: Evaluation, history: TrainingHistory) -> Section:
    """A row per fold: its epochs, the one whose weights answer, and what they reached."""
    rows: dict[str, dict[str, Cell]] = {}
    for name, epochs in history.networks.items():
        of_best = epochs[epochs["best"] == 1].iloc[0]
        rows[name] = {
            "epochs": len(epochs),
            "selected": int(of_best["epoch"]),
            "training accuracy": Number(of_best["training_accuracy"], 1, unit=100),
            "selection accuracy": Number(of_best["validation_accuracy"], 1, unit=100),
            "selection log-loss": Number(of_best["validation_loss"], 3),
            "seconds an epoch": Number(float(epochs["seconds"].median()), 1),
        }
    if evaluation.is_optimistic:
        selected = "The weights that answer are those of the epoch with the best accuracy on the test images."
    elif history.has_validation:
        selected = (
            "The weights that answer are those of the epoch with the least log-loss on an inner split of the training "
            "images, by patient where patients are known; the held-out images were looked at once, at the end."
        )
    else:
        selected = "The weights that answer are those of the last epoch: nothing was selected."
    picture = Picture(
        name="training",
        draw=lambda: training_figure(history),
        caption="Loss and accuracy by epoch, a line for each fold; points: the epoch whose weights answer.",
        alt=training_words(history),
    )
    cells = pd.DataFrame(rows).T.rename_axis("fold")
    sentence = f"{selected} Training accuracy is that on altered images, while the weights still change."
    return Section("training", "Training", sentence, cells, at_length=True, picture=picture)


def training_figure(history: TrainingHistory) -> Figure:
    """Losses and accuracies of all folds by epoch."""
    figure, axes = canvas(5.8, 6.2)
    axes.remove()
    above, below = figure.subplots(2, 1, sharex=True)
    looks = {"training": (CURVE, "-"), "validation": (POINTS[0], "--")}
    for kind, (colour, line) in looks.items():
        label: str | None = "training" if kind == "training" else "selection"
        for epochs in history.networks.values():
            best = epochs[epochs["best"] == 1]
            for axis, measure, unit in ((above, "loss", 1), (below, "accuracy", 100)):
                values = unit * epochs[f"{kind}_{measure}"]
                axis.plot(epochs["epoch"], values, line, color=colour, linewidth=1.2, alpha=0.8, label=label)
                axis.plot(best["epoch"], unit * best[f"{kind}_{measure}"], "o", color=colour, markersize=5)
            label = None  # once is enough for all folds
    above.set(ylabel="loss (log-loss; in training by class weight)", ylim=(0, None))
    below.set(ylabel="accuracy, %", xlabel="epoch")
    above.set_title("Training, epoch by epoch, a line for each fold", fontsize=11)
    finish(above, "upper right")
    finish(below, "lower right")
    return figure


def training_words(history: TrainingHistory) -> str:
    """The first and the selected epoch of each fold."""
    words = []
    for name, epochs in history.networks.items():
        first, best = epochs.iloc[0], epochs[epochs["best"] == 1].iloc[0]
        words.append(
            f"fold {name}: training loss {first['training_loss']:.2f} in epoch 1, "
            f"{best['training_loss']:.2f} in epoch {best['epoch']:.0f}, the selected one"
        )
    return f"Training curves; {'; '.join(words)}."


def frozen_section(comparison: Comparison) -> Section:
    """The result beside the frozen features of a network with the default head, on the same folds."""
    rows: dict[str, dict[str, Cell]] = {TRAINED: {}, FROZEN: {}, "difference": {}}
    for row in comparison.differences:
        decimals, unit = (3, 1) if row.measure in ("AUC", "log-loss") else (1, 100)
        rows[TRAINED][row.measure] = Number(row.second, decimals, unit)
        rows[FROZEN][row.measure] = Number(row.first, decimals, unit)
        rows["difference"][row.measure] = Estimate(row.change, decimals, unit, signed=True)
    sentence = (
        f"Is it worth to train the layers themselves? {verdict(comparison)} Frozen: the same images, folds and "
        "symmetries, described by a pretrained network whose layers were never changed, and the head that cv has by "
        "default. Rakhlin et al. 2018 found training worse than frozen features on 400 images."
    )
    cells = pd.DataFrame(rows).T.rename_axis("layers")
    return Section("trained-beside-frozen", "Trained beside frozen", sentence, cells)


def document_section(evaluation: Evaluation, history: TrainingHistory) -> Section | None:
    """A document's published numbers for the recipe beside these; None where it has none, or there are more classes."""
    settings = evaluation.settings or {}
    published, classes = settings.get("published"), evaluation.out_of_fold.classes
    if not isinstance(published, Mapping) or len(classes) != 2:
        return None
    negative, positive = classes
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
        value = published.get(name)
        row[name] = Number(float(value), 3 if name == PARAMETERS else 0) if isinstance(value, int | float) else None
    return row


PARAMETERS = "parameters (million)"
MEASURES = (
    "accuracy", "precision, negative", "precision, positive", "specificity", "sensitivity", PARAMETERS,
    "seconds an epoch",
)  # fmt: skip


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
    parameters = (evaluation.settings or {}).get("parameters")
    counted = parameters.get("keras") if isinstance(parameters, Mapping) else None
    row[PARAMETERS] = Number(counted / 1e6, 3) if isinstance(counted, int) else None
    row["seconds an epoch"] = Number(history.seconds, 1)
    return row
