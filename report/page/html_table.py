"""A table as its template takes it: texts, each with the style of its cell."""

import re
from dataclasses import dataclass

import pandas as pd

from report.printing import corner
from report.section import DASH, NUMERIC, Estimate, cell_text, is_missing

ROWS = 60  # of a table on the page; table.md has the others too
LONG = 18  # rows; a table of more may be parted between two pages of paper


@dataclass(frozen=True)
class HtmlCell:
    """The text of a cell; an interval stands apart, since it steps back."""

    text: str
    interval: str = ""
    style: str = ""


@dataclass(frozen=True)
class HtmlRow:
    """A row: its name, in the first column, and its cells."""

    name: str
    cells: list[HtmlCell]
    style: str


@dataclass(frozen=True)
class HtmlTable:
    """A whole table; it stands in a box of its own, which scrolls where the table is wider than the page."""

    corner: str
    heads: list[HtmlCell]
    rows: list[HtmlRow]
    more: int  # rows that are left out
    style: str


def html_table(cells: pd.DataFrame) -> HtmlTable:
    """A table of Cell; columns of numbers stand to the right."""
    shown = cells.iloc[:ROWS]
    is_matrix = bool(cells.columns.name)  # of confusions: rows and columns are the same classes
    is_numeric = [is_number_column(shown.iloc[:, column]) for column in range(shown.shape[1])]
    heads = []
    for name, numeric in zip(shown.columns, is_numeric, strict=True):
        heads.append(HtmlCell(str(name), style="n" if numeric else ""))
    rows = []
    for name, *values in shown.itertuples(name=None):
        row = []
        for column, numeric, value in zip(shown.columns, is_numeric, values, strict=True):
            is_diagonal = is_matrix and column == name
            row.append(number_cell(value, is_diagonal) if numeric else word_cell(value))
        rows.append(HtmlRow(str(name), row, row_style(str(name))))
    style = "scroll long" if len(shown) > LONG else "scroll"
    return HtmlTable(corner(cells), heads, rows, len(cells) - len(shown), style)


def is_number_column(column: pd.Series) -> bool:
    """Whether all cells are numbers, or missing."""
    return all(isinstance(cell, NUMERIC) or is_missing(cell) for cell in column)


def number_cell(value: object, is_diagonal: bool = False) -> HtmlCell:
    """A number, apart from its interval where it has one."""
    style = "n agree" if is_diagonal else "n"
    if isinstance(value, Estimate):
        text, interval = split_estimate(value)
        return HtmlCell(text, interval, style)
    return HtmlCell(minus(cell_text(value)), style=style)


def word_cell(value: object) -> HtmlCell:
    """Words, or none."""
    text = cell_text(value)
    return HtmlCell(text, style="nil" if text == DASH else "")


def row_style(name: str) -> str:
    """The style of a row: the fusion's stands out, and a rule parts the std and each variant of two tables."""
    if name in ("fusion", "fusion, this run"):
        return "fusion"
    return "rule" if name == "std" or name.endswith(", paper") else ""


def split_estimate(estimate: Estimate) -> tuple[str, str]:
    """The value and the interval; nothing for the second where there is neither.

    >>> from report.statistics.intervals import Interval
    >>> split_estimate(Estimate(Interval(-0.005, -0.01, 0), signed=True))
    ('−0.5', '[−1.0, +0.0]')
    """
    value, bracket, ends = minus(str(estimate)).partition("[")
    return value.strip(), bracket + ends


def minus(text: str) -> str:
    """The hyphen before a number as a minus sign; one within a name stays."""
    return re.sub(r"(?<![^\s\[(])-(?=\d)", "−", text)
