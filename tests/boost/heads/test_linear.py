"""Linear models, class means and shares among them, and arrays that are read strictly."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from boost.heads.centroid import Centroid
from boost.heads.linear import SMALLEST, LinearModel, softmax
from boost.heads.safetensors_model import arrays_of_bytes, arrays_to_bytes
from boost.heads.shares import Shares
from boost.settings import BoostError
from tests.boost.heads.training_sets import SETTINGS, asked_about, training_set


def test_softmax_is_bounded_below_and_sums_to_1():
    p = softmax(np.array([[0.0, 1e5, -1e5], [3.0, 3.0, 3.0]]))
    assert_allclose(p.sum(axis=1), 1)
    assert p[0].min() == pytest.approx(SMALLEST) and p[1] == pytest.approx([1 / 3] * 3)


def test_a_linear_model_is_what_it_says():
    rng = np.random.default_rng(0)
    coefficients, intercepts = rng.normal(size=(3, 5)), rng.normal(size=3)
    rows = rng.normal(size=(4, 5)).astype(np.float32)
    powers = np.exp(rows @ coefficients.T + intercepts)
    assert_allclose(LinearModel(coefficients, intercepts).predict(rows), powers / powers.sum(axis=1, keepdims=True))


def test_shares_are_those_of_the_training_images_or_even():
    training = training_set(images=20, patients=10)
    for weights, expected in (("none", training.counts() / 20), ("balanced", np.full(3, 1 / 3))):
        (model,) = Shares(weights).train(training, SETTINGS, [0])
        assert_allclose(model.predict(asked_about()[0]), [expected] * 2)


def test_class_means_without_a_signal_say_the_shares():
    training = training_set(images=60, patients=60)
    noise = np.random.default_rng(5).normal(size=(60, 2, 8)).astype(np.float32)
    (model,) = Centroid().train(type(training)(list(noise), training.labels, training.groups, 3, 1), SETTINGS, [0])
    assert np.abs(model.predict(asked_about()[0]) - 1 / 3).max() < 0.1


def test_class_means_say_the_class_whose_mean_is_nearest():
    training = training_set()
    (model,) = Centroid().train(training, SETTINGS, [0])
    means = training.means()
    scaled = (means - means.mean(axis=0)) / means.std(axis=0)
    centres = np.stack([scaled[training.labels == label].mean(axis=0) for label in range(3)])
    for image in asked_about(images=20):
        view = (image[:1] - means.mean(axis=0)) / means.std(axis=0)
        nearest = ((view - centres) ** 2).sum(axis=1).argmin()
        assert model.predict(image[:1]).argmax() == nearest


@pytest.mark.parametrize(
    ("arrays", "match"),
    [
        ({}, "not nothing"),
        ({"b": np.zeros(2)}, "has a, not b"),
        ({"a": np.zeros(2), "b": np.zeros(2)}, "has a, not"),
        ({"a": np.zeros(3)}, r"must be \(2\) float64; got \(3,\)"),
        ({"a": np.zeros((1, 2))}, r"must be \(2\)"),
        ({"a": np.zeros(2, np.float32)}, "float64; got"),
        ({"a": np.array([1, np.nan])}, "must be finite"),
        ({"a": np.array([1, np.inf])}, "must be finite"),
    ],
)
def test_other_arrays_than_agreed_on_are_refused(arrays, match):
    with pytest.raises(BoostError, match=match):
        arrays_of_bytes(arrays_to_bytes(arrays), {"a": (np.float64, (2,))})
    right = {"a": np.array([1.0, 2.0])}
    assert_array_equal(arrays_of_bytes(arrays_to_bytes(right), {"a": (np.float64, (None,))})["a"], right["a"])
