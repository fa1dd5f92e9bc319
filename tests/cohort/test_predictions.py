"""The table of predictions: its shape, names and classes, whole files only, and no file is read that breaks a rule."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cohort.cohort import Cohort
from cohort.layouts.iciar2018 import ICIAR_CLASSES
from cohort.predictions import (
    SELECTED_ON_TEST,
    PredictionsError,
    check_predictions,
    classes_of,
    predictions_table,
    probability_columns,
    read_header,
    read_patients,
    read_predictions,
    read_text_table,
    selected_on_test,
    table_bytes,
    write_table,
)

P = np.array([[0.1, 0.9], [0.5, 0.5], [0.8, 0.2]])


COHORT = Cohort(("x", "y", "z"), np.array([1, 0, 0]), ("benign", "insitu"), ("p", "", "q"), np.array([1, 2, 1]))


def table(cohort=COHORT, probabilities=None):
    return predictions_table(cohort, {"m": P, "n": P[::-1]} if probabilities is None else probabilities)


def test_one_row_per_image_and_model():
    rows = table()
    assert list(rows.columns) == ["image", "label", "patient", "fold", "model", "p_benign", "p_insitu"]
    assert rows.values.tolist()[0] == ["x", "insitu", "p", 1, "m", 0.1, 0.9]
    assert rows.groupby("model")["image"].apply(list).tolist() == [["x", "y", "z"]] * 2


def test_unknown_patients_are_empty():
    assert table()["patient"].tolist() == ["p", "", "q"] * 2


def test_images_that_are_never_held_out_have_no_rows():
    rows = table(replace(COHORT, fold=np.array([1, 0, 2])))
    assert rows["image"].tolist() == ["x", "z"] * 2 and rows.index.tolist() == [0, 1, 2, 3]
    assert rows["p_insitu"].tolist() == [0.9, 0.2, 0.2, 0.9]


def test_the_columns_of_probabilities_keep_the_order_of_the_classes():
    assert probability_columns(table()) == ["p_benign", "p_insitu"]


@pytest.mark.parametrize(
    ("probabilities", "match"), [({"m": P[:2]}, r"m: probabilities must be \(3, 2\)"), ({}, "at least one model")]
)
def test_what_does_not_fit_is_refused(probabilities, match):
    with pytest.raises(ValueError, match=match):
        table(probabilities=probabilities)


def test_numbers_survive_the_file_to_the_bit(tmp_path):
    p = np.random.default_rng(0).dirichlet([1, 1], size=3)
    rows = table(probabilities={"m": p})
    write_table(tmp_path / "t.csv", rows)
    again = pd.read_csv(tmp_path / "t.csv", dtype=str, keep_default_na=False).astype(dict(rows.dtypes))
    pd.testing.assert_frame_equal(again, rows, check_exact=True)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    write_table(tmp_path / "t.csv", table())
    before = (tmp_path / "t.csv").read_bytes()

    class Failing(pd.DataFrame):
        def to_csv(self, file, **_):
            file.write(b"half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_table(tmp_path / "t.csv", Failing(table()))
    assert (tmp_path / "t.csv").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_a_name_with_a_carriage_return_survives_the_file(tmp_path):
    rows = pd.DataFrame({"image": ["a\rb.png", "c\nd.png"], "fold": [1, 2]})
    write_table(tmp_path / "t.csv", rows)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "t.csv"), rows, check_dtype=False)


# reading

GOOD = """image,label,patient,fold,model,p_0,p_1
001,0,,1,a,0.75,0.25
NA,1,7,2,a,0.5,0.5
001,0,,1,b,1,0
NA,1,7,2,b,0.1,0.9
"""


def write(folder, text):
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


def test_classes_are_in_column_order_but_for_those_of_the_challenge():
    assert classes_of(pd.DataFrame(columns=["p_z", "image", "p_a"])) == ("z", "a")
    assert classes_of(pd.DataFrame(columns=[f"p_{name}" for name in sorted(ICIAR_CLASSES)])) == ICIAR_CLASSES


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("label", "case", "columns image, label are needed; broken by label; found image, case, patient, fold, model"),
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
        (GOOD, "", "columns image, label are needed; broken by image, label"),
        ("001,0,,1,a", "extra,001,0,,1,a", "complete the header"),
        ("NA,1,7,2,a,0.5,0.5", "NA,1", "fold is a whole number; broken by NA: ''"),
        ("0.5,0.5\n", "0.5,0.5,0,0,0\n", "more cells than there are columns"),
        (",b,0.1", ',"b"x,0.1', "cannot be read as a CSV table"),
        ("model,p_0", "fold,p_0", "columns of"),
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


def test_patients_of_a_second_file_go_before_those_of_the_table(tmp_path):
    path = write(tmp_path, GOOD)
    beside = tmp_path / "patients.csv"
    beside.write_text("image;patient;ward\n001;p1;x\n")
    assert list(read_predictions(path, beside)["patient"]) == ["p1", "7", "p1", "7"]
    path.write_text("\n".join(",".join(line.split(",")[:2] + line.split(",")[3:]) for line in GOOD.split()))
    assert list(read_predictions(path, beside)["patient"]) == ["p1", "", "p1", ""]
    assert set(read_predictions(path)["patient"]) == {""}


def test_patients_are_those_of_images_that_are_there_each_named_once(tmp_path):
    path = tmp_path / "patients.csv"
    path.write_text("patient,image\n007,b\nq,a\n")
    assert read_patients(path, iter(["a", "b", "c", "a"])).tolist() == ["q", "007", "", "q"]
    with pytest.raises(PredictionsError, match="images are those of the answers; broken by b; check the names in both"):
        read_patients(path, ["a"])
    path.write_text("image,patient\na,p\na,p\n")
    with pytest.raises(PredictionsError, match="an image has one row; broken by a; delete the repeated rows"):
        read_patients(path, ["a"])


def test_a_text_table_has_every_column_whose_name_is_its_own(tmp_path):
    path = write(tmp_path, "sha256;image;note;note;p_a\n007;NA;1;2;0.5\n")
    assert read_header(path) == ("sha256", "image", "note", "note", "p_a")
    assert read_text_table(path).to_dict("list") == {"sha256": ["007"], "image": ["NA"], "p_a": ["0.5"]}
    with pytest.raises(PredictionsError, match=r"(?s)columns of .* are there twice; rename.*p_a"):
        read_text_table(write(tmp_path, "image,p_a,p_a\nx,1,0\n"))
    with pytest.raises(PredictionsError, match="one row per image; found none"):
        read_text_table(write(tmp_path, "image\n"))


def test_a_few_kilobytes_never_become_a_large_table(tmp_path, monkeypatch):
    monkeypatch.setattr("cohort.files.csv_text.MANY_CELLS", 1 << 14)
    path = write(tmp_path, GOOD.split()[0] + "".join(f",p_{n}" for n in range(2, 1000)) + "\na" * 1000)
    for read in (read_text_table, read_predictions):
        with pytest.raises(PredictionsError, match="a header of 1005 columns and rows that are far shorter"):
            read(path)


def test_a_table_that_was_made_is_one_that_may_be_read():
    check_predictions(table(probabilities={"m": P, "n": 1 - P}))
    with pytest.raises(PredictionsError, match="predictions: the probabilities of a row sum to 1"):
        check_predictions(table(probabilities={"m": P / 2}))


@pytest.mark.parametrize("name", ["a", "a,b", "a\rb", 'a"b', "=1"])
def test_a_table_in_memory_is_the_file(name, tmp_path):
    table = pd.DataFrame({"image": [name, "x"], "n": [1, -0.5]})
    write_table(tmp_path / "t.csv", table)
    assert table_bytes(table) == (tmp_path / "t.csv").read_bytes()


def test_a_header_is_read_as_it_is_written(tmp_path):
    (tmp_path / "t.csv").write_text("image;Label;P(a);p_b\nx;a;1;0\n")
    assert read_header(tmp_path / "t.csv") == ("image", "Label", "P(a)", "p_b")


def test_a_model_chosen_by_the_test_is_known_by_its_name():
    assert selected_on_test(["a", f"b{SELECTED_ON_TEST}"])
    assert not selected_on_test(["selected-on-test-a", "b"])
