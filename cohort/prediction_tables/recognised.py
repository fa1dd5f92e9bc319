"""A table of predictions by anybody, as text under our names of the columns; what was guessed is said."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cohort.checks.notices import Notice, Warn
from cohort.files.csv_text import TextTable
from cohort.files.offenders import some
from cohort.files.text_columns import PredictionsError, numbers_of, refuse, require_names
from cohort.prediction_tables.prediction_columns import (
    KEYS,
    PREFIX,
    RAW_PREFIX,
    STATISTICS,
    ClassColumn,
    class_columns,
    key_columns,
    needed_column,
)
from cohort.prediction_tables.probability_cells import classes_by_sum

REQUIRED = ("image", "label")


def read_recognised(text: TextTable, warn: Warn, patients_follow: bool = False) -> pd.DataFrame:
    """The columns KEYS and p_<class>, all as text, and raw_<class> where every class has one.

    A table without models is of one model, one without folds is one test set, and one without patients has unknown
    ones, of which `warn` is told unless they follow from another table. It is told of columns that are not used, too.
    Raises PredictionsError.
    """
    table = read_keys(text, REQUIRED)
    positions = key_columns(text.header)
    _require_one_truth(text, positions["label"], table)
    taken = {candidates[0] for candidates in positions.values()}
    found = class_columns(text.header, taken, table["label"])
    table["label"] = [found.name_of.get(label, label) for label in table["label"]]
    classes = _of_classes(text, found.columns, set(table["label"]))
    voted = _voted_columns(text.header, classes)
    _warn_of_unused(text, taken | {column.position for column in classes} | set(voted.values()), warn)
    _add_missing_keys(table, text.path.name, warn, patients_follow)
    positions_of = {PREFIX + column.name: column.position for column in classes}
    written = text.cells(positions_of | voted).columns
    return table[list(KEYS)].join(pd.DataFrame(written, dtype=str))


def read_keys(text: TextTable, required: Sequence[str]) -> pd.DataFrame:
    """Of KEYS those that the table has, as text; raises PredictionsError where a required one is missing."""
    positions = {key: candidates[0] for key, candidates in key_columns(text.header).items()}
    names = dict(zip(positions.values(), positions, strict=True))  # ours, of the columns that were recognised
    require_names([names.get(place, name) for place, name in enumerate(text.header)], required, text.path)
    table = pd.DataFrame(text.cells(positions).columns, dtype=str)
    require_rows(table, text.path)
    has_name = needed_column(text.header[positions["image"]]) is not None
    if not has_name and table["image"].str.fullmatch(r"\d+").all():
        header = some([name for name in text.header if name.strip()], shown=20)
        way_out = f"found {header}: rename or add the missing one"
        refuse(text.path, "a column image is needed", ["a first column that only counts the rows"], way_out)
    if "patient" in table:
        table["patient"] = table["patient"].str.strip()
    return table


def require_rows(table: pd.DataFrame, source: object) -> None:
    """Raise PredictionsError for a table without rows."""
    if table.empty:
        raise PredictionsError(f"{source}: a predictions file has one row per image; found none; run cv again")


def _require_one_truth(text: TextTable, positions: Sequence[int], table: pd.DataFrame) -> None:
    """Refuse a second column that may be the true class and says otherwise: one of the two may be the predicted one."""
    for position in positions[1:]:
        other = np.array(text.cells({"other": position}).columns["other"], dtype=object)  # (rows,)
        names = f"{text.header[positions[0]].strip()} and {text.header[position].strip()}"
        rule = f"columns that may both be the true class, {names}, agree"
        pairs = pd.DataFrame({"label": table["label"], "other": other}).drop_duplicates()
        is_other_spelling = not (pairs["label"].duplicated() | pairs["other"].duplicated()).any()
        offenders = [] if is_other_spelling else table["image"][table["label"].to_numpy() != other]
        refuse(text.path, rule, offenders, "call the predicted class predicted, or remove its column")


def _of_classes(text: TextTable, columns: Sequence[ClassColumn], labels: set[str]) -> list[ClassColumn]:
    """Those of the columns that hold the probabilities of classes; raises PredictionsError for fewer than two."""
    in_labels = np.array([column.name in labels for column in columns], dtype=bool)
    is_class = np.array([column.name.casefold() not in STATISTICS for column in columns], dtype=bool) | in_labels
    if len(columns) > 1 and not in_labels.all():
        cells = text.cells({str(column.position): column.position for column in columns}).columns
        numbers = np.column_stack([numbers_of(pd.Series(texts, dtype=str)) for texts in cells.values()])
        is_class = classes_by_sum(numbers, in_labels, ~is_class)
    classes = [column for column, chosen in zip(columns, is_class, strict=True) if chosen]
    if len(classes) < 2:
        present = ", ".join(PREFIX + column.name for column in classes) or "none"
        raise PredictionsError(
            f"{text.path}: two or more {PREFIX}<class> columns are needed; found {present}; add the others (of two "
            f"classes the other one is 1 minus the first)"
        )
    return classes


def _voted_columns(header: Sequence[str], classes: Sequence[ClassColumn]) -> dict[str, int]:
    """The positions of the columns raw_<class> that stand beside our p_<class>, by name; none unless all do."""
    found = {}
    for column in classes:
        written = RAW_PREFIX + header[column.position].removeprefix(PREFIX)
        if header.count(written) != 1:
            return {}
        found[RAW_PREFIX + column.name] = header.index(written)
    return found


def _warn_of_unused(text: TextTable, used: set[int], warn: Warn) -> None:
    unused = [name.strip() for position, name in enumerate(text.header) if position not in used and name.strip()]
    if unused:
        warn([Notice("columns-not-used", f"{text.path.name}: columns not used: {some(unused)}")])


def _add_missing_keys(table: pd.DataFrame, source: str, warn: Warn, patients_follow: bool) -> None:
    if "model" not in table:
        table["model"] = "model"
    if "patient" not in table:
        table["patient"] = ""
        if not patients_follow:
            sentence = (
                f"{source} has no column of patients: images are taken as independent. If a patient has several, "
                "intervals are too narrow and leaks are not seen; add a column patient"
            )
            warn([Notice("patients-unknown", sentence)])
    if "fold" not in table:
        table["fold"] = "1"
        sentence = (
            f"{source} has no column of folds: its images are taken as one test set, and whether patients leak is not "
            "known; where it is of a cross-validation, add a column fold"
        )
        warn([Notice("no-folds", sentence)])
