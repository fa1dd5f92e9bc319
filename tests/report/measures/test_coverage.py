import numpy as np
import pytest

from report.measures.coverage import coverage, reach_sentence
from report.statistics.patient_groups import PatientGroups


def drawn(answers):
    return PatientGroups.of(answers)


def test_worked_by_hand(answered):
    truth, group = np.array([0, 0, 1, 1, 1, 1], bool), np.array([0, 0, 1, 1, 1, 1])
    answers = answered(truth, np.where(truth, 0.9, 0.1), group)
    sets = np.array([[1, 0], [1, 1], [0, 1], [0, 1], [0, 1], [1, 0]], bool)  # the last does not hold its class
    (level,) = coverage(answers, {0.9: sets}, drawn(answers))
    assert level.coverage.value == pytest.approx(5 / 6) and level.mean_over_patients == pytest.approx((1 + 3 / 4) / 2)
    assert (level.mean_size, level.one_class, level.all_classes) == pytest.approx((7 / 6, 5 / 6, 1 / 6))


def test_full_sets_cover_all_and_levels_are_in_order(cohort):
    answers = cohort()
    full = np.full((100, 2), True)
    levels = coverage(answers, {0.95: full, 0.8: full}, drawn(answers))
    assert [level.level for level in levels] == [0.8, 0.95]
    assert {level.coverage.value for level in levels} == {level.all_classes for level in levels} == {1}


def test_levels_out_of_reach_are_named(cohort):
    levels = (0.8, 0.9, 0.95)
    few, some, many = (cohort(patients, 2) for patients in (10, 20, 30))
    assert "90 % and 95 % cannot be promised from the 8 patients" in reach_sentence(few, drawn(few), levels)
    assert "95 % cannot be promised from the 16 patients" in reach_sentence(some, drawn(some), levels)
    assert reach_sentence(many, drawn(many), levels) == ""


def test_sets_of_another_shape_are_refused(cohort):
    with pytest.raises(ValueError, match=r"\(100, 2\); got \(100, 3\)"):
        coverage(cohort(), {0.9: np.full((100, 3), True)}, drawn(cohort()))
