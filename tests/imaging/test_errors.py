"""Laws of showing names that others chose: one line, nothing that is obeyed, and plain names as they are."""

import copy
import doctest
import sys
from unicodedata import category

import pytest

import imaging.errors
from imaging.errors import HistoboostError, shown, shown_lines

ODD = [chr(code) for code in range(sys.maxunicode + 1) if category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


def test_nothing_that_is_obeyed_is_left_of_any_character():
    for character in ODD:
        assert shown(f"a{character}b").isascii() and shown(f"a{character}b").isprintable()
        left = shown_lines(f"a{character}b")
        assert left.isprintable() or character == "\n"


@pytest.mark.parametrize("name", ["Größe 3.png", "日本\u3000", "a\xa0b", "[bold]", "a\\b", "", "🔬", "e\u0301"])
def test_plain_names_are_shown_as_they_are(name):
    assert shown(name) == shown_lines(name) == name


def test_messages_keep_their_lines_and_nothing_else_that_is_obeyed():
    error = HistoboostError("two\nlines, \x1b[31m red, \u202e turned")
    assert str(error) == "two\nlines, \\x1b[31m red, \\u202e turned"
    assert str(copy.copy(error)) == str(error)


def test_the_documented_examples():
    assert doctest.testmod(imaging.errors).failed == 0
