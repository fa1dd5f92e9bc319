"""Laws of tables for people: nothing in them is run, and everything else is as it was."""

import doctest

import pandas as pd
import pytest

import cohort.files.spreadsheet
from cohort.files.spreadsheet import for_spreadsheet, safe_cell

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("start", ["", " ", "\t", "\r", "\n", "\u200b", "\ufeff", "\x1f", "\xa0"])
def test_no_text_begins_as_a_formula_does(sign, start):
    safe = safe_cell(f"{start}{sign}x")
    assert safe.startswith("'") and safe.replace("'", "") == f"{start}{sign}x"


@pytest.mark.parametrize("separator", ",;|\t\n\r")
def test_nor_does_what_another_separator_would_make_a_cell(separator):
    assert safe_cell(f"a{separator}=1") == f"a{separator}'=1"


@pytest.mark.parametrize("cell", ["\ta", "\ra", "\na"])
def test_a_tab_or_the_end_of_a_line_does_not_begin_a_text(cell):
    assert safe_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["a", "a-b", "a=b", "", "1", "-1", "+1.5", "-1e-9", -1, -0.5, None, True, "é", "a, b"])
def test_everything_else_stays_as_it_is(cell):
    assert safe_cell(cell) == cell and type(safe_cell(cell)) is type(cell)


def test_names_of_columns_and_rows_are_texts_too():
    table = pd.DataFrame({"=a": ["=b", "c"], "n": [-1, 2]}, index=pd.Index(["=d", "e"], name="=f"))
    safe = for_spreadsheet(table)
    assert list(safe) == ["'=a", "n"] and list(safe.index) == ["'=d", "e"] and safe.index.name == "'=f"
    assert safe["'=a"].tolist() == ["'=b", "c"] and safe["n"].tolist() == [-1, 2]
    assert for_spreadsheet(safe).equals(safe)


def test_the_documented_example():
    assert doctest.testmod(cohort.files.spreadsheet).failed == 0
