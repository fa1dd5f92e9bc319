"""Laws of the lists in messages: all are counted, the first are named."""

import doctest

import pytest

import cohort.files.offenders
from cohort.files.offenders import listed, refuse, some
from imaging.errors import HistoboostError


def test_the_docstrings_say_what_happens():
    assert doctest.testmod(cohort.files.offenders).failed == 0


def test_a_sentence_names_the_first_and_counts_the_rest():
    assert some([]) == "" and some([1, "b"]) == "1, b" and some(range(5)) == "0, 1, 2, 3, 4"
    assert some(range(7)) == "0, 1, 2, 3, 4 and 2 more"


def test_a_list_has_the_count_the_rule_and_a_line_for_each_of_the_first():
    assert listed(["a", "b"], "things are odd", shown=2) == "2 things are odd:\n  a\n  b"
    assert listed(list("abcd"), "things are odd", shown=2) == "4 things are odd:\n  a\n  b\n  ... and 2 more"


def test_only_offenders_are_refused_and_in_the_callers_error():
    class CallersError(HistoboostError):
        """Of some caller."""

    refuse(CallersError, [], "rule")
    with pytest.raises(CallersError) as error:
        refuse(CallersError, [f"o{number}" for number in range(30)], "things are odd", shown=2)
    assert str(error.value) == "30 things are odd:\n  o0\n  o1\n  ... and 28 more"
