"""Laws of net benefit."""

import numpy as np
from numpy.testing import assert_allclose

from report.external.net_benefit import TwoClassTruth


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
