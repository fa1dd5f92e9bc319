"""Laws of words for unknown: in any case and dress, and never a part of a name."""

import doctest

import pytest

import cohort.names.unknown_words
from cohort.names.unknown_words import is_unknown_word

WORDS = ["NA", "nan", "None", "NULL", "unknown", "-", "?", "n/a", "#N/A", "N.A.", "<NA>", "(null)", "not available"]
MORE = [
    "missing",
    ".",
    "--",
    "\u2014",
    "'--",
    "[Not Available]",
    "Not_Reported",
    "#VALUE!",
    "#DIV/0!",
    "NaT",
    "\\N",
    "???",
    "k. A.",
    "not collected",
    "no id",
    "Unknown_Patient",
    "TBD",
]


def test_the_docstrings_say_what_happens():
    assert doctest.testmod(cohort.names.unknown_words).failed == 0


@pytest.mark.parametrize("word", WORDS + MORE)
def test_a_word_for_unknown_is_one_in_any_case_and_with_spaces(word):
    for written in (word, word.upper(), word.lower(), f" {word} ", f"{word}\u200b"):
        assert is_unknown_word(written)


@pytest.mark.parametrize(
    "name", ["", " ", "0", "-1", "N", "Na1", "P-", "Nana", "unknown 1", "+", "No", "nullipara", "none-7"]
)
def test_a_name_is_no_word_for_unknown(name):
    assert not is_unknown_word(name)
