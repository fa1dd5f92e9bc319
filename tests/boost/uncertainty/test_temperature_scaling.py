import json
from dataclasses import asdict

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from boost.settings import BoostError
from boost.uncertainty.calibrate import BESIDE, METHODS, Calibration, calibrate
from boost.uncertainty.fit_calibration import calibrate_out_of_fold, fit_calibration
from boost.uncertainty.temperature_scaling import fit_temperature


def sure_by(factor, images=3000, classes=4, seed=0):
    """Probabilities whose logarithms are `factor` times what the labels were drawn from."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(scale=1.5, size=(images, classes))
    labels = (softmax(scores, axis=1).cumsum(axis=1) < rng.random((images, 1))).sum(axis=1)
    return softmax(factor * scores, axis=1), labels


def loss(probabilities, labels):
    return -np.log(probabilities[np.arange(len(labels)), labels]).mean()


@pytest.mark.parametrize("factor", [0.5, 1, 3])
def test_a_temperature_undoes_too_much_or_too_little_certainty(factor):
    probabilities, labels = sure_by(factor)
    found = fit_calibration(probabilities, labels)
    assert found.temperature == pytest.approx(factor, rel=0.08)
    assert loss(calibrate(found, probabilities), labels) <= loss(probabilities, labels) + 1e-6


def test_a_temperature_leaves_every_order_of_classes_alone():
    probabilities, labels = sure_by(3)
    once = calibrate(fit_calibration(probabilities, labels), probabilities)
    assert np.array_equal(once.argsort(axis=1), probabilities.argsort(axis=1))
    np.testing.assert_allclose(once.sum(axis=1), 1)


def test_of_two_classes_it_is_logistic_regression_on_the_log_odds():
    probabilities, labels = sure_by(2, classes=2)
    odds = np.log(probabilities[:, 1] / probabilities[:, 0])[:, None]
    found = fit_calibration(probabilities, labels)
    slope = LogisticRegression(C=np.inf, fit_intercept=False).fit(odds, labels).coef_[0, 0]
    assert 1 / found.temperature == pytest.approx(slope, rel=1e-2)
    both = fit_calibration(probabilities, labels, "bias-corrected")
    free = LogisticRegression(C=np.inf).fit(odds, labels)
    assert both.bias[1] - both.bias[0] == pytest.approx(free.intercept_[0], abs=1e-2)


def test_a_temperature_of_many_classes_is_where_scikit_learns_log_loss_is_least():
    probabilities, labels = sure_by(2)

    def lost(temperature):
        return log_loss(labels, softmax(np.log(probabilities) / temperature, axis=1))

    least = minimize_scalar(lost, bounds=(0.1, 10), method="bounded").x
    assert fit_temperature(probabilities, labels).temperature == pytest.approx(least, rel=1e-2)


def test_addends_undo_a_change_of_frequencies():
    probabilities, labels = sure_by(1)
    shifted = probabilities * np.array([5, 1, 1, 1])
    shifted /= shifted.sum(axis=1, keepdims=True)
    plain, addends = (calibrate(fit_calibration(shifted, labels, method), shifted) for method in BESIDE)
    assert loss(addends, labels) < loss(plain, labels) - 0.05
    assert loss(addends, labels) == pytest.approx(loss(probabilities, labels), abs=0.005)


@pytest.mark.parametrize("method", METHODS)
def test_all_right_and_zero_probabilities_stay_finite(method):
    labels = np.tile([0, 1], 29)
    probabilities = np.eye(3)[labels]
    found = fit_calibration(probabilities, labels, method)
    calibrated = calibrate(found, probabilities)
    assert np.isfinite(calibrated).all() and 0.01 < found.temperature < 100
    assert np.array_equal(calibrated.argmax(axis=1), labels)


@pytest.mark.parametrize("method", METHODS)
def test_out_of_fold_a_fold_never_sees_its_own_labels(method):
    probabilities, labels = sure_by(2, images=120)
    fold = np.arange(120) % 3 + 1
    here = fold == 2
    other = np.where(here, (labels + 1) % 4, labels)
    one = calibrate_out_of_fold(probabilities, labels, fold, method)
    changed = calibrate_out_of_fold(probabilities, other, fold, method)
    assert np.array_equal(one[here], changed[here]) and not np.array_equal(one[~here], changed[~here])
    rest = fit_calibration(probabilities[~here], labels[~here], method)
    np.testing.assert_allclose(one[here], calibrate(rest, probabilities[here]))


@pytest.mark.parametrize("method", METHODS)
def test_it_survives_json(method):
    probabilities, labels = sure_by(2, images=100)
    found = fit_calibration(probabilities, labels, method)
    assert Calibration(**json.loads(json.dumps(asdict(found)))) == found


def test_no_change_is_temperature_one():
    probabilities, _ = sure_by(1, images=20)
    np.testing.assert_allclose(calibrate(Calibration("temperature", 1, (0,) * 4), probabilities), probabilities)


def test_misuse_is_refused():
    probabilities, labels = sure_by(1, images=20)
    with pytest.raises(BoostError, match="unknown calibration 'platt'; known: temperature, bias-corrected"):
        fit_calibration(probabilities, labels, "platt")
    with pytest.raises(BoostError, match="for 2 classes and the probabilities are of 4"):
        calibrate(Calibration("temperature", 1, (0, 0)), probabilities)
    with pytest.raises(BoostError, match="above 0"):
        Calibration("temperature", 0, (0, 0))
