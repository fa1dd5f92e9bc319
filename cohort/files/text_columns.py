"""Columns of text, of predictions and of the tables beside them, become numbers, or are refused cell by cell."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from cohort.files.offenders import some
from imaging.errors import HistoboostError

# a whole number from -999999999 on, or one after a word
NUMBERED = re.compile(r"(?:(?P<word>[^\W\d_]+)[\s_.-]*)?(?P<number>(?:(?<!.)-)?0{0,99}\d{1,9})(?:[.,]0*)?", re.DOTALL)


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
    """A text column as integers, (rows,), however folds are written; raises PredictionsError for cells that are none.

    See `numbered`.
    """
    numbers = numbered(table[column].tolist())
    broken = cells(table, column, pd.Series([number is None for number in numbers], table.index))
    refuse(source, f"{column} is a whole number", broken, "number the folds 1, 2, 3 ...")
    return np.array(numbers, dtype=int)


def numbered(texts: Sequence[str]) -> list[int | None]:
    """The numbers in 2, 2.0, fold_2, Fold 2 or f2; None for other texts, and for all with words where they differ.

    >>> numbered(["1", "2.0"]), numbered(["Fold 1", "fold_2"]), numbered(["1.5", "train_1", "test_1"])
    ([1, 2], [1, 2], [None, None, None])
    """
    matches = [NUMBERED.fullmatch(text.strip()) for text in texts]
    words = {(match["word"] or "").casefold() for match in matches if match}
    numbers: list[int | None] = []
    for match in matches:
        is_clear = match is not None and len(words) == 1
        numbers.append(int(match["number"]) if match and (is_clear or not match["word"]) else None)
    return numbers


def shares(table: pd.DataFrame, column: str, source: object) -> np.ndarray:
    """A text column as numbers in [0, 1], (rows,); raises PredictionsError for cells that are none."""
    numbers = numbers_of(table[column])  # (rows,)
    is_share = pd.Series((numbers >= 0) & (numbers <= 1), table.index)  # NaN is neither
    way_out = "write probabilities, not logits"
    refuse(source, f"{column} is a number in [0, 1]", cells(table, column, ~is_share), way_out)
    return numbers


def numbers_of(texts: pd.Series) -> np.ndarray:
    """A column of text as numbers, (rows,), NaN for what is none; decimal commas and per cent signs are understood."""
    try:
        return texts.astype(float).to_numpy()
    except ValueError:
        return np.array([_number(text) for text in texts])


def _number(text: str) -> float:
    """A number as people write it, a percentage as its share of 1; NaN for what is none."""
    plain = text.strip().removesuffix("%").strip()
    if "." not in plain:
        plain = plain.replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        return np.nan
    return number if plain == text.strip() or "%" not in text else number / 100


def cells(table: pd.DataFrame, column: str, chosen: pd.Series) -> list[str]:
    """The chosen cells of a column as `image: value`; `chosen` is (rows,) bool."""
    return [f"{image}: {value!r}" for image, value in table.loc[chosen, ["image", column]].itertuples(index=False)]


def refuse(source: object, rule: str, offenders: Iterable[object], way_out: str) -> None:
    """Raise PredictionsError naming the first three offenders, if there are any."""
    offenders = list(offenders)
    if offenders:
        raise PredictionsError(f"{source}: {rule}; broken by {some(offenders, shown=3)}; {way_out}")
