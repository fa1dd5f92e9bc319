import numpy as np
import pandas as pd
import pytest

from cohort.layouts.iciar2018 import ICIAR_CLASSES
from cohort.predictions import PredictionsError
from report.binary import PositiveError
from report.out_of_fold import OutOfFold, out_of_fold_by_model, out_of_fold_of


def table(model: str = "fusion") -> pd.DataFrame:
    rows = [
        ("n1", "normal", "", 1, model, 0.4, 0.3, 0.2, 0.1),
        ("i1", "insitu", "", 1, model, 0.4, 0.0, 0.3, 0.3),
        ("v1", "invasive", "", 2, model, 0.4, 0.1, 0.1, 0.4),
    ]
    return pd.DataFrame(
        rows, columns=["image", "label", "patient", "fold", "model", *(f"p_{name}" for name in ICIAR_CLASSES)]
    )


def test_the_paper_is_the_default_for_its_classes():
    answers = out_of_fold_of(table())
    assert (answers.positive, answers.rule) == (("insitu", "invasive"), "max")
    assert list(answers.predicted) == ["normal", "normal", "normal"]  # the third is a tie: the earlier class
    assert list(answers.truth) == [False, True, True]


def test_the_order_of_the_columns_does_not_matter():
    one, other = out_of_fold_of(table()), out_of_fold_of(table().iloc[:, ::-1])
    assert one.classes == other.classes == ICIAR_CLASSES
    assert np.array_equal(one.probabilities, other.probabilities)
    assert np.array_equal(one.score, other.score)


def test_at_one_half_the_max_rule_calls_what_was_answered_even_in_a_tie():
    answers = out_of_fold_of(table())
    assert answers.score[2] == 0.5
    assert list(answers.called(0.5)) == [False, False, False]
    assert list(answers.called(0.49)) == [False, False, True]


def test_the_sum_rule_calls_by_its_score():
    assert list(out_of_fold_of(table(), rule="sum").called(0.5)) == [False, True, True]


def test_without_positive_classes_nothing_is_called():
    rows = table().drop(columns="p_benign")
    answers = out_of_fold_of(rows)
    assert answers.positive is None and answers.score is None
    assert not answers.called(0.33).any()
    assert out_of_fold_of(rows, positive=["invasive"]).score is not None


def test_an_image_varies_with_its_patient_or_with_itself():
    rows = table().assign(patient=["7", "", "7"])
    answers = out_of_fold_of(rows)
    assert list(answers.groups) == ["patient 7", "image i1", "patient 7"]
    assert list(answers.known) == [True, False, True]
    assert not out_of_fold_of(table()).known.any() and len(set(out_of_fold_of(table()).groups)) == 3
    assert list(answers.codes) == [0, 2, 3]


def test_taking_images_keeps_each_row_whole():
    rows = table().assign(patient=["7", "", "8"])
    some, wanted = out_of_fold_of(rows).take(np.array([2, 0])), out_of_fold_of(rows.iloc[[2, 0]])
    for name in ("images", "label", "fold", "predicted", "probabilities", "score", "patients"):
        assert np.array_equal(getattr(some, name), getattr(wanted, name))
    assert len(out_of_fold_of(rows).take(np.array([True, False, True])).images) == 2


def test_answers_come_from_one_model():
    both = pd.concat([table("a"), table("b")])
    with pytest.raises(PredictionsError, match="the table has a, b"):
        out_of_fold_of(both)
    each = out_of_fold_by_model(both)
    assert list(each) == ["a", "b"]
    assert all(isinstance(answers, OutOfFold) and len(answers.images) == 3 for answers in each.values())


def test_a_wrong_choice_is_refused():
    with pytest.raises(PositiveError, match="'cancer'"):
        out_of_fold_of(table(), positive=["cancer"])
    with pytest.raises(PositiveError, match="'mean'"):
        out_of_fold_of(table(), rule="mean")
