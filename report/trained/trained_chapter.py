"""The chapter on networks trained end to end: their epochs, frozen features beside them, and a document's numbers."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from report.chapters.figure_style import CURVE, POINTS, canvas, finish
from report.comparison import Comparison, verdict
from report.evaluation import Evaluation
from report.section import Cell, Chapter, Estimate, Number, Picture, Section
from report.trained.beside_document import document_sections
from report.trained.class_counts import counts_section
from report.trained.training_history import FROZEN, TRAINED, TrainingHistory


def trained_networks(evaluation: Evaluation) -> Chapter | None:
    """Only of runs of finetune."""
    history = evaluation.history
    if history is None:
        return None
    sections = [epochs_section(evaluation, history)]
    if evaluation.against_frozen is not None:
        sections.append(frozen_section(evaluation.against_frozen))
    sections += document_sections(evaluation, history)
    counts = counts_section(evaluation)
    if counts is not None:
        sections.append(counts)
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
    sentence = (
        f"{selected} Training accuracy is that on altered images, while the weights still change."
        f"{head_words(evaluation, history)}"
    )
    return Section("training", "Training", sentence, cells, at_length=True, picture=picture)


def head_words(evaluation: Evaluation, history: TrainingHistory) -> str:
    """How many networks answer with a head that was trained on layers as they came; nothing where none does."""
    settings = evaluation.settings or {}
    training = settings.get("training")
    if not isinstance(training, Mapping) or settings.get("first_weights", "random") == "random":
        return ""
    head_epochs = training.get("head_epochs", 0)
    count = int((history.selected["epoch"] <= head_epochs).sum())
    if not count:
        return ""
    return (
        f" In the first {head_epochs} epochs the head alone is trained, and {count} of {len(history.selected)} "
        "selected epochs are among these: their other layers are as they came."
    )


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
    above.set(ylabel="log-loss", ylim=(0, None))
    below.set(ylabel="accuracy, %", xlabel="epoch", ylim=(0, 102))
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
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
