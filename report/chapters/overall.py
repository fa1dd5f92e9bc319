"""How often the predictions are right: by fold, over all images, by class."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from report.binary import POOLED
from report.chapters.figure_style import canvas, short
from report.evaluation import Evaluation
from report.guess.losses import loss_words, losses_section
from report.section import Cell, Chapter, Estimate, Number, Picture, Section, chance_cell, estimate
from report.statistics.patient_groups import cohort_sentence

DARK = 65  # per cent of the true class; on a darker cell its count is white
PROCEDURE = "accuracy of the whole procedure"  # a row
CELL = 0.72  # inches, of a matrix
MOST_WRITTEN = 40  # classes whose cells have numbers; of 600 classes the picture would fill the memory
LONG = 9  # letters; longer names of classes are slanted below a matrix


def overall(evaluation: Evaluation) -> Chapter:
    """The tables that every report begins with."""
    sections = (
        accuracy_section(evaluation),
        interval_section(evaluation),
        losses_section(evaluation),
        confusion_section(evaluation),
        class_section(evaluation),
    )
    return Chapter("overall", "How often the predictions are right", sections)


GUESS = (
    "A guess looks at no image: for accuracy it always names the most frequent class, for the other measures it names "
    "each class as often as it is here (the class shares)."
)


def accuracy_section(evaluation: Evaluation) -> Section:
    """The paper's Table 1: folds with one decimal, mean and std with two."""
    fusion, table = evaluation.out_of_fold, evaluation.table_1
    cells = table.map(lambda share: Number(share, 1))
    for column in ("mean", "std"):
        cells[column] = table[column].map(lambda share: Number(share, 2))
    sentence = (
        f"Accuracy in % of {len(fusion.images)} {evaluation.predicted} predictions over {len(fusion.classes)} classes, "
        "a column per fold; a row for each variant, and last the fusion. std is the standard deviation over these "
        "folds, and in the row of that name over these variants."
    )
    if evaluation.seeds:
        sentence += " A variant's row is the mean over its seeds' accuracies, and its std that over seeds and folds."
    return Section("accuracy-by-fold", "Accuracy by fold", sentence, cells)


def interval_section(evaluation: Evaluation) -> Section:
    """Every number over all images with its interval, and what it rests on."""
    groups, assumed = evaluation.groups, evaluation.under_assumed_patients
    rows: dict[str, dict[str, Cell]] = {}
    for name, interval in evaluation.overall.items():
        is_counted = evaluation.measures[name].weight > 0  # (n,)
        rows[name] = {"value [95 % interval]": estimate(name, interval), evaluation.unit: groups.patients(is_counted)}
        rows[name]["a guess"] = chance_cell(name, evaluation.chance[name])
        if assumed:
            rows[name]["if unknown come together"] = estimate(name, assumed[name]) if name in assumed else None
    if evaluation.procedure_accuracy is not None:
        cell = estimate("accuracy", evaluation.procedure_accuracy)
        rows[PROCEDURE] = {"value [95 % interval]": cell, evaluation.unit: groups.patients(groups.group >= 0)}
    two_class = ""
    if "AUC" in rows:
        two_class = f"; AUC {auc_words(evaluation)}"
    if "sensitivity" in rows:
        two_class += "; sensitivity, specificity, PPV, NPV and F1 at 0.50"
    sentence = (
        f"In % over all images together (AUC and kappa as they are; macro F1 is the mean over classes{two_class}). "
        f"{GUESS} {cohort_sentence(groups)}{assumption_words(evaluation)}{procedure_words(evaluation)}"
    )
    cells = pd.DataFrame(rows).T.rename_axis("fusion")
    return Section("all-images-together", "All images together", sentence, cells)


def auc_words(evaluation: Evaluation) -> str:
    """How the AUC is taken."""
    if evaluation.out_of_fold.auc == POOLED:
        return "over all pairs of images, of whatever folds, as in Rakhlin et al. 2018"
    return "is the mean of the folds that have both kinds of images"


def assumption_words(evaluation: Evaluation) -> str:
    """What the column on unknown patients assumes; nothing where there is none."""
    if not evaluation.under_assumed_patients:
        return ""
    return (
        f" The last column has the interval if unknown images come {evaluation.images_of_unknown} to a patient, as the "
        "known do."
    )


def procedure_words(evaluation: Evaluation) -> str:
    """What the row on the whole procedure is; nothing where there is none."""
    if evaluation.procedure_accuracy is None:
        return ""
    return (
        f" The {PROCEDURE} has training and choice of split in its interval: what to expect of models made likewise "
        "from as many other patients (nested cross-validation, Bates et al. 2023); the same where folds differ no more "
        "than by chance."
    )


