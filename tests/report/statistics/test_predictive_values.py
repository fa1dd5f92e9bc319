"""Laws of predictive values at a prevalence that somebody says."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from report.statistics.intervals import Interval
from report.statistics.predictive_values import negative_value, positive_value, ratio_interval

SENSITIVITY, SPECIFICITY = Interval(0.75, 0.4, 0.93), Interval(2 / 3, 0.35, 0.88)
PERFECT = Interval(1.0, 0.87, 1.0)  # of some twenty images, none was a mistake
SHARES = (SENSITIVITY, SPECIFICITY, PERFECT, Interval(0.0, 0.0, 0.13), Interval(0.5, 0.49, 0.51))


def test_at_the_cohorts_own_prevalence_they_are_the_shares_of_its_calls():
    """Of 4 positives 3 are called, and of 6 negatives 2."""
    assert_allclose(positive_value(SENSITIVITY, SPECIFICITY, 0.4).value, 3 / 5)
    assert_allclose(negative_value(SENSITIVITY, SPECIFICITY, 0.4).value, 4 / 5)
    assert_allclose(positive_value(SENSITIVITY, SPECIFICITY, 0.01).value, 0.0075 / (0.0075 + 0.99 / 3))


@pytest.mark.parametrize("first", SHARES)
@pytest.mark.parametrize("second", SHARES)
def test_a_ratio_ends_where_the_difference_has_an_end_at_zero(first, second):
    """The rule of MOVER-R, step by step: f - x s with the interval of a difference."""
    low, high = ratio_interval(first, second)
    assert 0 <= low <= high
    if low > 0:
        reach = np.hypot(first.value - first.low, low * (second.high - second.value))
        assert_allclose(first.value - low * second.value - reach, 0, atol=1e-9)
    if 0 < high < np.inf:
        reach = np.hypot(first.high - first.value, high * (second.value - second.low))
        assert_allclose(first.value - high * second.value + reach, 0, atol=1e-9)


@pytest.mark.parametrize("sensitivity", SHARES)
@pytest.mark.parametrize("specificity", SHARES)
def test_they_lie_in_their_intervals_and_rise_with_the_prevalence(sensitivity, specificity):
    before = Interval(0, 0, 0)
    for prevalence in np.linspace(0.01, 0.99, 25):
        value = positive_value(sensitivity, specificity, prevalence)
        if np.isnan(value.value):
            continue
        assert 0 <= value.low <= value.value <= value.high <= 1
        assert value.low >= before.low and value.value >= before.value and value.high >= before.high
        before = value
    one, other = (negative_value(sensitivity, specificity, 0.3), positive_value(specificity, sensitivity, 0.7))
    assert_allclose([one.value, one.low, one.high], [other.value, other.low, other.high])


def test_no_false_call_seen_is_no_proof_that_there_are_none():
    rare = positive_value(SENSITIVITY, PERFECT, 0.001)
    assert rare.value == 1 and rare.low < 0.01
    assert positive_value(SENSITIVITY, PERFECT, 0.5).low > 0.6
    missed = negative_value(PERFECT, SPECIFICITY, 0.5)
    assert missed.value == 1 and 0.5 < missed.low < 0.9


def test_where_there_is_one_kind_alone_nothing_is_estimated():
    assert positive_value(SENSITIVITY, SPECIFICITY, 0) == Interval(0, 0, 0)
    assert negative_value(SENSITIVITY, SPECIFICITY, 0) == Interval(1, 1, 1)
    assert positive_value(SENSITIVITY, SPECIFICITY, 1) == Interval(1, 1, 1)
    assert negative_value(SENSITIVITY, SPECIFICITY, 1) == Interval(0, 0, 0)


def test_without_calls_there_is_no_value_and_without_intervals_none():
    nobody = positive_value(Interval(0, 0, 0.2), PERFECT, 0.3)
    assert np.isnan([nobody.value, nobody.low, nobody.high]).all()
    assert np.isnan(positive_value(SENSITIVITY, PERFECT, 0).value), "no positives, and no negative is called"
    one_patient = positive_value(Interval(0.9, np.nan, np.nan), SPECIFICITY, 0.3)
    assert one_patient.value > 0 and np.isnan([one_patient.low, one_patient.high]).all()
