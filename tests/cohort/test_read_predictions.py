from pathlib import Path

import pandas as pd
import pytest

from cohort.iciar2018 import ICIAR_CLASSES, class_order
from cohort.predictions import PredictionsError, classes_of, read_predictions

GOOD = """image,label,patient,fold,model,p_0,p_1
001,0,,1,a,0.75,0.25
NA,1,7,2,a,0.5,0.5
001,0,,1,b,1,0
NA,1,7,2,b,0.1,0.9
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "predictions.csv"
    path.write_text(text)
    return path


def test_text_stays_text_and_numbers_are_numbers(tmp_path):
    table = read_predictions(write(tmp_path, GOOD))
    assert list(table["image"]) == ["001", "NA", "001", "NA"]
    assert list(table["label"]) == ["0", "1", "0", "1"]
    assert list(table["patient"]) == ["", "7", "", "7"]
    assert list(table["fold"]) == [1, 2, 1, 2]
    assert list(table["p_1"]) == [0.25, 0.5, 0, 0.9]


def test_what_is_read_is_what_was_written(tmp_path):
    table = read_predictions(write(tmp_path, GOOD))
    table["p_0"], table["p_1"] = 1 / 3, 2 / 3
    again = tmp_path / "again.csv"
    table.to_csv(again, index=False)
    pd.testing.assert_frame_equal(read_predictions(again), table, check_exact=True)


def test_extra_columns_are_dropped(tmp_path):
    lines = [line + ",x" for line in GOOD.split()]
    lines[0] = lines[0].removesuffix("x") + "remark"
    assert "remark" not in read_predictions(write(tmp_path, "\n".join(lines)))


def test_only_the_iciar_classes_have_an_order_of_their_own():
    assert class_order(sorted(ICIAR_CLASSES)) == ICIAR_CLASSES
    assert class_order(["z", "a"]) == ("z", "a")
    assert classes_of(pd.DataFrame(columns=["p_invasive", "image", "p_benign"])) == ("invasive", "benign")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("patient", "case", "broken by patient"),
        ("p_1", "q_1", "two or more p_<class>"),
        ("NA,1,7,2,a", "001,1,7,2,a", "one row per model; broken by 001 of a"),
        ("001,0", "001,zero", "a label is one of 0, 1; broken by zero"),
        (",2,a", ",two,a", "fold is a whole number; broken by NA: 'two'"),
        (",2,a", ",2.5,a", "fold is a whole number"),
        ("0.75", "1.75", "p_0 is a number in [0, 1]; broken by 001: '1.75'"),
        ("0.75", "nan", "p_0 is a number in [0, 1]"),
        ("0.75", "", "p_0 is a number in [0, 1]"),
        ("0.25", "-0.25", "p_1 is a number in [0, 1]"),
        ("0.75", "0.7", "sum to 1 within 1e-3; broken by 001 of a"),
        ("NA,1,7,2,b,0.1,0.9\n", "", "answers for every image; broken by NA"),
        ("NA,1,7,2,b", "NA,0,7,2,b", "the same label; broken by NA"),
        ("NA,1,7,2,b", "NA,1,8,2,b", "the same patient; broken by NA"),
        ("NA,1,7,2,b", "NA,1,7,1,b", "the same fold; broken by NA"),
        (",b,", ",fusion,", "fusion is computed from the variants"),
        (GOOD.partition("\n")[2], "", "one row per image"),
        (GOOD, "", "not a CSV file"),
        ("001,0,,1,a", "extra,001,0,,1,a", "complete the header"),
        ("NA,1,7,2,a,0.5,0.5", "NA,1", "fold is a whole number; broken by NA: ''"),
        ("0.5,0.5\n", "0.5,0.5,0,0,0\n", "not a CSV file"),
    ],
)
def test_a_broken_rule_is_refused_by_file_rule_and_offender(tmp_path, old, new, says):
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(PredictionsError) as refusal:
        read_predictions(path)
    assert str(path) in str(refusal.value)
    assert says in str(refusal.value)


def test_many_offenders_are_counted_not_listed(tmp_path):
    rows = "".join(f"i{k},0,,1,a,0.1,0.1\n" for k in range(9))
    with pytest.raises(PredictionsError, match=r"i0 of a, i1 of a, i2 of a and 6 more;"):
        read_predictions(write(tmp_path, GOOD.partition("\n")[0] + "\n" + rows))
