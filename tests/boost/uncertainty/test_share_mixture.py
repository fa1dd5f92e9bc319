"""Laws of recalibration: never worse than a guess, softening for free, a patient is a patient, order is kept."""

import numpy as np
import pytest
from scipy.special import softmax

from boost.settings import BoostError
from boost.uncertainty.calibrate import RECALIBRATED, Calibration, calibrate
from boost.uncertainty.fit_calibration import calibrate_out_of_fold, fit_calibration
from boost.uncertainty.share_mixture import (
    class_shares,
    fit_recalibration,
    patient_weights,
    sharpening_penalty,
)


def loss(probabilities, labels):
    return -np.log(probabilities[np.arange(len(labels)), labels]).mean()


def cohort(seed, patients=24, images=4, classes=2, signal=0.0, common=1.0):
    """Overconfident answers for patients of one class each; imbalanced where `common` is above 1."""
    rng = np.random.default_rng(seed)
    chance = np.array([common] + [1.0] * (classes - 1))
    of_patient = rng.choice(classes, patients, p=chance / chance.sum())
    of_patient[:classes] = np.arange(classes)
    labels = np.repeat(of_patient, images)
    groups = np.repeat(np.arange(patients), images)
    scores = 2 * rng.normal(size=(patients, classes))[groups] + signal * np.eye(classes)[labels]
    return softmax(scores, axis=1), labels, groups, groups % 5


def fold_shares(labels, fold, classes):
    shares = np.empty((len(labels), classes))
    for number in np.unique(fold):
        shares[fold == number] = np.bincount(labels[fold != number], minlength=classes) / (fold != number).sum()
    return shares


@pytest.mark.parametrize(("classes", "common"), [(2, 1), (2, 5), (4, 1), (5, 6)])
def test_without_signal_it_is_no_worse_than_the_class_shares(classes, common):
    excess = []
    for seed in range(20):
        voted, labels, groups, fold = cohort(seed, classes=classes, common=common)
        answers = calibrate_out_of_fold(voted, labels, fold, RECALIBRATED, groups)
        excess.append(loss(answers, labels) - loss(fold_shares(labels, fold, classes) + 1e-9, labels))
    assert np.mean(excess) < 0.01


def test_what_carries_everything_is_left_alone():
    labels = np.tile([0, 1], 40)
    sure = np.where(labels[:, None] == [0, 1], 0.97, 0.03)
    found = fit_recalibration(sure, labels, np.arange(80))
    assert found.share_weight <= 0.01 and found.temperature <= 1


def test_a_few_patients_who_are_all_right_do_not_sharpen_without_end():
    labels = np.tile([0, 1], 5)
    right = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    found = fit_recalibration(right, labels, np.arange(10))
    assert 0.5 <= found.temperature < 1
    assert sharpening_penalty(1.0) == sharpening_penalty(7.0) == 0 < sharpening_penalty(0.9) < sharpening_penalty(0.5)


def test_too_certain_answers_are_softened():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(4000, 3))
    labels = (softmax(scores, axis=1).cumsum(axis=1) < rng.random((4000, 1))).sum(axis=1)
    found = fit_recalibration(softmax(3.2 * scores, axis=1), labels, np.arange(4000))
    assert found.temperature == 3.2 and found.share_weight <= 0.02


def test_of_two_classes_the_order_of_the_images_is_kept():
    voted, labels, groups, _ = cohort(1, signal=1)
    found = fit_recalibration(voted, labels, groups)
    assert found.share_weight > 0
    order = voted[:, 1].argsort()
    assert (np.diff(calibrate(found, voted)[order, 1]) >= 0).all()
    apart = np.diff(voted[order, 1]) > 1e-6
    assert (np.diff(calibrate(found, voted)[order, 1])[apart] > 0).all()


def test_a_patient_weighs_one_whatever_the_number_of_its_images():
    voted, labels, groups, _ = cohort(2, signal=2)
    assert patient_weights(groups) @ np.ones(len(groups)) == pytest.approx(24)
    once = np.arange(len(labels)) % 4 == 0  # all images of a patient are answered alike
    every, first = (fit_recalibration(voted[rows], labels[rows], groups[rows]) for rows in (once | True, once))
    assert (every.temperature, every.share_weight) == (first.temperature, first.share_weight)


def test_shares_are_those_of_the_images_and_none_is_zero():
    shares = class_shares(np.array([0, 0, 0, 1]), 3)
    assert shares.sum() == pytest.approx(1) and shares[0] > shares[1] > shares[2] > 0


def test_without_images_nothing_changes():
    nothing = fit_calibration(np.empty((0, 2)), np.empty(0, dtype=int), RECALIBRATED, np.empty(0))
    some = np.array([[0.2, 0.8]])
    np.testing.assert_allclose(calibrate(nothing, some), some)


def test_weights_and_shares_that_are_none_are_refused():
    with pytest.raises(BoostError, match="less than 1; got 1"):
        Calibration(RECALIBRATED, 1, (0, 0), 1, (0.5, 0.5))
    for shares in ((), (0.5,), (0.9, 0.3), (-0.5, 1.5)):
        with pytest.raises(BoostError, match="class shares are 2 numbers"):
            Calibration(RECALIBRATED, 1, (0, 0), 0.1, shares)
    with pytest.raises(BoostError, match="class shares are 0 numbers"):
        Calibration("temperature", 1, (0, 0), 0, (0.5, 0.5))
