"""How often the answers are right: the paper's Table 1, the confusion matrix, and each class by itself."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix, log_loss

from report.out_of_fold import OutOfFold


def accuracy_by_fold(label: np.ndarray, predicted: np.ndarray, fold: np.ndarray) -> pd.Series:
    """The accuracy of each fold in per cent: three (n,) -> (folds,), indexed by ascending fold.

    >>> accuracy_by_fold(np.array(["a", "b", "b"]), np.array(["a", "a", "b"]), np.array([2, 2, 1])).to_dict()
    {1: 100.0, 2: 50.0}
    """
    return 100 * pd.Series(label == predicted, dtype=float).groupby(np.asarray(fold)).mean()


def table_1(fusion: OutOfFold, variants: Mapping[str, OutOfFold] | None = None) -> pd.DataFrame:
    """Accuracy in per cent: rows variants, std, fusion; columns folds, mean, std (Rakhlin et al. 2018, Table 1).

    Both standard deviations are those of a population (ddof 0): over folds in the last column, over variants in the
    row, where there are any. A model called "fusion" is the fusion, not a variant.
    """
    shown = {name: answers for name, answers in (variants or {}).items() if name != "fusion"}
    rows = pd.DataFrame({name: fold_row(answers) for name, answers in shown.items()}).T
    last = pd.DataFrame({"fusion": fold_row(fusion)}).T
    if not shown:
        return last.rename_axis("variant")
    spread = pd.DataFrame({"std": rows.std(ddof=0)}).T
    spread["std"] = np.nan  # a deviation of deviations says nothing; the paper leaves the corner empty
    return pd.concat([rows, spread, last]).rename_axis("variant")


def fold_row(answers: OutOfFold) -> pd.Series:
    """One row of Table 1: the accuracy of each fold, their mean and their population standard deviation."""
    folds = accuracy_by_fold(answers.label, answers.predicted, answers.fold)
    row = folds.rename(index=str)
    row["mean"], row["std"] = folds.mean(), folds.std(ddof=0)
    return row


def confusion(answers: OutOfFold) -> pd.DataFrame:
    """How many images of each true class (rows) were given each class (columns), in class order."""
    classes = list(answers.classes)
    counts = confusion_matrix(answers.label, answers.predicted, labels=classes)  # (classes, classes)
    return pd.DataFrame(counts, index=pd.Index(classes, name="true"), columns=pd.Index(classes, name="predicted"))


def class_table(counts: pd.DataFrame) -> pd.DataFrame:
    """Images, recall and precision (per cent) of each class of a confusion matrix; NaN where nothing is counted."""
    right = np.diag(counts).astype(float)  # (classes,)
    true, given = counts.sum(axis=1), counts.sum(axis=0)  # (classes,), (classes,)
    recall = 100 * right / true.where(true > 0)  # (classes,)
    precision = 100 * right / given.where(given > 0)  # (classes,)
    return pd.DataFrame({"images": true, "recall": recall, "precision": precision}).rename_axis("class")


def overall(answers: OutOfFold) -> dict[str, float]:
    """Accuracy and balanced accuracy in per cent over all images, and log-loss in nats where probabilities exist."""
    recall = class_table(confusion(answers))["recall"]
    numbers = {"accuracy": 100 * float((answers.label == answers.predicted).mean())}
    numbers["balanced accuracy"] = float(recall.mean())  # of the classes that have images
    if answers.probabilities is not None:
        # log_loss takes its columns in sorted order, so the classes go in as their numbers
        codes = [answers.classes.index(name) for name in answers.label]  # (n,)
        sure = answers.probabilities / answers.probabilities.sum(axis=1, keepdims=True)  # (n, classes)
        numbers["log-loss"] = float(log_loss(codes, sure, labels=range(len(answers.classes))))
    return numbers
