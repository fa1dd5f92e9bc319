"""Laws of slope and intercept, and agreement with statsmodels."""

import numpy as np
from numpy.testing import assert_allclose
from scipy.special import expit, logit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from report.external.recalibration import fitted, recalibration


def cohort(slope=1.0, intercept=0.0, images=400):
    """Images of 40 patients whose truth follows the probability after a change on the logit scale."""
    rng = np.random.default_rng(5)
    linear = rng.normal(0, 1.5, images)  # (n,)
    truth = rng.random(images) < expit(slope * linear + intercept)  # (n,)
    return truth, expit(linear), np.arange(images) % 40


def test_statsmodels_agrees():
    truth, probability, group = cohort(slope=0.6, intercept=-0.4)
    linear = logit(probability)
    binomial = Binomial()
    robust = {"cov_type": "cluster", "cov_kwds": {"groups": group, "use_correction": False}}
    columns = np.column_stack([linear, np.ones(len(linear))])
    slope = GLM(truth.astype(float), columns, family=binomial).fit(**robust)
    large = GLM(truth.astype(float), columns[:, 1:], family=binomial, offset=linear).fit(**robust)
    result = recalibration(truth, probability, group)
    assert_allclose(result.slope.value, slope.params[0], rtol=1e-6)
    assert_allclose(result.intercept.value, large.params[0], rtol=1e-6)
    for ours, theirs in (
        (fitted(truth, columns, np.zeros(400)), slope),
        (fitted(truth, columns[:, 1:], linear), large),
    ):
        by_patient = np.bincount(group, weights=ours[1])
        assert_allclose(np.sqrt(np.sum(by_patient**2)), theirs.bse[0], rtol=1e-5)


def test_right_probabilities_have_slope_1_and_intercept_0_in_their_intervals():
    result = recalibration(*cohort(images=4000))
    assert result.slope.low < 1 < result.slope.high and result.intercept.low < 0 < result.intercept.high


def test_too_extreme_and_too_high_show():
    result = recalibration(*cohort(slope=0.5, images=4000))
    assert result.slope.high < 1
    assert recalibration(*cohort(intercept=-1, images=4000)).intercept.high < 0


def test_the_other_class_has_the_same_slope_and_the_opposite_intercept():
    truth, probability, group = cohort(slope=0.7, intercept=0.3)
    one, other = recalibration(truth, probability, group), recalibration(~truth, 1 - probability, group)
    assert_allclose([one.slope.value, one.intercept.value], [other.slope.value, -other.intercept.value], rtol=1e-6)


def test_without_a_mistake_there_is_no_slope_but_an_intercept():
    truth = np.array([True] * 5 + [False] * 5)
    result = recalibration(truth, np.where(truth, 0.8, 0.3), np.arange(10))
    assert np.isnan(result.slope.value) and np.isfinite(result.intercept.value)


def test_one_kind_of_images_has_neither():
    result = recalibration(np.full(6, True), np.full(6, 0.7), np.arange(6))
    assert np.isnan(result.slope.value) and np.isnan(result.intercept.value)
