"""Laws of names in cells: what nobody sees is left out and told, words for unknown are unknown, the rest stays."""

import doctest

import pytest

import cohort.checks.written_names
from cohort.checks.written_names import both_words, groups_in_words, names_by, names_in_cells, patients_in_cells


def test_the_docstrings_say_what_happens():
    assert doctest.testmod(cohort.checks.written_names).failed == 0


def test_ids_stay_text_and_draw_no_word():
    notices = []
    cells = ["001", "1", "7.0", "P-1", "p\u20131", "\uff11", ""]
    assert patients_in_cells([f" {cell} " for cell in cells], "t.csv", notices.extend) == cells
    assert notices == []


def test_ids_that_differ_in_what_nobody_sees_are_one_and_told():
    notices = []
    cells = ["P1", "P1\u200b", "\ufeffP1", "P2\u00ad"]
    assert patients_in_cells(cells, "t.csv", notices.extend) == ["P1", "P1", "P1", "P2"]
    (notice,) = notices
    assert notice.kind == "invisible-characters" and notice.startswith("t.csv: patients written in two ways")
    assert "'P1', 'P1\\u200b' and '\\ufeffP1'" in notice and "P2" not in notice


@pytest.mark.parametrize("word", ["NA", "nan", "None", "NULL", "unknown", "-", "?", "n/a", "#N/A"])
def test_a_word_for_unknown_is_an_unknown_patient_unless_it_is_as_written(word):
    notices = []
    assert patients_in_cells(["P1", word, word, ""], "t.csv", notices.extend) == ["P1", "", "", ""]
    (notice,) = notices
    assert notice.kind == "patient-is-a-word-for-unknown" and "--patients-as-written" in notice
    assert f"t.csv: 2 rows have a word for unknown in place of a patient ({word!r} 2)" in notice
    assert patients_in_cells(["P1", word], "t.csv", notices.extend, patients_as_written=True) == ["P1", word]
    assert len(notices) == 1


def test_classes_may_be_called_by_such_a_word():
    assert names_in_cells(["NA", " nan"], "classes", "t.csv") == ["NA", "nan"]


def test_names_of_one_key_are_a_group_in_order():
    assert names_by(["b", "B", "a", "c", "A", "A", ""], str.lower) == [["A", "a"], ["B", "b"]]


def test_long_lists_are_shortened():
    assert both_words("abcdefgh") == "'a', 'b', 'c', 'd', 'e' and 3 more"
    assert groups_in_words([["a", "A"]] * 7).endswith("; and 2 more")
