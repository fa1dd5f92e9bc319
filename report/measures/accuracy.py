"""How often the predictions are right: the paper's Table 1, the confusion matrix, each class and each patient."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix

from cohort.predictions import SELECTED_ON_TEST
from report.out_of_fold import OutOfFold
from report.statistics.clustered import clustered_interval
from report.statistics.influence import share
from report.statistics.intervals import Interval
from report.statistics.metrics import losses

FUSION = "fusion"  # the last row of Table 1


def accuracy_by_fold(label: np.ndarray, predicted: np.ndarray, fold: np.ndarray) -> pd.Series:
    """The accuracy of each fold in per cent: three (n,) -> (folds,), indexed by ascending fold.

    >>> accuracy_by_fold(np.array(["a", "b", "b"]), np.array(["a", "a", "b"]), np.array([2, 2, 1])).to_dict()
    {1: 100.0, 2: 50.0}
    """
    right = pd.Series(label == predicted, dtype=float)
    return 100 * right.groupby(np.asarray(fold)).mean()


def table_1(
    out_of_fold: OutOfFold,
    variants: Mapping[str, OutOfFold] | None = None,
    seeds: Mapping[str, Sequence[OutOfFold]] | None = None,
) -> pd.DataFrame:
    """Accuracy in per cent: rows variants, std, fusion; columns folds, mean, std (Rakhlin et al. 2018, Table 1).

    Both standard deviations are those of a population (ddof 0): over folds in the last column, over variants in the
    row, where there are any. A variant whose `seeds` are known has the mean over these of each one's accuracy, and the
    deviation over seeds and folds, as published. A model called "fusion" is the fusion, not a variant.
    """
    rows = {}
    for name, variant in (variants or {}).items():
        of_seeds = (seeds or {}).get(name)
        rows[name] = seed_row(of_seeds) if of_seeds else fold_row(variant)
    for name in (FUSION, FUSION + SELECTED_ON_TEST):
        rows.pop(name, None)
    fusion = pd.DataFrame({FUSION: fold_row(out_of_fold)}).T
    if not rows:
        return fusion.rename_axis("variant")
    of_variants = pd.DataFrame(rows).T
    spread = pd.DataFrame({"std": of_variants.std(ddof=0)}).T
    spread["std"] = np.nan  # a deviation of deviations says nothing; the paper leaves the corner empty
    return pd.concat([of_variants, spread, fusion]).rename_axis("variant")


def fold_row(out_of_fold: OutOfFold) -> pd.Series:
    """One row of Table 1: the accuracy of each fold, their mean and their population standard deviation."""
    folds = accuracy_by_fold(out_of_fold.label, out_of_fold.predicted, out_of_fold.fold)
    row = folds.rename(index=str)
    row["mean"] = folds.mean()
    row["std"] = folds.std(ddof=0)
    return row


def seed_row(seeds: Sequence[OutOfFold]) -> pd.Series:
    """One row of Table 1 from the predictions of each seed: every fold's mean over the seeds, the mean and population
    standard deviation over all seeds and folds.
    """
    table = pd.DataFrame([accuracy_by_fold(seed.label, seed.predicted, seed.fold) for seed in seeds])  # (seed, fold)
    row = table.mean(axis=0).rename(index=str)
    accuracies = table.to_numpy()
    row["mean"] = accuracies.mean()
    row["std"] = accuracies.std()
    return row


def confusion(out_of_fold: OutOfFold) -> pd.DataFrame:
    """How many images of each true class (rows) were predicted as each class (columns), in class order."""
    classes = list(out_of_fold.classes)
    counts = confusion_matrix(out_of_fold.label, out_of_fold.predicted, labels=classes)  # (classes, classes)
    return pd.DataFrame(counts, index=pd.Index(classes, name="true"), columns=pd.Index(classes, name="predicted"))


def class_table(counts: pd.DataFrame) -> pd.DataFrame:
    """Images, recall and precision (per cent) of each class of a confusion matrix; NaN where nothing is counted."""
    right = np.diag(counts).astype(float)  # (classes,)
    labelled = counts.sum(axis=1)  # (classes,)
    predicted = counts.sum(axis=0)  # (classes,)
    recall = 100 * right / labelled.where(labelled > 0)  # (classes,)
    precision = 100 * right / predicted.where(predicted > 0)  # (classes,)
    return pd.DataFrame({"images": labelled, "recall": recall, "precision": precision}).rename_axis("class")


def class_intervals(out_of_fold: OutOfFold, group: np.ndarray) -> dict[str, dict[str, Interval]]:
    """Recall and precision of each class with their intervals, for images of patients `group` (n,)."""
    right = out_of_fold.label == out_of_fold.predicted  # (n,)
    intervals = {}
    for name in out_of_fold.classes:
        recall = clustered_interval(share(right, out_of_fold.label == name), group)
        precision = clustered_interval(share(right, out_of_fold.predicted == name), group)
        intervals[name] = {"recall": recall, "precision": precision}
    return intervals


def overall(out_of_fold: OutOfFold) -> dict[str, float]:
    """Accuracy and balanced accuracy in per cent over all images, and log-loss in nats where probabilities exist."""
    recall = class_table(confusion(out_of_fold))["recall"]
    numbers = {"accuracy": 100 * float((out_of_fold.label == out_of_fold.predicted).mean())}
    numbers["balanced accuracy"] = float(recall.mean())  # of the classes that have images
    if out_of_fold.probabilities is not None:
        log_loss, _ = losses(out_of_fold.probabilities, out_of_fold.codes)  # (n,)
        numbers["log-loss"] = float(log_loss.mean())
    return numbers


def patient_table(out_of_fold: OutOfFold) -> pd.DataFrame | None:
    """Of each known patient: its classes, images, how many are right, and what the wrong ones were taken for.

    The worst come first. None where no patient is known.
    """
    if not out_of_fold.known.any():
        return None
    with_patient = out_of_fold.take(out_of_fold.known)
    mistakes = []
    for label, predicted in zip(with_patient.label, with_patient.predicted, strict=True):
        mistakes.append("" if label == predicted else f"{label} as {predicted}")
    right = with_patient.predicted == with_patient.label  # (n,)
    rows = pd.DataFrame(
        {"patient": with_patient.patients, "label": with_patient.label, "right": right, "mistake": mistakes}
    )

    def in_class_order(labels: pd.Series) -> str:
        return ", ".join(name for name in out_of_fold.classes if name in set(labels))

    table = rows.groupby("patient").agg(
        classes=("label", in_class_order),
        images=("right", "size"),
        right=("right", "sum"),
        mistakes=("mistake", counted),
    )
    share = table["right"] / table["images"]
    return table.iloc[share.argsort(kind="stable")]


def counted(mistakes: pd.Series) -> str:
    """Each mistake and how often, the most frequent first.

    >>> counted(pd.Series(["", "a as b", "a as b", "b as a"]))
    '2 a as b, 1 b as a'
    """
    counts = mistakes[mistakes != ""].value_counts()
    return ", ".join(f"{count} {mistake}" for mistake, count in counts.items())
