from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import f1_score, precision_score, roc_auc_score

from report.binary import POOLED, WITHIN_FOLDS
from report.measures.all_images import auc_of, has_auc, intervals_of, is_two_class, overall_measures, point_measures
from report.statistics.patient_groups import PatientGroups


def overall(answers):
    return intervals_of(overall_measures(answers), PatientGroups.of(answers).group)


def test_without_patients_or_with_one_image_each_shares_have_wilsons_interval(cohort):
    answers = cohort(100, 1)
    right = int((answers.label == answers.predicted).sum())
    wilson = binomtest(right, 100).proportion_ci(method="wilson")
    for known in (answers, replace(answers, patients=None)):
        found = overall(known)["accuracy"]
        assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high), abs=1e-5)


@pytest.mark.parametrize(("known", "seed"), [(True, 0), (True, 1), (False, 2)])
def test_every_interval_holds_its_estimate_and_keeps_to_what_is_possible(known, seed, cohort):
    answers = cohort(12, 4, seed)
    answers = answers if known else replace(answers, patients=None)
    for name, found in overall(answers).items():
        assert -1 <= found.low <= found.value <= found.high <= 1, name
        assert name == "Cohen's kappa" or found.low >= 0
        assert found.high - found.low > 0.01


def test_the_order_of_images_and_the_names_of_patients_do_not_matter(cohort):
    answers = cohort()
    turned = answers.take(np.random.default_rng(1).permutation(100))
    renamed = replace(answers, patients=np.array([f"x{name[::-1]}" for name in answers.patients]))
    for other in (turned, renamed):
        for one, same in zip(overall(answers).values(), overall(other).values(), strict=True):
            assert (one.value, one.low, one.high) == pytest.approx((same.value, same.low, same.high))


def test_one_patient_has_a_value_and_no_interval(cohort):
    for found in overall(cohort(1, 20)).values():
        assert not np.isnan(found.value) and np.isnan(found.low) and found.text().endswith("[–, –]")


def test_all_right_is_less_sure_than_so_many_independent_images(answered):
    truth, group = np.tile([False, True], 29), np.arange(58) % 10
    found = overall(answered(truth, np.where(truth, 0.9, 0.1), group))
    alone = binomtest(58, 58).proportion_ci(method="wilson").low
    for name in ("accuracy", "balanced accuracy", "AUC", "sensitivity"):
        assert found[name].high == 1 and 0.5 < found[name].low < alone


def test_values_are_those_of_scikit_learn(cohort):
    answers = cohort()
    found, called = overall(answers), answers.called(0.5)
    assert found["PPV"].value == pytest.approx(precision_score(answers.truth, called))
    assert found["NPV"].value == pytest.approx(precision_score(~answers.truth, ~called))
    assert found["F1"].value == pytest.approx(f1_score(answers.truth, called))
    assert found["macro F1"].value == pytest.approx(f1_score(answers.label, answers.predicted, average="macro"))


def test_the_auc_is_the_mean_of_the_folds_unless_it_is_pooled(cohort):
    answers = cohort()
    each = [answers.take(answers.fold == number) for number in np.unique(answers.fold)]
    within = np.mean([roc_auc_score(fold.truth, fold.score) for fold in each])
    assert overall(answers)["AUC"].value == auc_of(answers, WITHIN_FOLDS).value == pytest.approx(within)
    pooled = roc_auc_score(answers.truth, answers.score)
    assert overall(replace(answers, auc=POOLED))["AUC"].value == pytest.approx(pooled)


def test_folds_of_one_class_have_no_auc_within_folds(answered):
    truth = np.arange(40) < 20
    answers = answered(truth, np.linspace(1, 0, 40), np.arange(40) // 10, folds=4)
    assert overall(answers)["AUC"].text() == "–" and overall(replace(answers, auc=POOLED))["AUC"].value == 1


def test_without_two_kinds_there_is_no_two_class_measure(answered):
    answers = answered(np.full(10, True), np.linspace(0.1, 0.9, 10))
    assert not is_two_class(answers) and "AUC" not in overall(answers)


def test_predictive_values_worked_by_hand_and_of_nothing_called():
    truth, called = np.array([1, 1, 1, 0, 0], bool), np.array([1, 1, 0, 1, 0], bool)
    values = {name: measure.value for name, measure in point_measures(truth, called).items()}
    assert values == pytest.approx({"sensitivity": 2 / 3, "specificity": 1 / 2, "PPV": 2 / 3, "NPV": 1 / 2})
    nothing = intervals_of(point_measures(truth, ~truth & truth), np.arange(5))
    assert nothing["PPV"].text() == "–" and nothing["sensitivity"].value == 0


@pytest.mark.parametrize("rule", [WITHIN_FOLDS, POOLED])
def test_the_auc_of_two_classes_is_the_same_whichever_is_positive_or_none(rule, cohort):
    answers = replace(cohort(15, 4), auc=rule)
    other = replace(answers, positive=("benign",), score=answers.probabilities[:, 0])
    nobody = replace(answers, positive=None, score=None)
    assert has_auc(nobody) and not is_two_class(nobody)
    areas = [overall(of)["AUC"] for of in (answers, other, nobody)]
    for area in areas[1:]:
        assert (area.value, area.low, area.high) == pytest.approx((areas[0].value, areas[0].low, areas[0].high))
    assert "sensitivity" not in overall(nobody) and "PPV" not in overall(nobody)


def test_without_two_kinds_of_images_or_probabilities_there_is_no_auc(cohort):
    answers = replace(cohort(15, 4), positive=None, score=None)
    of_one_kind = answers.take(answers.label == "benign")
    for none in (of_one_kind, replace(answers, probabilities=None), replace(answers, classes=("a", "b", "c"))):
        assert not has_auc(none) and "AUC" not in overall(none)
