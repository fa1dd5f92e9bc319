"""Columns of text, of predictions and of the tables beside them, become numbers, or are refused cell by cell."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cohort.files.offenders import some
from imaging.errors import HistoboostError


class PredictionsError(HistoboostError):
    """A predictions file breaks a rule; the message names file, rule, first offenders and the way out."""


def require_columns(table: pd.DataFrame, names: Iterable[str], source: object) -> None:
    """Refuse a table in which one of the named columns is missing; raises PredictionsError."""
    require_names(table.columns, names, source)


def require_names(columns: Iterable[str], names: Iterable[str], source: object) -> None:
    """Refuse a header in which one of the named columns is missing; raises PredictionsError."""
    present, needed = list(columns), list(names)
    missing = [name for name in needed if name not in present]
    header = some(present, shown=20) or "none"
    refuse(
        source, f"columns {', '.join(needed)} are needed", missing, f"found {header}: rename or add the missing ones"
    )


def whole_numbers(table: pd.DataFrame, column: str, source: object) -> np.ndarray:
    """A text column as integers, (rows,); raises PredictionsError for cells that are none."""
    is_whole = table[column].str.fullmatch(r"\s*-?\d{1,9}\s*")
    broken = cells(table, column, ~is_whole)
    refuse(source, f"{column} is a whole number", broken, "number the folds 1, 2, 3 ...")
    return table[column].astype(int).to_numpy()


def shares(table: pd.DataFrame, column: str, source: object) -> np.ndarray:
    """A text column as numbers in [0, 1], (rows,); raises PredictionsError for cells that are none."""
    numbers = pd.to_numeric(table[column], errors="coerce")
    is_share = numbers.between(0, 1)  # NaN is between nothing
    refuse(
        source, f"{column} is a number in [0, 1]", cells(table, column, ~is_share), "write probabilities, not logits"
    )
    return table[column].astype(float).to_numpy()


def cells(table: pd.DataFrame, column: str, chosen: pd.Series) -> list[str]:
    """The chosen cells of a column as `image: value`; `chosen` is (rows,) bool."""
    return [f"{image}: {value!r}" for image, value in table.loc[chosen, ["image", column]].itertuples(index=False)]


def refuse(source: object, rule: str, offenders: Iterable[object], way_out: str) -> None:
    """Raise PredictionsError naming the first three offenders, if there are any."""
    offenders = list(offenders)
    if offenders:
        raise PredictionsError(f"{source}: {rule}; broken by {some(offenders, shown=3)}; {way_out}")
