"""The table of predictions, one row per image and model: how it is made, written, read and checked."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from cohort.cohort import Cohort
from cohort.files.atomic import whole_file
from cohort.iciar2018 import class_order
from imaging.errors import HistoboostError

PREFIX = "p_"  # a column of probabilities is the prefix and the name of the class
KEYS = ("image", "label", "patient", "fold", "model")


class PredictionsError(HistoboostError):
    """A predictions file breaks a rule; the message names file, rule, first offenders and the way out."""


def predictions_table(cohort: Cohort, probabilities: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Lay the models' probabilities out as rows, model after model.

    `probabilities` maps a model's name to an (image, class) array. Images that are never held out have no predictions,
    and so no rows. The columns are image, label, patient, fold, model, p_<class>... Raises ValueError where a shape
    does not fit.
    """
    facts = pd.DataFrame(
        {
            "image": list(cohort.images),
            "label": cohort.labels.tolist(),
            "patient": list(cohort.patients),
            "fold": cohort.fold,
        }
    )
    tables = []
    for model, predicted in probabilities.items():
        wanted = len(cohort), len(cohort.classes)
        if predicted.shape != wanted:
            raise ValueError(f"{model}: probabilities must be {wanted}, image x class; got {predicted.shape}")
        columns = dict(zip([PREFIX + name for name in cohort.classes], predicted.T, strict=True))
        tables.append(facts.assign(model=model, **columns)[cohort.tested])
    if not tables:
        raise ValueError("a table of predictions needs the probabilities of at least one model; none were given")
    return pd.concat(tables, ignore_index=True)


def probability_columns(table: pd.DataFrame) -> list[str]:
    """Name the columns that hold probabilities, in the table's order of classes."""
    columns = [column for column in table.columns if column.startswith(PREFIX)]
    if not columns:
        raise ValueError(
            f"a table of predictions needs columns {PREFIX}<class>; it has only {', '.join(table.columns)}"
        )
    return columns


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        table.to_csv(file, index=False, lineterminator="\n", quoting=_quoting(table))


def _quoting(table: pd.DataFrame) -> Literal[0, 2]:
    """All text in quotes where a carriage return is in it: csv alone takes that for no reason to quote."""
    texts = table.select_dtypes(exclude="number")
    odd = any("\r" in str(text) for column in texts for text in texts[column].unique())
    return csv.QUOTE_NONNUMERIC if odd else csv.QUOTE_MINIMAL


def read_predictions(path: str | Path, patients: str | Path | None = None) -> pd.DataFrame:
    """Read `image,label,patient,fold,model,p_<class>...`, probability columns in class order, others dropped.

    Image, label, patient and model stay text ("0" and "NA" are labels too). Patients that a second file `image,patient`
    names take the place of the table's, which may then lack the column. Raises PredictionsError.
    """
    table = read_text_table(path)
    if patients is not None and "image" in table.columns:
        given = read_patients(patients, table["image"])  # (rows,)
        own = table["patient"] if "patient" in table.columns else ""
        table = table.assign(patient=np.where(given != "", given, own))
    require_columns(table, KEYS, path)
    classes = classes_of(table)
    columns = [PREFIX + name for name in classes]
    if len(classes) < 2:
        found = ", ".join(columns) or "none"
        raise PredictionsError(f"{path}: two or more {PREFIX}<class> columns are needed; found {found}; add the others")
    table = table[[*KEYS, *columns]].copy()
    table["fold"] = whole_numbers(table, "fold", path)
    for column in columns:
        table[column] = shares(table, column, path)
    check_predictions(table, path)
    return table


def read_patients(path: str | Path, images: Iterable[str]) -> np.ndarray:
    """The patient of each image from a file `image,patient`, (n,) text, "" where it names none. PredictionsError."""
    table = read_text_table(path)
    require_columns(table, ("image", "patient"), path)
    refuse(path, "an image has one row", table["image"][table["image"].duplicated()], "delete the repeated rows")
    known = dict(zip(table["image"], table["patient"], strict=True))
    refuse(path, "images are those of the answers", sorted(set(known) - set(images)), "check the names in both files")
    return np.array([known.get(image, "") for image in images], dtype=str)


