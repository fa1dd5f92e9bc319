"""Laws of the files of predict."""

import doctest
from pathlib import Path

import pandas as pd
import pytest

import workflow.answers_csv
from boost.settings import BoostError
from cohort.layouts.iciar2018 import ICIAR_CLASSES
from workflow.answers_csv import Answer, case_of, require_iciar, write_answers, write_iciar


def answer(image, label="benign", **known):
    shares = {name: 0.7 if name == label else 0.1 for name in ICIAR_CLASSES}
    return Answer(image, label, shares, shares, "0.90", (label,), **known)


def test_a_row_for_every_answer_and_empty_cells_where_there_is_none(tmp_path):
    given = [answer("a.png", score=0.2, positive=False), Answer("b.png", error="b.png: text"), answer("c.png")]
    write_answers(tmp_path / "x.csv", given, ICIAR_CLASSES)
    table = pd.read_csv(tmp_path / "x.csv", keep_default_na=False)
    assert table["image"].tolist() == ["a.png", "b.png", "c.png"]
    assert table["call"].tolist() == ["negative", "", ""] and table["score"].tolist() == ["0.2", "", ""]
    assert table["p_benign"].tolist() == ["0.7", "", "0.7"] and table["error"][1] == "b.png: text"
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_the_challenge_wants_cases_in_order_and_its_own_numbers_of_classes(tmp_path):
    given = [answer("x/test10.tif", "invasive"), answer("test2.tif", "normal"), Answer("test3.tif", error="bad")]
    write_iciar(tmp_path / "x.csv", given, ICIAR_CLASSES)
    assert (tmp_path / "x.csv").read_text() == "case,class\n2,0\n10,3\n"


def test_what_the_challenge_does_not_know_is_refused():
    images = [Path("test0.tif"), Path("test1.tif")]
    require_iciar(images, ICIAR_CLASSES[::-1])
    for wrong in ([*images, Path("a/test1.tif")], [Path("test.tif")], [Path("0test.tif")]):
        with pytest.raises(BoostError, match="each number once"):
            require_iciar(wrong, ICIAR_CLASSES)
    with pytest.raises(BoostError, match="wants the classes"):
        require_iciar(images, ("benign", "malignant"))


def test_a_case_is_the_last_number_of_a_name():
    assert [case_of(name) for name in ("test0.tif", "2/test012.png", "7")] == [0, 12, 7]


def test_the_documented_example():
    assert doctest.testmod(workflow.answers_csv).failed == 0
