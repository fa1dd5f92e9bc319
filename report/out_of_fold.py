"""One model's out-of-fold predictions: what every table and figure is computed from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from cohort.predictions import PREFIX, PredictionsError, classes_of, raw_columns_of, selected_on_test
from imaging.errors import HistoboostError
from report.binary import (
    WITHIN_FOLDS,
    checked_positive,
    checked_rule,
    default_positive,
    default_rule,
    positive_score,
)

NAMED = 3  # offenders in a message


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """One prediction per image, never by a model that was trained on it."""

    images: np.ndarray  # (n,) names
    label: np.ndarray  # (n,) the true class
    fold: np.ndarray  # (n,) whole numbers
    predicted: np.ndarray  # (n,) the predicted class
    classes: tuple[str, ...]
    probabilities: np.ndarray | None = None  # (n, classes); None where only the classes were published
    positive: tuple[str, ...] | None = None  # the classes that count as positive; None: there is no two-class task
    rule: str = "sum"  # how the score was made from the probabilities
    score: np.ndarray | None = None  # (n,) that the image is positive; None exactly where positive is
    patients: np.ndarray | None = None  # (n,) text, "" where unknown; None where all are
    auc: str = WITHIN_FOLDS  # how the AUC is taken: WITHIN_FOLDS or POOLED
    raw: np.ndarray | None = None  # (n, classes) as the models voted; None where the probabilities are that
    is_optimistic: bool = False  # whether the model was chosen by these very images

    @property
    def voted(self) -> np.ndarray | None:
        """The probabilities that the models voted for, (n, classes), before any recalibration."""
        return self.probabilities if self.raw is None else self.raw

    @property
    def groups(self) -> np.ndarray:
        """What each image varies with, (n,) text: its patient, or itself where that is unknown."""
        patients = [""] * len(self.images) if self.patients is None else self.patients
        pairs = zip(self.images, patients, strict=True)
        return np.array([f"patient {patient}" if patient else f"image {image}" for image, patient in pairs], dtype=str)

    @property
    def known(self) -> np.ndarray:
        """Whether the patient of each image is known, (n,)."""
        return np.full(len(self.images), False) if self.patients is None else np.asarray(self.patients) != ""

    @property
    def codes(self) -> np.ndarray:
        """The position of each true class in `classes`, (n,)."""
        return np.array([self.classes.index(name) for name in self.label])

    @property
    def truth(self) -> np.ndarray:
        """Whether each image is positive, (n,)."""
        return np.isin(self.label, self.positive or ())

    @property
    def ranked(self) -> tuple[np.ndarray, np.ndarray] | None:
        """What an AUC is taken of: which images are of one kind, (n,) bool, and the score of that kind, (n,).

        Of two classes the AUC of either is that of the other, so that none need be named positive. None where neither a
        positive class nor two classes with probabilities are there.
        """
        if self.positive is not None:
            return None if self.score is None else (self.truth, self.score)
        if len(self.classes) != 2 or self.probabilities is None:
            return None
        return self.label == self.classes[1], self.probabilities[:, 1]

    def take(self, rows: np.ndarray) -> "OutOfFold":
        """The predictions for these images only, in this order; `rows` are positions or (n,) bool."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        arrays = {name: column for name, column in columns.items() if isinstance(column, np.ndarray)}
        return replace(self, **{name: column[rows] for name, column in arrays.items()})

    def called(self, threshold: float) -> np.ndarray:
        """Whether each image is called positive at a threshold, (n,).

        Under rule "max", 0.5 is the predicted class: the score alone may be rounded or tied there.
        """
        if self.rule == "max" and threshold == 0.5:
            return np.isin(self.predicted, self.positive or ())
        return np.full(len(self.label), False) if self.score is None else self.score >= threshold


def out_of_fold_of(
    table: pd.DataFrame, positive: Sequence[str] | None = None, rule: str | None = None, auc: str = WITHIN_FOLDS
) -> OutOfFold:
    """The predictions in a table of one model, such as the fused one; None asks for the default.

    A tie goes to the earlier class. Raises PredictionsError on several models, PositiveError on a wrong choice.
    """
    models = table["model"].unique()
    if len(models) != 1:
        raise PredictionsError(f"a report is about one model; the table has {', '.join(models)}; fuse or select first")
    classes = classes_of(table)
    probabilities = table[[PREFIX + name for name in classes]].to_numpy(float)  # (n, classes)
    raw_columns = raw_columns_of(table)
    positive = default_positive(classes) if positive is None else checked_positive(classes, positive)
    rule = default_rule(classes) if rule is None else checked_rule(rule)
    return OutOfFold(
        images=table["image"].to_numpy(),
        label=table["label"].to_numpy(),
        fold=table["fold"].to_numpy(),
        predicted=np.array(classes)[probabilities.argmax(axis=1)],
        classes=classes,
        probabilities=probabilities,
        positive=positive,
        rule=rule,
        score=None if positive is None else positive_score(probabilities, classes, positive, rule),
        patients=table["patient"].to_numpy(),
        auc=auc,
        raw=table[raw_columns].to_numpy(float) if raw_columns else None,
        is_optimistic=selected_on_test(models),
    )


def out_of_fold_by_model(
    table: pd.DataFrame, positive: Sequence[str] | None = None, rule: str | None = None, auc: str = WITHIN_FOLDS
) -> dict[str, OutOfFold]:
    """The predictions of each model of a table, in the table's order."""
    return {str(model): out_of_fold_of(rows, positive, rule, auc) for model, rows in table.groupby("model", sort=False)}


class ComparisonError(HistoboostError):
    """The two sets of predictions are not about the same images, classes and patients."""


def aligned(first: OutOfFold, second: OutOfFold, names: tuple[str, str]) -> OutOfFold:
    """The second's rows in the first's order. Raises ComparisonError where images, labels or patients differ."""
    images = set(first.images) ^ set(second.images)
    refuse(names, "images", images, "compare on the images that both have")
    classes = set(first.classes) ^ set(second.classes)
    refuse(names, "classes", classes, "make both from one table of labels")
    row_of = {image: row for row, image in enumerate(second.images)}
    second = second.take(np.array([row_of[image] for image in first.images]))
    relabelled = first.images[first.label != second.label]
    refuse(names, "labels", relabelled, "make both from one table of labels")
    if first.known.any() and second.known.any():
        of_others = first.images[first.groups != second.groups]
        refuse(names, "patients", of_others, "make both from one table of patients")
    return second


def refuse(names: tuple[str, str], what: str, offenders: Iterable[str], way_out: str) -> None:
    """Raise ComparisonError naming the first three offenders, if there are any."""
    listed = sorted(map(str, offenders))
    if not listed:
        return
    some = ", ".join(listed[:NAMED])
    if len(listed) > NAMED:
        some += f" and {len(listed) - NAMED} more"
    raise ComparisonError(f"{' and '.join(names)} must have the same {what}; they differ in {some}; {way_out}")
