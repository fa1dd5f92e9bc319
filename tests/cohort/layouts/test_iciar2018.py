"""The classes of the challenge keep their order, other classes theirs."""

import doctest
from pathlib import PurePath

import pytest

import cohort.layouts.iciar2018
from cohort.layouts.iciar2018 import BY_PREFIX, CARCINOMA, ICIAR_CLASSES, are_iciar, class_of_file, class_order


def test_the_docstrings_say_what_happens():
    assert doctest.testmod(cohort.layouts.iciar2018).failed == 0


def test_the_challenge_has_an_order_of_its_own_and_others_stay_as_they_come():
    assert class_order(sorted(ICIAR_CLASSES)) == ICIAR_CLASSES
    assert class_order(["normal", "benign", "a"]) == ("normal", "benign", "a")
    assert are_iciar(sorted(ICIAR_CLASSES)) and not are_iciar(CARCINOMA)


@pytest.mark.parametrize("prefix", BY_PREFIX)
def test_file_names_tell_the_class(prefix):
    assert class_of_file(PurePath(f"some/{prefix}007.TIF")) == BY_PREFIX[prefix]
    assert class_of_file(PurePath(f"{prefix}.tif")) == class_of_file(PurePath(f"x{prefix}1.tif")) == ""
