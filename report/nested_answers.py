"""The predictions of nested cross-validation as a file, and which of them are wrong."""

from pathlib import Path

import numpy as np
import pandas as pd

from cohort.predictions import PREFIX, classes_of
from report.measures.learning_curve import read_further_predictions
from report.out_of_fold import OutOfFold, refuse

NAMES = ("the run", "its nested cross-validation")
WAY_OUT = "run cv again"


def read_nested(path: str | Path) -> pd.DataFrame:
    """Read the table that `wrong_without` takes, as cv left it. Raises PredictionsError."""
    return read_further_predictions(path, ("without",))


def wrong_without(table: pd.DataFrame, out_of_fold: OutOfFold) -> np.ndarray:
    """Which images models trained without one more fold answer wrongly, (n, folds), as `procedure_interval` takes it.

    The table has `without` and the columns of a fused table; rows come in the order of `out_of_fold`. Raises
    ComparisonError where images, labels or folds are others.
    """
    row_of = {image: row for row, image in enumerate(out_of_fold.images)}
    refuse(NAMES, "images", set(row_of) ^ set(table["image"]), WAY_OUT)
    rows = table["image"].map(row_of).to_numpy()  # (predictions,)
    check_facts(table, out_of_fold.take(rows))
    folds = np.unique(out_of_fold.fold)
    check_complete(table, len(row_of), folds)
    classes = classes_of(table)
    probabilities = table[[PREFIX + name for name in classes]].to_numpy(float)  # (predictions, classes)
    predicted = np.array(classes)[probabilities.argmax(axis=1)]  # (predictions,)
    cross_validated = out_of_fold.predicted != out_of_fold.label  # (n,)
    wrong = np.repeat(cross_validated[:, None], len(folds), axis=1)  # (n, folds)
    column = np.searchsorted(folds, table["without"])  # (predictions,)
    wrong[rows, column] = predicted != table["label"].to_numpy()
    return wrong


def check_facts(table: pd.DataFrame, expected: OutOfFold) -> None:
    """Refuse rows whose label or fold is not that of the run, `expected` in the order of the table."""
    images = table["image"].to_numpy()  # (predictions,)
    relabelled = table["label"].to_numpy() != expected.label
    refuse(NAMES, "labels", set(images[relabelled]), WAY_OUT)
    moved = table["fold"].to_numpy() != expected.fold
    refuse(NAMES, "folds", set(images[moved]), WAY_OUT)


def check_complete(table: pd.DataFrame, images: int, folds: np.ndarray) -> None:
    """Refuse a table that has not each image once without each fold but its own."""
    is_repeated = table.duplicated(["image", "without"]).any()
    is_short = len(table) != images * (len(folds) - 1)
    in_own_fold = (table["without"] == table["fold"]).any()
    is_known = table["without"].isin(folds).all()
    if is_repeated or is_short or in_own_fold or not is_known:
        refuse(NAMES, "folds", ["the folds left out"], WAY_OUT)
