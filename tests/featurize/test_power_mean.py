"""Laws of the generalised mean."""

import doctest

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

import featurize.pooling
from benchmarks import reference


def power_mean(features, *power):
    """The tested function, on arrays."""
    return featurize.pooling.power_mean(torch.from_numpy(features.copy()), *power).numpy()


@pytest.fixture
def features():
    """Signed, so that cube roots of negative means occur."""
    return np.random.default_rng(0).normal(size=(20, 300)).astype(np.float32)


@pytest.mark.parametrize("power", [1, 2, 3, 3.5, 8])
def test_agrees_with_the_slow_version(features, power):
    pooled = power_mean(features, power)
    assert pooled.dtype == np.float32
    assert pooled.shape == (300,)
    assert_allclose(pooled, reference.power_mean(features, power), rtol=1e-6)


def test_is_the_papers_formula_where_features_are_positive(features):
    positive = np.abs(features).astype(np.float64)
    assert_allclose(power_mean(positive), np.cbrt((positive**3).mean(axis=0)), rtol=1e-6)


def test_power_one_is_the_mean(features):
    assert_allclose(power_mean(features, 1), features.mean(axis=0), rtol=1e-5, atol=1e-7)


def test_is_odd_and_homogeneous(features):
    assert_array_equal(power_mean(-features), -power_mean(features))
    assert_allclose(power_mean(4 * features), 4 * power_mean(features), rtol=1e-6)


def test_equal_crops_are_their_own_mean(features):
    assert_allclose(power_mean(np.repeat(features[:1], 5, axis=0)), features[0], rtol=1e-6)
    assert_allclose(power_mean(features[:1]), features[0], rtol=1e-6)


def test_grows_with_the_power_from_mean_to_maximum(features):
    positive = np.abs(features)
    means = np.array([power_mean(positive, power) for power in (1, 2, 3, 10, 100)])
    assert (np.diff(means, axis=0) > 0).all()
    assert (means <= positive.max(axis=0)).all()


def test_the_order_of_the_crops_does_not_matter(features):
    assert_allclose(power_mean(features[::-1]), power_mean(features), rtol=1e-6)


def test_zeros_stay_zero_and_nothing_is_nan(features):
    assert not power_mean(np.zeros((4, 3), np.float32)).any()
    assert np.isfinite(power_mean(features * 1e-12)).all()
    assert np.isfinite(power_mean(features * 1e12)).all()


def test_the_examples_hold():
    assert doctest.testmod(featurize.pooling).failed == 0
