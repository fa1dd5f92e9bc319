from dataclasses import replace

import numpy as np
import pytest

from report.measures.thresholds import (
    AIMS,
    choose,
    threshold_choices,
    why_no_threshold,
    why_not_two_class,
)
from report.published import read_published
from report.statistics.patient_groups import PatientGroups

TRUTH = np.array([False, False, True, False, True, True])
SCORE = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.9])


def points(answers):
    return threshold_choices(answers, PatientGroups.of(answers).group)


def test_thresholds_worked_by_hand():
    assert choose(TRUTH, SCORE, "sensitivity ≥ 95 %") == pytest.approx(0.25)  # all three found, one alarm
    assert choose(TRUTH, SCORE, "Youden") == pytest.approx(0.25)  # 1 + 2/3 ties with 2/3 + 1
    assert choose(TRUTH, np.where(SCORE == 0.3, 0.05, SCORE), "Youden") == pytest.approx(0.5)


def test_with_hindsight_the_aim_is_met_and_no_threshold_does_better(cohort):
    answers = cohort(40, 5, separation=1)
    by_aim = {result.aim: result for result in points(answers)}
    assert list(by_aim) == list(AIMS)
    assert by_aim["sensitivity ≥ 95 %"].on_all["sensitivity"].value >= 0.95
    best = by_aim["Youden"].on_all
    for threshold in answers.score:
        called = answers.score >= threshold
        total = called[answers.truth].mean() + (~called[~answers.truth]).mean()
        assert total <= best["sensitivity"].value + best["specificity"].value + 1e-9


def test_a_folds_threshold_never_sees_the_fold(cohort):
    answers = cohort()
    here = answers.fold == 3
    other = replace(answers, score=np.where(here, 1 - answers.score, answers.score))
    for one, changed in zip(points(answers), points(other), strict=True):
        assert one.thresholds[2] == changed.thresholds[2]
        assert (np.delete(one.thresholds, 2) != np.delete(changed.thresholds, 2)).any()


def test_hindsight_looks_better_on_average(cohort):
    """Youden's sum, over cohorts whose scores are nearly noise."""
    gaps = [
        youden.gap("sensitivity") + youden.gap("specificity")
        for seed in range(20)
        for youden in points(cohort(12, 3, seed, separation=0.3))[1:]
    ]
    assert min(gaps) >= -1e-9 and np.mean(gaps) > 0.05


def test_the_published_answers_hardly_depend_on_hindsight(shared):
    answers = read_published(shared / "iciar2018" / "published_cv.csv")
    sensitive, youden = points(answers)
    assert sensitive.on_all["sensitivity"].value == pytest.approx(0.95)
    assert sensitive.held_out["sensitivity"].value == pytest.approx(0.945)
    assert 0 <= youden.gap("sensitivity") + youden.gap("specificity") <= 0.02


def test_without_two_kinds_of_images_a_sentence_says_so(cohort):
    answers = cohort()
    none = replace(answers, positive=None, score=None)
    assert threshold_choices(none, None) is None and "--positive" in why_no_threshold(none)
    apart = replace(answers, fold=np.where(answers.truth, 1, 2))
    assert points(apart) is None and "without some fold" in why_no_threshold(apart)
    assert why_no_threshold(answers) is None


def test_of_hundreds_of_classes_a_few_are_named(cohort):
    names = tuple(f"class {number}" for number in range(600))
    sentence = why_not_two_class(replace(cohort(), classes=names, positive=None))
    assert "class 19 and 580 more" in sentence and len(sentence) < 400
