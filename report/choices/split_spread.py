"""How much of a result hangs on which patients were held out together: the same images in other folds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from report.choices.heads_compared import accuracy_of, log_loss_of
from report.measures.all_images import auc_of, has_auc
from report.measures.learning_curve import read_further_predictions
from report.out_of_fold import OutOfFold, aligned, out_of_fold_of
from report.section import Cell, Number, Section

NAMES = ("the run", "its repeats")
SPREAD = ("mean", "std", "range")  # rows below those of the divisions


@dataclass(frozen=True, eq=False)
class Splits:
    """The answers under several divisions of the same images into folds, those of the run first."""

    seeds: Sequence[int | None]  # of each division; None: that of the run
    answers: Sequence[OutOfFold]

    @property
    def names(self) -> list[str]:
        """What each division is called."""
        return ["this run" if seed is None else f"seed {seed}" for seed in self.seeds]

    @property
    def different(self) -> int:
        """How many of the divisions hold other images out together, however the folds are numbered."""
        return len({_partition(answers.fold) for answers in self.answers})

    def values(self) -> dict[str, list[float]]:
        """Accuracy, AUC where there is one, and log-loss of each division."""
        values: dict[str, list[float]] = {"accuracy": [accuracy_of(answers) for answers in self.answers]}
        if has_auc(self.answers[0]):
            values["AUC"] = [auc_of(answers, answers.auc).value for answers in self.answers]
        values["log-loss"] = [log_loss_of(answers) for answers in self.answers]
        return values


def read_repeated(path: str | Path) -> pd.DataFrame:
    """Read the table that `splits_of` takes, as cv left it. Raises PredictionsError."""
    return read_further_predictions(path, ("seed",))


def splits_of(table: pd.DataFrame, out_of_fold: OutOfFold) -> Splits:
    """The run, and a table `seed` and the columns of a fused table. Raises ComparisonError where images differ."""
    seeds: list[int | None] = [None]
    answers = [out_of_fold]
    for seed, rows in table.groupby("seed"):
        again = out_of_fold_of(rows, out_of_fold.positive, out_of_fold.rule, out_of_fold.auc)
        seeds.append(int(float(str(seed))))
        answers.append(aligned(out_of_fold, again, NAMES))
    return Splits(seeds, answers)


def splits_section(splits: Splits) -> Section:
    """A row per division, and how far they lie apart."""
    names = [*splits.names, *SPREAD]
    rows: dict[str, dict[str, Cell]] = {name: {} for name in names}
    for measure, values in splits.values().items():
        spread = [np.mean(values), np.std(values, ddof=1), np.ptp(values)]
        decimals, unit = (1, 100) if measure == "accuracy" else (3, 1)
        for name, value in zip(names, [*values, *spread], strict=True):
            rows[name][measure] = Number(float(value), decimals, unit)
    sentence = (
        f"The same images in {len(splits.names)} divisions into folds, with models trained anew: accuracy in %, "
        "log-loss as it is (0 is perfect); std is the standard deviation, as of a sample of divisions, range from the "
        "lowest to the highest. It says how much of the result hangs on the split, and is no confidence interval: the "
        f"patients are the same in each, and other patients would differ more.{alike_words(splits)}"
    )
    cells = pd.DataFrame(rows).T.rename_axis("folds")
    return Section("other-splits", "Other splits", sentence, cells)


def alike_words(splits: Splits) -> str:
    """How many divisions are really others; nothing where all are."""
    if splits.different == len(splits.answers):
        return ""
    if splits.different == 1:
        return " Here all divisions hold the same images out together, and only number the folds otherwise."
    return f" Here only {splits.different} hold other images out together; the rest number the folds otherwise."


def _partition(fold: np.ndarray) -> tuple[int, ...]:
    """The division with folds numbered as they first come, (n,)."""
    numbers: dict[int, int] = {}
    for number in fold.tolist():
        numbers.setdefault(number, len(numbers))
    return tuple(numbers[number] for number in fold.tolist())