def check_predictions(table: pd.DataFrame, source: object = "predictions") -> None:
    """Refuse a table of predictions that breaks a rule; `source` is how the message calls it."""
    classes = classes_of(table)
    sums = table[[PREFIX + name for name in classes]].sum(axis=1)  # (rows,)
    names = table["image"] + " of " + table["model"]  # (rows,)
    refuse(source, "an image has one row per model", names[names.duplicated()], "delete the repeated rows")
    labels = table["label"][~table["label"].isin(classes)].unique()
    refuse(source, f"a label is one of {', '.join(classes)}", labels, "add its p_ column or correct the label")
    off = names[~((sums - 1).abs() <= 1e-3)]
    refuse(source, "the probabilities of a row sum to 1 within 1e-3", off, "write more digits or renormalise the rows")
    check_models_agree(table, source)


def check_models_agree(table: pd.DataFrame, source: object) -> None:
    """Refuse models that answer for other images, or disagree on an image's label, patient or fold."""
    models = list(table["model"].unique())
    answered = table.groupby("image", sort=False)["model"].nunique()  # (images,)
    missed = answered.index[answered < len(models)]
    refuse(source, f"each of the {len(models)} models answers for every image", missed, "predict the missing images")
    for key in ("label", "patient", "fold"):
        different = table.groupby("image", sort=False)[key].nunique()  # (images,)
        offenders = different.index[different > 1]
        refuse(source, f"all models give an image the same {key}", offenders, "run cv again with one set of folds")
    if "fusion" in models and len(models) > 1:
        refuse(source, "fusion is computed from the variants", ["model fusion"], "delete the rows of model fusion")


def read_text_table(path: str | Path) -> pd.DataFrame:
    """Read a CSV file with every cell as text, so that no name or label turns into a number or a NaN."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise PredictionsError(f"{path}: not a CSV file in UTF-8 ({error}); save it as one, with a header") from error
    if table.empty:
        raise PredictionsError(f"{path}: a predictions file has one row per image; found none; run cv again")
    # where rows are longer than the header, pandas makes their first cells the index: every name would shift by one
    if not isinstance(table.index, pd.RangeIndex):
        raise PredictionsError(f"{path}: rows have as many cells as the header; these have more; complete the header")
    return table


def require_columns(table: pd.DataFrame, names: Iterable[str], source: object) -> None:
    """Refuse a table in which one of the named columns is missing."""
    missing = [name for name in names if name not in table.columns]
    found = ", ".join(map(str, table.columns))
    refuse(source, f"columns {', '.join(names)} are needed", missing, f"found {found}: rename or add the missing ones")


def classes_of(table: pd.DataFrame) -> tuple[str, ...]:
    """The classes of the p_ columns: in the paper's order for the four ICIAR classes, else in column order."""
    return class_order(str(name)[len(PREFIX) :] for name in table.columns if str(name).startswith(PREFIX))


def whole_numbers(table: pd.DataFrame, column: str, source: object) -> np.ndarray:
    """A text column as integers, (rows,)."""
    good = table[column].str.fullmatch(r"\s*-?\d{1,9}\s*")
    refuse(source, f"{column} is a whole number", cells(table, column, ~good), "number the folds 1, 2, 3 ...")
    return table[column].astype(int).to_numpy()


def shares(table: pd.DataFrame, column: str, source: object) -> np.ndarray:
    """A text column as numbers in [0, 1], (rows,)."""
    numbers = pd.to_numeric(table[column], errors="coerce")
    bad = ~numbers.between(0, 1)  # NaN is between nothing
    refuse(source, f"{column} is a number in [0, 1]", cells(table, column, bad), "write probabilities, not logits")
    return table[column].astype(float).to_numpy()


def cells(table: pd.DataFrame, column: str, bad: pd.Series) -> list[str]:
    """The bad cells of a column as `image: value`."""
    return [f"{image}: {value!r}" for image, value in table.loc[bad, ["image", column]].itertuples(index=False)]


def refuse(source: object, rule: str, offenders: Iterable[object], way_out: str) -> None:
    """Raise PredictionsError naming the first three offenders, if there are any."""
    offenders = list(offenders)
    if offenders:
        more = f" and {len(offenders) - 3} more" if len(offenders) > 3 else ""
        first = ", ".join(map(str, offenders[:3]))
        raise PredictionsError(f"{source}: {rule}; broken by {first}{more}; {way_out}")
