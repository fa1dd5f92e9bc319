"""Which column is which: our names go first, other names are understood, and nothing is taken for a class by chance."""

import pytest

from cohort.prediction_tables.prediction_columns import (
    class_columns,
    class_name,
    key_columns,
    match_labels,
    needed_column,
)

LABELS = ["in situ", "normal"]


@pytest.mark.parametrize(
    "header",
    [
        ["image", "label", "patient", "fold", "model"],
        [" Image", "LABEL ", "Patient ID", "Fold", "Model"],
        ["file_name", "y_true", "case-id", "cv fold", "classifier"],
        ["filename", "Ground.Truth", "bcr_patient_barcode", "Resample", "algorithm"],
        ["", "true_label", "SubjectID", "fold_id", "model name"],
        ["Unnamed: 0", "obs", "participant", "KFold", "network"],
    ],
)
def test_usual_names_of_the_keys_are_understood(header):
    assert key_columns(header) == {"image": [0], "label": [1], "patient": [2], "fold": [3], "model": [4]}


def test_our_name_goes_before_others_and_a_nameless_column_last():
    assert key_columns(["", "id", "class", "label", "image"]) == {"image": [4, 1], "label": [3, 2]}
    assert key_columns(["x", "", "label"]) == {"label": [2]}


@pytest.mark.parametrize(
    "columns",
    [
        ["p_in situ", "p_normal"],
        ["P_in_situ", "p_Normal"],
        ["prob_in situ", "prob_normal"],
        ["prob.in.situ", "prob.normal"],
        [".pred_in situ", ".pred_normal"],
        ["P(in situ)", "P(normal)"],
        ["Probability: In situ", "Probability: Normal"],
        ["probability_in_situ", "probability_normal"],
        ["prediction_score_in situ", "prediction_score_normal"],
        ["score_in-situ", "score_normal"],
        ["in situ_prob", "normal_prob"],
        ["in situ", "normal"],
        [" In Situ ", "NORMAL"],
    ],
)
def test_classes_are_found_under_any_prefix_and_called_as_the_labels(columns):
    header = ["image", "label", "p_value", *columns, "area"]
    found = class_columns(header, [0, 1], LABELS)
    chosen = [column for column in found.columns if column.name in LABELS]
    assert [(column.name, column.position) for column in chosen] == [("in situ", 3), ("normal", 4)]
    assert {found.name_of[label] for label in LABELS} == set(LABELS)


def test_the_prefix_with_every_label_is_taken():
    header = ["p_a", "p_value", "score_a", "score_b", "prob_a", "prob_b", "a", "b"]
    assert [column.position for column in class_columns(header, [], ["a", "b"]).columns] == [4, 5]
    assert [column.position for column in class_columns(header, [], ["a", "c"]).columns] == [
        0,
        1,
    ]  # to be refused


def test_numbers_may_follow_the_prefix_at_once():
    assert [column.name for column in class_columns(["predict", "p0", "p1"], [], ["0", "1"]).columns] == ["0", "1"]


def test_without_a_prefix_only_columns_called_as_labels_are_classes():
    found = class_columns(["area", "b", "a", "c"], [], ["a", "b"])
    assert [(column.name, column.position) for column in found.columns] == [("b", 1), ("a", 2)]
    assert class_columns(["area", "a"], [], ["a", "b"]).columns == []


def test_labels_that_are_alike_are_never_made_one():
    assert match_labels(["A", "a"], ["a"]) == {"a": "a"}
    assert match_labels(["In situ", "in_situ"], ["in-situ"]) == {}
    assert match_labels(["a b"], ["a_b", "a-b"]) == {}
    assert match_labels(["1.0", "10"], ["1", "10"]) == {"10": "10", "1.0": "1"}


def test_names_of_classes_keep_what_tells_them_apart():
    assert len({class_name(name) for name in ("1.0", "1.5", "10", "ER+", "ER-", "insitu", "in situ")}) == 7


def test_columns_that_are_read_are_known_by_name():
    assert needed_column("p_A b") == "p_A b" and needed_column(" Image ") == "image"
    assert needed_column("Prob(x)") == "Prob(x)" and needed_column("area") is None
