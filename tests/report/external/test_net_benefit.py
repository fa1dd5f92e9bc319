"""Laws of net benefit and predictive values."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from report.external.net_benefit import TwoClassTruth, predictive_values


def cohort(prevalence=None):
    """Ten images of five patients: 3 of 4 positives and 2 of 6 negatives are called from 0.2 on."""
    truth = np.array([True] * 4 + [False] * 6)
    probability = np.array([0.9, 0.8, 0.3, 0.1, 0.7, 0.25, 0.1, 0.1, 0.0, 0.0])
    return TwoClassTruth(truth, probability, np.arange(10) // 2, prevalence)


def test_net_benefit_by_hand():
    at = cohort().at(0.2)
    assert_allclose(at.model.value, 3 / 10 - 2 / 10 * 0.25)
    assert_allclose(at.treat_all, 4 / 10 - 6 / 10 * 0.25)
    assert_allclose(at.gain.value, at.model.value - at.treat_all)
    assert at.model.low < at.model.value < at.model.high


def test_at_another_prevalence_sensitivity_and_specificity_stay():
    at = cohort(prevalence=0.1).at(0.2)
    assert_allclose(at.model.value, 3 / 4 * 0.1 - 2 / 6 * 0.9 * 0.25)
    assert_allclose(at.treat_all, 0.1 - 0.9 * 0.25)
    assert_allclose(at.gain.value, at.model.value)  # treating all does harm there, so nobody is the rival


def test_the_cohorts_own_prevalence_changes_nothing():
    own, told = cohort().at(0.3), cohort(prevalence=0.4).at(0.3)
    assert_allclose(own.model.value, told.model.value)
    assert_allclose(own.treat_all, told.treat_all)


def test_treating_all_is_worth_nothing_where_the_threshold_is_the_prevalence():
    assert_allclose(cohort().treat_all(0.4).value, 0, atol=1e-12)


def test_predictive_values_by_hand():
    truth = cohort().truth
    called = cohort().probability >= 0.2
    positive, negative = predictive_values(truth, called, None)
    assert_allclose([positive.value, negative.value], [3 / 5, 4 / 5])
    same = predictive_values(truth, called, 0.4)
    assert_allclose([measure.value for measure in same], [3 / 5, 4 / 5])
    rare, _ = predictive_values(truth, called, 0.01)
    assert_allclose(rare.value, 0.0075 / (0.0075 + 0.99 / 3))


def test_influence_values_of_predictive_values_are_derivatives():
    truth = cohort().truth
    called = cohort().probability >= 0.2
    for which in (0, 1):
        measure = predictive_values(truth, called, 0.2)[which]
        assert_allclose(measure.influence.sum(), 0, atol=1e-12)
        twice = np.append(np.arange(10), 0)  # the first image counts twice; an image more of 11, first order
        more = predictive_values(truth[twice], called[twice], 0.2)[which]
        assert np.sign(more.value - measure.value) == np.sign(np.round(measure.influence[0], 12))


@pytest.mark.parametrize("prevalence", [None, 0.3])
def test_nobody_called_has_no_positive_predictive_value(prevalence):
    truth = cohort().truth
    positive, negative = predictive_values(truth, np.full(10, False), prevalence)
    assert np.isnan(positive.value) and 0 < negative.value < 1
