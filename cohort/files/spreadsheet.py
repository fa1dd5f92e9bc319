"""Tables for people: no cell is one that a spreadsheet would run.

A program for spreadsheets takes a cell that begins with = for a formula, and formulas read other files and start other
programs (CSV injection, OWASP). Names of images and classes are others' choice. An apostrophe before such a cell makes
it text. It is part of the cell for whoever else reads the file, so tables that are read back are written as they are.
"""

import re

import pandas as pd

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?", re.IGNORECASE)
BLANK = r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2060\ufeff]"
SIGN = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"  # what begins a formula, in full width too
# at the start, or where a program that takes another separator sees one
FORMULA = re.compile(rf"\A(?={BLANK}*{SIGN}|[\t\r\n])|(?<=[,;|\t\r\n])(?={SIGN})")


def for_spreadsheet(table: pd.DataFrame) -> pd.DataFrame:
    """The same table, in which every text that a spreadsheet would run has an apostrophe before it.

    Numbers stay numbers. Names of columns and of rows are texts too.
    """
    safe = table.map(safe_cell)
    safe.columns = pd.Index([safe_cell(name) for name in table.columns], name=safe_cell(table.columns.name))
    safe.index = pd.Index([safe_cell(name) for name in table.index], name=safe_cell(table.index.name))
    return safe


def safe_cell(cell: object) -> object:
    """A cell as it may stand in a spreadsheet.

    >>> safe_cell("=1+1"), safe_cell("a;@b"), safe_cell("-0.5"), safe_cell(-0.5), safe_cell("a-b")
    ("'=1+1", "a;'@b", '-0.5', -0.5, 'a-b')
    """
    if not isinstance(cell, str) or NUMBER.fullmatch(cell):
        return cell
    return FORMULA.sub("'", cell)
