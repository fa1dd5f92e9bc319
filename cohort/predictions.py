"""The table of predictions, one row per image and model: how it is made, written, read and checked."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import pandas as pd

from cohort.checks.notices import Warn, unsaid
from cohort.checks.written_names import patients_in_cells
from cohort.cohort import Cohort
from cohort.files.atomic import whole_file
from cohort.files.csv_text import TextTable
from cohort.files.offenders import some
from cohort.files.open_table import open_table
from cohort.files.text_columns import PredictionsError, refuse, whole_numbers
from cohort.layouts.iciar2018 import class_order
from cohort.names.image_names import match_images
from cohort.prediction_tables.prediction_columns import KEYS, PREFIX, RAW_PREFIX, needed_column
from cohort.prediction_tables.probability_cells import read_probabilities
from cohort.prediction_tables.recognised import read_keys, read_recognised, require_rows

SELECTED_ON_TEST = "-selected-on-test"  # ends the name of a model that was chosen by the images that it answers for
MAX_BYTES = 256 << 20  # a million rows; of 400 images and 3 models it is a quarter of one MiB


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


def selected_on_test(models: Iterable[str]) -> bool:
    """Whether any of some models was chosen by the very images that it answers for, as its name then says.

    >>> selected_on_test(["vgg16-trained", "vgg16-trained-selected-on-test"])
    True
    """
    return any(str(model).endswith(SELECTED_ON_TEST) for model in models)


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
        _write_csv(table, file)


def table_bytes(table: pd.DataFrame) -> bytes:
    """A table as CSV in memory."""
    file = BytesIO()
    _write_csv(table, file)
    return file.getvalue()


def _write_csv(table: pd.DataFrame, file: BinaryIO) -> None:
    """A table as it is read back."""
    table.to_csv(file, index=False, lineterminator="\n", quoting=_quoting(table))


def _quoting(table: pd.DataFrame) -> Literal[0, 2]:
    """All text in quotes where a carriage return is in it: csv alone takes that for no reason to quote."""
    texts = table.select_dtypes(exclude="number")
    odd = any("\r" in str(text) for column in texts for text in texts[column].unique())
    return csv.QUOTE_NONNUMERIC if odd else csv.QUOTE_MINIMAL


def read_predictions(
    path: str | Path, patients: str | Path | None = None, warn: Warn = unsaid, patients_as_written: bool = False
) -> pd.DataFrame:
    """Read `image,label,patient,fold,model,p_<class>...`, probability columns in class order, others dropped.

    Columns raw_<class> stay where every class has one.

    Image, label, patient and model stay text ("0" and "NA" are labels too). Patients that a second file `image,patient`
    names take the place of the table's. Tables of other programs are understood: usual other names of the columns,
    classes as `prob_<class>` or by their names alone, no patient, fold or model, percentages and rounded probabilities,
    CSV of any kind and .xlsx. Words for unknown are no patients, unless they are as written. `warn` is told what was
    guessed. Raises PredictionsError.
    """
    text = open_table(Path(path), needed_column, PredictionsError, MAX_BYTES, warn)
    table = read_recognised(text, warn, patients_follow=patients is not None)
    if patients is not None:
        named = read_patients(patients, table["image"], warn, patients_as_written)  # (rows,)
        own = patients_in_cells(table["patient"].tolist(), text.path.name, warn, patients_as_written)
        table["patient"] = np.where(named != "", named, own)
    else:
        table["patient"] = patients_in_cells(table["patient"].tolist(), text.path.name, warn, patients_as_written)
    table["fold"] = whole_numbers(table, "fold", path)
    columns = [PREFIX + name for name in classes_of(table)]
    raw_columns = raw_columns_of(table)
    for some_columns in filter(None, (columns, raw_columns)):
        table[some_columns] = read_probabilities(table, some_columns, path, warn)
    table = table[[*KEYS, *columns, *raw_columns]].copy()
    check_predictions(table, path)
    return table


def read_patients(
    path: str | Path, images: Iterable[str], warn: Warn = unsaid, patients_as_written: bool = False
) -> np.ndarray:
    """The patient of each image from a file `image,patient`, (n,) text, "" where it names none.

    Images may be named without their folders where that is clear. Raises PredictionsError for a file that names an
    image twice, or one that is not among the images.
    """
    text = open_table(Path(path), needed_column, PredictionsError, MAX_BYTES, warn)
    table = read_keys(text, ("image", "patient"))
    images = list(images)
    matches = pd.Series(match_images(Path(path), table["image"].tolist(), sorted(set(images)), PredictionsError))
    is_repeated = table["image"].duplicated() | (matches.duplicated() & matches.notna())
    refuse(path, "an image has one row", table["image"][is_repeated], "delete the repeated rows")
    strangers = sorted(set(table["image"][matches.isna()]))
    refuse(path, "images are those of the answers", strangers, "check the names in both files")
    patients = patients_in_cells(table["patient"].tolist(), Path(path).name, warn, patients_as_written)
    patient_of = dict(zip(matches, patients, strict=True))
    return np.array([patient_of.get(image, "") for image in images], dtype=str)


def check_predictions(table: pd.DataFrame, source: object = "predictions") -> None:
    """Refuse a table of predictions that breaks a rule; `source` is how the message calls it."""
    classes = classes_of(table)
    answers = table["image"] + " of " + table["model"]  # (rows,)
    refuse(source, "an image has one row per model", answers[answers.duplicated()], "delete the repeated rows")
    has_class = table["label"].isin(classes)  # (rows,)
    strangers = table["label"][~has_class].unique()
    refuse(source, f"a label is one of {some(classes, shown=20)}", strangers, "add its p_ column or correct the label")
    for columns in ([PREFIX + name for name in classes], raw_columns_of(table)):
        _check_sums(table, columns, source)
    check_models_agree(table, source)


def _check_sums(table: pd.DataFrame, columns: list[str], source: object) -> None:
    """Refuse rows whose probabilities do not sum to 1."""
    if not columns:
        return
    sums = table[columns].sum(axis=1)  # (rows,)
    is_one = (sums - 1).abs() <= 1e-3  # (rows,); a NaN is not
    worst = sums[~is_one]
    way_out = "write more digits or renormalise the rows"
    if len(worst):
        way_out = f"the first sums to {worst.iloc[0]:.6g}: {way_out}"
    answers = (table["image"] + " of " + table["model"])[~is_one]
    refuse(source, "the probabilities of a row sum to 1 within 1e-3", answers, way_out)


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
    if {"fusion", f"fusion{SELECTED_ON_TEST}"} & set(models) and len(models) > 1:
        refuse(source, "fusion is computed from the variants", ["model fusion"], "delete the rows of model fusion")


def read_text_table(path: str | Path) -> pd.DataFrame:
    """Read a table with every cell as text, so that no name or label turns into a number or a NaN.

    As CSV, separated by commas, semicolons or tabs, in UTF-8 or UTF-16, or as .xlsx. Of columns that share a name none
    is taken. Raises PredictionsError for a file that cannot be read, that has no rows, or whose columns of KEYS or
    probabilities are there twice.
    """
    text = _open(path)
    counts = Counter(text.header)
    positions = {name: position for position, name in enumerate(text.header) if counts[name] == 1}
    table = pd.DataFrame(text.cells(positions).columns, dtype=str)
    require_rows(table, path)
    return table


def read_header(path: str | Path) -> tuple[str, ...]:
    """The names of a table's columns; raises PredictionsError as `read_text_table`."""
    return _open(path).header


def _open(path: str | Path) -> TextTable:
    return open_table(Path(path), _needed, PredictionsError, MAX_BYTES)


def _needed(column: str) -> str | None:
    return column if column in KEYS or column.startswith((PREFIX, RAW_PREFIX)) else None


def raw_columns_of(table: pd.DataFrame) -> list[str]:
    """The columns of probabilities before recalibration, in class order; none unless every class has one."""
    columns = [RAW_PREFIX + name for name in classes_of(table)]
    return columns if set(columns) <= set(table.columns) else []


def classes_of(table: pd.DataFrame) -> tuple[str, ...]:
    """The classes of the p_ columns: in the paper's order for the four ICIAR classes, else in column order."""
    return class_order(str(name)[len(PREFIX) :] for name in table.columns if str(name).startswith(PREFIX))
