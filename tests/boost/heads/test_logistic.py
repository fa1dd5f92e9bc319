"""Logistic regression is scikit-learn's on standardised columns; its C is chosen by patients of the training part."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from boost.heads.fitting import strength
from boost.heads.fitting.inner_folds import one_thread
from boost.heads.fitting.strength import STRENGTHS
from boost.heads.head import predict_views
from boost.heads.logistic import FIXED, TOLERANCE, Logistic
from tests.boost.heads.training_sets import SETTINGS, asked_about, training_set


def choose_strength(*asked):
    with one_thread():
        return strength.choose_strength(*asked)


def trained(training, class_weights="none"):
    (model,) = Logistic(class_weights).train(training, SETTINGS, [0])
    return model


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("dim", [4, 90])
@pytest.mark.parametrize("class_weights", ["none", "balanced"])
def test_it_is_scikit_learns_on_all_standardised_columns(classes, dim, class_weights):
    training = training_set(classes=classes, dim=dim)
    means = training.means()
    weights = Logistic(class_weights).image_weights(training.labels, classes)
    chosen, _ = choose_strength(means, weights, training)
    scaler = StandardScaler().fit(means)
    slow = LogisticRegression(C=chosen / dim, tol=TOLERANCE, max_iter=10_000)
    with one_thread():
        slow.fit(scaler.transform(means), training.labels, weights)
    asked = asked_about(dim=dim)
    expected = [slow.predict_proba(scaler.transform(image.astype(float))) for image in asked]
    assert_allclose(predict_views(trained(training, class_weights), asked), expected, atol=1e-6)


def test_c_is_strong_where_there_is_signal_and_weak_where_there_is_none():
    training = training_set(images=60, patients=30)
    means, weights = training.means(), np.ones(60)
    with_signal, _ = choose_strength(means, weights, training)
    shuffled = replace(training, labels=np.random.default_rng(0).permutation(30)[np.arange(60) % 30] % 3)
    without, _ = choose_strength(means, weights, shuffled)
    assert with_signal >= 1 and without <= 0.1 and {with_signal, without} <= set(STRENGTHS)


def test_what_patients_share_does_not_choose_c():
    """Every patient has a column of its own that gives its class away to whoever has seen the patient."""
    training = training_set(images=60, patients=30)
    labels = np.random.default_rng(0).permutation(30)[np.arange(60) % 30] % 3
    marks = np.eye(30)[np.arange(60) % 30] * 20
    rows = np.concatenate([training.means(), marks], axis=1)
    by_patient, _ = choose_strength(rows, np.ones(60), replace(training, labels=labels))
    alone = replace(training, labels=labels, groups=np.array([f"image {number:02}" for number in range(60)]))
    by_image, _ = choose_strength(rows, np.ones(60), alone)
    assert by_patient < by_image


def test_a_class_that_an_inner_fold_lacks_is_told_and_trained_on():
    training = training_set()
    only_one = np.where(training.groups == "patient 01", 2, np.arange(36) % 12 % 2)  # class 2 is one patient's
    model = trained(replace(training, labels=only_one))
    assert model.remarks == ("class-of-one-inner-fold",)
    own = [training.images[row] for row in np.flatnonzero(only_one == 2)]
    others = [training.images[row] for row in np.flatnonzero(only_one != 2)]
    assert predict_views(model, own)[..., 2].mean() > predict_views(model, others)[..., 2].mean()


def test_too_few_patients_to_choose_by_and_constant_columns_are_told():
    one_class_each = training_set(images=12, patients=2, classes=2)
    model = trained(one_class_each)
    assert model.remarks == ("class-of-one-inner-fold", "penalty-not-chosen")
    images = [np.concatenate([image, image[:, :1] * 0], axis=1) for image in training_set().images]
    assert trained(replace(training_set(), images=images)).remarks == ("constant-columns",)
    assert FIXED in STRENGTHS


def test_coefficients_that_have_not_settled_are_told(monkeypatch):
    monkeypatch.setattr("boost.heads.fitting.penalised.ITERATIONS", 1)
    assert "not-converged" in trained(training_set()).remarks
