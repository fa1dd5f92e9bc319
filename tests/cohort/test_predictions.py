"""The table of predictions: shape, names, choice of class, and whole files only."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cohort.cohort import Cohort
from cohort.predictions import predictions_table, probability_columns, write_table

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
