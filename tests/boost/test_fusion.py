"""The vote is the mean of the models, whatever the order of the rows."""

import numpy as np
import pandas as pd
import pytest

from boost.fusion import LOGITS, fuse, is_fused

TABLE = pd.DataFrame(
    [
        ("a", "benign", "p", 1, "m", 0.25, 0.75),
        ("b", "insitu", "", 2, "m", 0.5, 0.5),
        ("a", "benign", "p", 1, "n", 0.75, 0.25),
        ("b", "insitu", "", 2, "n", 0.0, 1.0),
    ],
    columns=["image", "label", "patient", "fold", "model", "p_benign", "p_insitu"],
)


def test_worked_by_hand():
    expected = [("a", "benign", "p", 1, "fusion", 0.5, 0.5), ("b", "insitu", "", 2, "fusion", 0.25, 0.75)]
    pd.testing.assert_frame_equal(fuse(TABLE), pd.DataFrame(expected, columns=TABLE.columns))


def test_order_of_rows_does_not_matter_to_the_bit():
    rng = np.random.default_rng(0)
    names = [(f"i{i}", f"m{m}") for i in range(20) for m in range(6)]
    table = pd.DataFrame(names, columns=["image", "model"])
    table[["p_a", "p_b", "p_c"]] = rng.dirichlet([1, 1, 1], size=len(table))
    for seed in range(3):
        pd.testing.assert_frame_equal(fuse(table.sample(frac=1, random_state=seed)), fuse(table), check_exact=True)


def test_one_model_is_its_own_fusion():
    alone = TABLE[TABLE["model"] == "m"]
    pd.testing.assert_frame_equal(fuse(alone).drop(columns="model"), alone.drop(columns="model"))


def test_the_table_given_is_left_alone():
    before = TABLE.copy()
    fuse(TABLE)
    pd.testing.assert_frame_equal(TABLE, before)


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (TABLE[:3], "same images; 1 are not covered by all, b not by n"),
        (pd.concat([TABLE, TABLE[:1]]), "m predicts a again"),
        (TABLE.assign(fold=[1, 2, 1, 1]), "agree on the fold of an image, and do not for b"),
        (TABLE.assign(label=["benign", "insitu", "insitu", "insitu"]), "agree on the label"),
        (TABLE.assign(model="fusion"), "none of them 'fusion'"),
        (TABLE[:0], "one model or more"),
        (TABLE.assign(p_benign=float("nan")), "must be finite"),
        (TABLE.drop(columns=["p_benign", "p_insitu"]), "p_<class>"),
    ],
)
def test_what_cannot_be_fused_is_refused(table, match):
    with pytest.raises(ValueError, match=match):
        fuse(table)


def test_logits_are_averaged_where_that_is_asked_for():
    fused = fuse(TABLE, LOGITS).set_index("image")
    assert fused.loc["a", "p_benign"] == pytest.approx(0.5)
    assert fused.loc["b", "p_insitu"] == pytest.approx(1)  # one model excludes benign, as log 0 says


def test_a_model_chosen_by_the_test_names_the_fusion_after_it():
    chosen = TABLE.replace({"model": {"n": "n-selected-on-test"}})
    fused = fuse(chosen)
    assert set(fused["model"]) == {"fusion-selected-on-test"}
    assert is_fused(fused["model"])
    assert is_fused(fuse(TABLE)["model"])
    assert not is_fused(TABLE["model"])
