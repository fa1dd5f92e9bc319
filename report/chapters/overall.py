"""The tables of a report, in the order of reading."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from report.evaluation import Evaluation
from report.figure_style import canvas, short
from report.measures.accuracy import class_table, confusion, overall
from report.out_of_fold import OutOfFold
from report.section import Section, interval_text, number
from report.statistics.bootstrap import Resamples, cohort_sentence
from report.statistics.intervals import overall_intervals, share_interval


def accuracy_section(table: pd.DataFrame, fusion: OutOfFold) -> Section:
    """The paper's Table 1: folds with one decimal, mean and std with two."""
    cells = table.map(lambda share: number(share, 1))
    for column in ("mean", "std"):
        cells[column] = table[column].map(lambda share: number(share, 2))
    sentence = (
        f"Accuracy in % of {len(fusion.images)} out-of-fold answers over {len(fusion.classes)} classes, a column per "
        "fold; both std are of a population (ddof 0), the row's over the variants."
    )
    return Section("Accuracy by fold", sentence, cells)


def interval_section(fusion: OutOfFold, resamples: Resamples) -> Section:
    """Every number over all images with its interval, and what it rests on."""
    found = overall_intervals(fusion, resamples)
    unit = "patients" if resamples.by_patient else "images"
    about = {name: np.full(len(fusion.label), True) for name in found}
    about |= {"sensitivity": fusion.truth, "specificity": ~fusion.truth}
    rows = {
        name: {"value [95 % interval]": interval_text(name, kept), unit: str(resamples.patients(about[name]))}
        for name, kept in found.items()
    }
    sentence = (
        f"In % over all images together (AUC and kappa as they are; sensitivity and specificity at 0.50). "
        f"{cohort_sentence(resamples)} Where nothing went wrong, each {unit[:-1]} counts once."
    )
    return Section("All images together", sentence, pd.DataFrame(rows).T.rename_axis("fusion"))


def class_section(counts: pd.DataFrame, fusion: OutOfFold, resamples: Resamples) -> Section:
    """Each class by itself, and in the sentence the numbers over all images."""
    right, numbers = fusion.label == fusion.predicted, overall(fusion)
    cells = pd.DataFrame(
        {
            "images": class_table(counts)["images"].astype(str),
            "recall": [share_interval(right, fusion.label == name, resamples).text() for name in counts.index],
            "precision": [share_interval(right, fusion.predicted == name, resamples).text() for name in counts.index],
        },
    )
    loss = f", log-loss {numbers['log-loss']:.4f} (nats per image)" if "log-loss" in numbers else ""
    sentence = (
        f"Fusion, all images together: accuracy {numbers['accuracy']:.2f} %, balanced accuracy (mean recall) "
        f"{numbers['balanced accuracy']:.2f} %{loss}; below, recall and precision of each class in %."
    )
    return Section("Classes", sentence, cells)


def confusion_figure(answers: OutOfFold) -> Figure:
    """The confusion matrix: counts, and their share of the true class as colour and in per cent."""
    counts = confusion(answers)
    size = len(counts)
    share = row_shares(counts)  # (classes, classes)
    figure, axes = canvas(1.9 + 0.72 * size, 1.3 + 0.72 * size)
    picture = axes.imshow(share, cmap="Blues", vmin=0, vmax=100)
    write_cells(axes, counts.to_numpy(), share)
    name_classes(axes, counts)
    right = np.diag(counts).sum()
    axes.set_title(f"{right} of {len(answers.label)} images right, out-of-fold", fontsize=11)
    bar = figure.colorbar(picture, ax=axes, fraction=0.05, shrink=0.8, label="% of the true class")
    bar.outline.set_visible(False)
    return figure


def name_classes(axes: Axes, counts: pd.DataFrame) -> None:
    """Write the classes along both axes, slanted where they would touch, and part the cells by white lines."""
    names = [short(name) for name in counts.columns]
    size, longest = len(names), max(map(len, names))
    slant: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if longest > 9 else {}
    axes.set_xticks(range(size), names, **slant)
    axes.set_yticks(range(size), names)
    axes.set(xlabel="predicted", ylabel="true")
    axes.set_xticks(np.arange(size + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(size + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)


def write_cells(axes: Axes, counts: np.ndarray, share: np.ndarray) -> None:
    """Write count and per cent into each cell, light on dark; zeros step back."""
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if share[row, column] > 65 else "#222222"
        style: dict[str, Any] = {"ha": "center", "va": "center", "color": colour}
        if count:
            axes.text(column, row - 0.1, f"{count}", **style, fontsize=13)
            axes.text(column, row + 0.22, f"{share[row, column]:.1f} %", **style, fontsize=8.5)
        else:
            axes.text(column, row, "0", **style | {"color": "#a0a0a0"}, fontsize=13)


def row_shares(counts: pd.DataFrame) -> np.ndarray:
    """Per cent of each row, (classes, classes); zeros for a class without images."""
    totals = counts.to_numpy().sum(axis=1, keepdims=True)  # (classes, 1)
    return 100 * counts.to_numpy() / np.maximum(totals, 1)


def confusion_words(facts: Evaluation) -> str:
    """How many are right, and the most frequent confusion."""
    counts = confusion(facts.fusion)
    wrong = counts.to_numpy(copy=True)  # (classes, classes)
    np.fill_diagonal(wrong, 0)
    row, column = divmod(int(wrong.argmax()), len(wrong))
    most = f"; most often {counts.index[row]} was taken for {counts.index[column]}, {wrong[row, column]} times"
    right = int(np.trace(counts.to_numpy()))
    return f"Confusion matrix: {right} of {counts.to_numpy().sum()} images are right{most if wrong.any() else ''}."
