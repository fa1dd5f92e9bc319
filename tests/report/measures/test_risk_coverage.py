from dataclasses import replace

import numpy as np
import pytest

from report.measures.risk_coverage import risk_coverage
from report.statistics.bootstrap import resample
from report.statistics.clustered import clustered_interval
from report.statistics.influence import mean
from report.statistics.patient_groups import PatientGroups


def curve(answers):
    groups = PatientGroups.of(answers)
    return risk_coverage(answers, groups, resample(groups, np.random.default_rng(0), times=500))


def test_worked_by_hand(answered):
    truth = np.array([1, 1, 0, 0], bool)
    found = curve(answered(truth, np.array([0.99, 0.3, 0.2, 0.6])))  # right, wrong, right, wrong
    assert found.certainty == pytest.approx([0.99, 0.8, 0.7, 0.6])
    assert found.accuracy == pytest.approx([1, 1, 2 / 3, 1 / 2])
    assert found.area.value == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)


def test_all_answered_is_the_accuracy_and_the_band_holds_the_curve(cohort):
    answers = cohort()
    found = curve(answers)
    assert found.accuracy[-1] == pytest.approx((answers.label == answers.predicted).mean())
    everything = clustered_interval(mean(answers.label == answers.predicted), PatientGroups.of(answers).group)
    assert str(found.intervals[99]) == str(everything) and len(found.intervals) <= 106
    for point, interval in found.intervals.items():
        assert interval.value == pytest.approx(found.accuracy[point])
        assert point < 5 or interval.low <= interval.value <= interval.high  # the first are of one patient
    assert found.area.low <= found.area.value <= found.area.high


def test_equal_certainties_stand_in_no_order(answered):
    truth = np.arange(40) % 4 > 0
    found = curve(answered(truth, np.full(40, 0.7)))
    assert found.accuracy == pytest.approx(np.full(40, 0.75))


def test_the_order_of_the_images_does_not_matter(cohort):
    one, other = cohort(), cohort().take(np.random.default_rng(1).permutation(100))
    curve_of_other = curve(other)
    assert curve(one).accuracy == pytest.approx(curve_of_other.accuracy)
    for point, interval in curve(one).intervals.items():
        assert interval.low == pytest.approx(curve_of_other.intervals[point].low, nan_ok=True)


def test_certainty_that_knows_has_a_smaller_area_than_one_that_does_not(cohort):
    answers = cohort(40, 5)
    shuffled = np.random.default_rng(0).permutation(answers.probabilities.max(axis=1))  # (n,)
    table = np.where(np.arange(2) == answers.probabilities.argmax(axis=1)[:, None], shuffled[:, None], 1)
    table = np.where(table == 1, 1 - shuffled[:, None], table)
    assert curve(answers).area.value < curve(replace(answers, probabilities=table)).area.value


def test_the_point_of_a_share(cohort):
    found = curve(cohort())
    assert (found.at(1), found.at(0.5), found.at(0.01)) == (99, 49, 0)


def test_no_probabilities_no_curve(cohort):
    assert curve(replace(cohort(), probabilities=None)) is None