def confusion_section(evaluation: Evaluation) -> Section:
    """The confusion matrix, as a table and as a figure."""
    picture = Picture(
        name="confusion",
        draw=lambda: confusion_figure(evaluation),
        caption="Images by true and predicted class, with their share of the true class.",
        alt=confusion_words(evaluation.confusion),
    )
    sentence = "Images of each true class (rows) by the class that the fusion of all models predicted (columns)."
    return Section("confusion-matrix", "Confusion matrix", sentence, evaluation.confusion, picture=picture)


def class_section(evaluation: Evaluation) -> Section:
    """Each class by itself, and in the sentence the numbers over all images."""
    totals = evaluation.totals
    rows = {}
    for name, images in evaluation.confusion.sum(axis=1).items():
        intervals = evaluation.class_intervals[str(name)]
        measures = {measure: Estimate(interval) for measure, interval in intervals.items()}
        rows[name] = {"images": int(images), **measures}
    log_loss = f", log-loss {totals['log-loss']:.4f} ({loss_words(evaluation)})" if "log-loss" in totals else ""
    sentence = (
        f"The fusion, all images together: accuracy {totals['accuracy']:.2f} %, balanced accuracy (mean recall) "
        f"{totals['balanced accuracy']:.2f} %{log_loss}; below, recall and precision of each class in %."
    )
    return Section("classes", "Classes", sentence, pd.DataFrame(rows).T.rename_axis("class"))


def confusion_figure(evaluation: Evaluation) -> Figure:
    """The confusion matrix: counts, and their share of the true class as colour and in per cent."""
    counts = evaluation.confusion
    size = len(counts)
    share = row_shares(counts)  # (classes, classes)
    side = CELL * min(size, MOST_WRITTEN)
    figure, axes = canvas(1.9 + side, 1.3 + side)
    colours = axes.imshow(share, cmap="Blues", vmin=0, vmax=100)
    if size <= MOST_WRITTEN:
        write_cells(axes, counts.to_numpy(), share)
        name_classes(axes, counts)
    else:  # colours alone, as numbers could not be read
        axes.set(xlabel=f"predicted, {size} classes", ylabel="true", xticks=[], yticks=[])
    right = np.diag(counts).sum()
    axes.set_title(f"{right} of {counts.to_numpy().sum()} images right, {evaluation.predicted}", fontsize=11)
    bar = figure.colorbar(colours, ax=axes, fraction=0.05, shrink=0.8, label="% of the true class")
    bar.outline.set_visible(False)
    return figure


def name_classes(axes: Axes, counts: pd.DataFrame) -> None:
    """Write the classes along both axes, slanted where they would touch, and part the cells by white lines."""
    names = [short(name) for name in counts.columns]
    size = len(names)
    slant: dict[str, Any] = {}
    if max(map(len, names)) > LONG:
        slant = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(range(size), names, **slant)
    axes.set_yticks(range(size), names)
    axes.set(xlabel="predicted", ylabel="true")
    edges = np.arange(size + 1) - 0.5  # (classes + 1,)
    axes.set_xticks(edges, minor=True)
    axes.set_yticks(edges, minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)


def write_cells(axes: Axes, counts: np.ndarray, share: np.ndarray) -> None:
    """Write count and per cent into each cell, light on dark; zeros step back."""
    centred: dict[str, Any] = {"ha": "center", "va": "center"}
    for (row, column), count in np.ndenumerate(counts):
        per_cent = share[row, column]
        if not count:
            axes.text(column, row, "0", color="#a0a0a0", fontsize=13, **centred)
            continue
        colour = "white" if per_cent > DARK else "#222222"
        axes.text(column, row - 0.1, f"{count}", color=colour, fontsize=13, **centred)
        axes.text(column, row + 0.22, f"{per_cent:.1f} %", color=colour, fontsize=8.5, **centred)


def row_shares(counts: pd.DataFrame) -> np.ndarray:
    """Per cent of each row, (classes, classes); zeros for a class without images."""
    totals = counts.to_numpy().sum(axis=1, keepdims=True)  # (classes, 1)
    return 100 * counts.to_numpy() / np.maximum(totals, 1)


def confusion_words(counts: pd.DataFrame) -> str:
    """How many are right, and the most frequent confusion."""
    images, right = counts.to_numpy().sum(), np.diag(counts).sum()
    mistakes = counts.to_numpy(copy=True)  # (classes, classes)
    np.fill_diagonal(mistakes, 0)
    row, column = divmod(int(mistakes.argmax()), len(mistakes))
    most_frequent = ""
    if mistakes.any():
        label, predicted = counts.index[row], counts.columns[column]
        most_frequent = f"; most often {label} was taken for {predicted}, {mistakes[row, column]} times"
    return f"Confusion matrix: {right} of {images} images are right{most_frequent}."
