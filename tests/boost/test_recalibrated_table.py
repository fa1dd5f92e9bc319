"""Recalibrated tables: what was voted stands beside, a fold never sees its own labels, parts are each by themselves."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from boost.recalibrated_table import recalibrated, recalibrated_parts
from boost.uncertainty.calibrate import RECALIBRATED
from boost.uncertainty.fit_calibration import calibrate_out_of_fold
from cohort.predictions import check_predictions, read_predictions, write_table


@pytest.fixture
def fused():
    """60 images of 20 patients in 4 folds, answered with too much certainty."""
    rng = np.random.default_rng(5)
    patient = np.arange(60) // 3
    label = np.where(rng.random(20) < 0.4, "a", "b")[patient]
    score = rng.beta(0.4, 0.4, 60)
    return pd.DataFrame(
        {
            "image": [f"i{number:02d}" for number in range(60)],
            "label": label,
            "patient": [f"p{number}" if number else "" for number in patient],
            "fold": patient % 4 + 1,
            "model": "fusion",
            "p_a": score,
            "p_b": 1 - score,
        }
    )


def test_what_was_voted_stands_beside_the_recalibrated(fused):
    table = recalibrated(fused)
    assert list(table) == [*fused, "raw_a", "raw_b"]
    assert_array_equal(table[["raw_a", "raw_b"]], fused[["p_a", "p_b"]])
    assert_array_equal(table[["image", "label", "patient", "fold"]], fused[["image", "label", "patient", "fold"]])
    check_predictions(table)
    codes = (fused["label"] == "b").to_numpy(dtype=int)
    groups = np.where(fused["patient"] == "", fused["image"], fused["patient"])  # unknown ones each by itself
    voted = fused[["p_a", "p_b"]].to_numpy()
    wanted = calibrate_out_of_fold(voted, codes, fused["fold"].to_numpy(), RECALIBRATED, groups)
    assert_allclose(table[["p_a", "p_b"]], wanted)


def test_a_fold_never_sees_its_own_labels(fused):
    here = fused["fold"] == 2
    turned = fused.assign(label=np.where(here, np.where(fused["label"] == "a", "b", "a"), fused["label"]))
    first, second = recalibrated(fused), recalibrated(turned)
    assert_array_equal(first.loc[here, "p_a"], second.loc[here, "p_a"])
    assert (first.loc[~here, "p_a"] != second.loc[~here, "p_a"]).any()


def test_the_order_of_the_rows_does_not_matter(fused):
    shuffled = fused.sample(frac=1, random_state=0)
    assert_allclose(recalibrated(shuffled).loc[fused.index, "p_a"], recalibrated(fused)["p_a"])


def test_parts_are_recalibrated_each_by_itself(fused):
    other = fused.assign(p_a=fused["p_b"], p_b=fused["p_a"], draw=1)
    both = pd.concat([fused.assign(draw=0), other], ignore_index=True)
    table = recalibrated_parts(both, ["draw"])
    assert list(table) == list(both) and list(table.index) == list(both.index)
    for draw, part in both.groupby("draw"):
        assert_array_equal(table.loc[table["draw"] == draw, "p_a"], recalibrated(part)["p_a"])


def test_a_single_fold_has_no_others_and_stays(fused):
    assert_allclose(recalibrated(fused.assign(fold=1))["p_a"], fused["p_a"])


def test_it_is_read_back(fused, tmp_path):
    table = recalibrated(fused)
    write_table(tmp_path / "fused.csv", table)
    read = read_predictions(tmp_path / "fused.csv")
    assert list(read) == list(table)
    assert_allclose(read[["p_a", "raw_b"]], table[["p_a", "raw_b"]], rtol=1e-12)
    write_table(tmp_path / "some.csv", table.drop(columns="raw_a"))
    assert "raw_b" not in read_predictions(tmp_path / "some.csv")
