import numpy as np
import pytest

from report.measures.thresholds import THRESHOLDS, two_class, why_not_two_class
from report.out_of_fold import OutOfFold

LABEL = np.array(["good", "good", "mild", "mild", "bad"])
SCORE = np.array([0.1, 0.4, 0.2, 0.35, 0.9])


def answers(label=LABEL, positive=("mild", "bad"), rule="sum", score=SCORE, predicted=LABEL) -> OutOfFold:
    images, fold = np.arange(len(label)).astype(str), np.array([1, 1, 2, 2, 2])
    return OutOfFold(images, label, fold, predicted, ("good", "mild", "bad"), None, positive, rule, score)


def test_worked_by_hand():
    result = two_class(answers())
    assert result.points.loc[0.33].to_dict() == pytest.approx(
        {"sensitivity": 200 / 3, "specificity": 50, "missed mild": 1, "missed bad": 0}
    )
    assert result.points.loc[0.50].to_dict() == pytest.approx(
        {"sensitivity": 100 / 3, "specificity": 100, "missed mild": 2, "missed bad": 0}
    )
    assert result.accuracy.to_list() == pytest.approx([100, 100 / 3])


def test_a_score_at_the_threshold_is_positive():
    for threshold in THRESHOLDS:
        points = two_class(answers(score=np.full(5, threshold))).points
        assert points.loc[threshold, "sensitivity"] == 100


def test_under_the_max_rule_one_half_is_the_class_answered():
    result = two_class(answers(rule="max", predicted=LABEL))
    assert result.accuracy.to_list() == [100, 100]
    assert result.points.loc[0.50, "sensitivity"] == 100
    assert result.points.loc[0.33, "sensitivity"] < 100


def test_missed_images_and_sensitivity_tell_the_same():
    points = two_class(answers()).points
    assert np.allclose(points["sensitivity"], 100 * (1 - points.filter(like="missed").sum(axis=1) / 3))


def test_a_lower_threshold_finds_more_and_alarms_more():
    score = np.random.default_rng(0).random(5)
    low, high = two_class(answers(score=score)).points.loc[list(THRESHOLDS)].itertuples()
    assert low.sensitivity >= high.sensitivity and low.specificity <= high.specificity


def test_without_positive_classes_a_sentence_names_the_option():
    none = answers(positive=None, score=None)
    assert two_class(none) is None
    assert "--positive" in why_not_two_class(none)


def test_one_kind_of_images_gives_no_curve_but_a_sentence():
    one = answers(label=np.full(5, "bad"))
    assert two_class(one) is None
    assert "every image is one of mild, bad" in why_not_two_class(one)
    assert "every image is not" not in why_not_two_class(one)
    assert why_not_two_class(answers()) is None
