"""Probabilities as people and programs write them: with decimal commas, in per cent, and with few digits."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cohort.checks.notices import Notice, Warn
from cohort.files.offenders import some
from cohort.files.text_columns import cells, numbers_of, refuse

TOLERANCE = 1e-3  # by which the probabilities of a row may miss 1 and are left as they are
MOST_ROUNDING = 0.5  # by which they may miss it at all
DIGITS = re.compile(r"[-+]?\d*(?:[.,](\d*))?(?:e([-+]?\d{1,4}))?", re.IGNORECASE)
SHARE = "{} is a number in [0, 1]"


def read_probabilities(table: pd.DataFrame, columns: Sequence[str], source: object, warn: Warn) -> np.ndarray:
    """The columns of text as probabilities, (rows, columns), of a table with the columns image and model too.

    Where all rows of a model sum to 100 they are percentages, and divided by 100. A row that misses 1 by no more than
    rounding to the digits that are written is divided by its sum. `warn` is told of both. Raises PredictionsError for
    a cell that is no probability; a row whose sum is not explained so is left as it is.
    """
    values = np.column_stack([_written_numbers(table, column, source) for column in columns])  # (rows, columns)
    texts = table[list(columns)].to_numpy()  # (rows, columns)
    name = Path(str(source)).name
    rounding = _rounding(values, texts)  # (rows,)
    percentages = []
    for model, rows in table.groupby("model", sort=False).indices.items():
        misses_100 = np.abs(values[rows].sum(axis=1) - 100)  # (rows of the model,)
        if (misses_100 <= np.clip(rounding[rows], 100 * TOLERANCE, 100 * MOST_ROUNDING)).all():
            values[rows] /= 100
            rounding[rows] /= 100
            percentages.append(str(model))
        elif any("%" in text for text in texts[rows].flat):
            percentages.append(str(model))
    _require_shares(table, columns, values, source)
    if percentages:
        sentence = f"{name}: the probabilities of {some(percentages)} are percentages and are divided by 100"
        warn([Notice("percentages", sentence)])
    sums = values.sum(axis=1)  # (rows,)
    misses = np.abs(sums - 1)
    is_rounded = (misses > TOLERANCE) & (misses <= np.minimum(rounding, MOST_ROUNDING))
    if is_rounded.any():
        values[is_rounded] /= sums[is_rounded, np.newaxis]
        least, most = sums[is_rounded].min(), sums[is_rounded].max()
        sentence = (
            f"{name}: probabilities of {is_rounded.sum()} rows sum to {least:.6g} to {most:.6g}, as rounding explains; "
            "each is divided by its sum"
        )
        warn([Notice("probabilities-rescaled", sentence)])
    return values


def _written_numbers(table: pd.DataFrame, column: str, source: object) -> np.ndarray:
    numbers = numbers_of(table[column])  # (rows,)
    is_broken = pd.Series(np.isnan(numbers), table.index)
    refuse(source, SHARE.format(column), cells(table, column, is_broken), "write a probability into every cell")
    return numbers


def _rounding(values: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """By how much rounding may have changed the sum of each row, (rows,), of cells (rows, columns).

    Half a unit of the last digit for each cell; with one digit less than that, for 0.5 and 0.4 are no rounded pair.
    """
    rounding = np.zeros(len(values))
    for row in np.flatnonzero(np.abs(values.sum(axis=1) - 1) > TOLERANCE):
        digits = max(decimals(text) for text in texts[row])
        margin = 1e-6 if digits > 1 else -1e-6  # of numbers that are not exact in binary
        rounding[row] = values.shape[1] / 2 * 10.0**-digits * (1 + margin)
    return rounding


def decimals(text: str) -> int:
    """How many digits a number is written with after the point; those of a percentage count two more.

    >>> decimals("0.33"), decimals("0,5"), decimals("1e-05"), decimals("75 %"), decimals("1")
    (2, 1, 5, 2, 0)
    """
    number = text.strip().removesuffix("%").strip()
    written = DIGITS.fullmatch(number)
    if written is None:
        return 0
    after_the_point = len(written[1] or "") - int(written[2] or 0)
    return max(after_the_point, 0) + (2 if number != text.strip() else 0)


def _require_shares(table: pd.DataFrame, columns: Sequence[str], values: np.ndarray, source: object) -> None:
    """Refuse numbers (rows, columns) outside [0, 1], and say what they look like."""
    is_share = (values >= 0) & (values <= 1)
    if is_share.all():
        return
    sums = values.sum(axis=1)  # (rows,)
    in_per_cent = (values >= 0).all() and values.max() <= 100 and np.median(sums) > 50
    if in_per_cent:
        is_broken = np.abs(sums - 100) > 100 * TOLERANCE
        answers = (table["image"] + " of " + table["model"])[is_broken]
        way_out = f"the first sums to {sums[is_broken][0]:.6g}: write more digits, or probabilities that sum to 1"
        refuse(source, "the percentages of a row sum to 100", answers, way_out)
    way_out = "write probabilities, not logits (apply the softmax, or the sigmoid, first)"
    if (values <= 0).all() and np.allclose(np.exp(values).sum(axis=1), 1, atol=0.01):
        way_out = "these are logarithms of probabilities: write their exponentials"
    for column, shares in zip(columns, is_share.T, strict=True):
        refuse(source, SHARE.format(column), cells(table, column, pd.Series(~shares, table.index)), way_out)


def classes_by_sum(values: np.ndarray, in_labels: np.ndarray, is_statistic: np.ndarray) -> np.ndarray:
    """Which columns of numbers (rows, columns) are probabilities of classes, (columns,) bool.

    Those of the labels are; others, of classes without an image here, where the rows sum to 1 or 100 no worse with
    them. A column that is called as a statistic, such as p_value, is none where the others suffice without it.
    """
    every = np.full(values.shape[1], True)
    if in_labels.all() or in_labels.sum() < 2:
        return every & ~is_statistic if (every & ~is_statistic).sum() > 1 else every
    without = ~is_statistic
    if is_statistic.any() and _misses(values[:, without]) <= TOLERANCE:
        every = without
    with_all, with_labels = _misses(values[:, every]), _misses(values[:, in_labels])
    return every if with_all <= max(with_labels, TOLERANCE / 1000) else in_labels


def _misses(values: np.ndarray) -> float:
    """By how much the worst row of numbers (rows, columns) misses the sum that it should have, as a share of it."""
    sums = values.sum(axis=1)  # (rows,)
    misses = [np.max(np.abs(sums / total - 1)) for total in (1, 100)]
    return float(min(misses)) if np.isfinite(misses).all() else np.inf
