"""The predictions of nested cross-validation as a file, and which of them are wrong."""

from pathlib import Path

import numpy as np
import pandas as pd

from cohort.predictions import PREFIX, classes_of
from report.measures.learning_curve import read_further_predictions
from report.out_of_fold import OutOfFold, refuse

NAMES = ("the run", "its nested cross-validation")


def read_nested(path: str | Path) -> pd.DataFrame:
    """Read the table that `wrong_without` takes, as cv left it. Raises PredictionsError."""
    return read_further_predictions(path, ("without",))


def wrong_without(table: pd.DataFrame, out_of_fold: OutOfFold) -> np.ndarray:
    """Which images models trained without one more fold answer wrongly, (n, folds), as `procedure_interval` takes it.

    The table has `without` and the columns of a fused table; rows come in the order of `out_of_fold`. Raises
    ComparisonError where images, labels or folds are others.
    """
    row_of = {image: row for row, image in enumerate(out_of_fold.images)}
    refuse(NAMES, "images", set(row_of) ^ set(table["image"]), "run cv again")
    rows = table["image"].map(row_of).to_numpy()  # (predictions,)
    label, fold = table["label"].to_numpy(), table["fold"].to_numpy()
    refuse(NAMES, "labels", set(table["image"][label != out_of_fold.label[rows]]), "run cv again")
    refuse(NAMES, "folds", set(table["image"][fold != out_of_fold.fold[rows]]), "run cv again")
    folds = np.unique(out_of_fold.fold)
    further = (len(folds) - 1) * len(row_of)
    if (
        table.duplicated(["image", "without"]).any()
        or len(table) != further
        or not np.isin(table["without"], folds).all()
    ):
        refuse(NAMES, "folds", ["the folds left out"], "run cv again")
    classes = classes_of(table)
    probabilities = table[[PREFIX + name for name in classes]].to_numpy(float)  # (predictions, classes)
    predicted = np.array(classes)[probabilities.argmax(axis=1)]  # (predictions,)
    first = out_of_fold.predicted != out_of_fold.label  # (n,)
    wrong = np.repeat(first[:, None], len(folds), axis=1)  # (n, folds)
    wrong[rows, np.searchsorted(folds, table["without"])] = predicted != label
    return wrong
