from dataclasses import replace

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from report.measures.calibration import (
    checked_calibrated,
    log_loss_change,
    quality,
    reliability,
)
from report.measures.calibration_error import bins_of, error_by_chance
from report.statistics.bootstrap import resample
from report.statistics.patient_groups import PatientGroups


def group(answers):
    return PatientGroups.of(answers).group


def quality_of(answers):
    groups = PatientGroups.of(answers)
    resamples = resample(groups, np.random.default_rng(0))
    return quality(answers.probabilities, answers, groups, resamples, np.random.default_rng(0))


def test_the_error_worked_by_hand():
    table = np.array([[0.9, 0.1]] * 10 + [[0.4, 0.6]] * 10)
    codes = np.array([0] * 8 + [1] * 2 + [1] * 9 + [0])  # .8 right at .9, .9 right at .6
    bins = bins_of(table, codes)
    assert bins.inside.sum(axis=0).tolist() == [10, 10]
    assert bins.error(np.ones((1, 20)))[0] == pytest.approx((0.1 + 0.3) / 2)


def test_bins_are_those_of_scikit_learn(cohort):
    answers = cohort(40, 5)
    bins = bins_of(answers.probabilities, answers.codes)
    right, certainty = calibration_curve(bins.right, bins.certainty, n_bins=10, strategy="quantile")
    points = reliability(bins, group(answers))
    assert [point.accuracy.value for point in points] == pytest.approx(right)
    assert [point.certainty for point in points] == pytest.approx(certainty)
    assert sum(point.images for point in points) == 200


def test_losses_are_those_of_scikit_learn_and_intervals_hold_them(cohort):
    answers = cohort()
    found = quality_of(answers)
    assert found.log_loss.value == pytest.approx(log_loss(answers.codes, answers.probabilities))
    assert found.brier.value == pytest.approx(2 * brier_score_loss(answers.codes, answers.score))  # of both classes
    for part in (found.log_loss, found.brier, found.error):
        assert 0 <= part.low < part.value < part.high


def test_perfect_probabilities_show_the_error_of_chance_and_others_more(answered):
    rng = np.random.default_rng(1)
    score = rng.random(2000)
    fair = answered(rng.random(2000) < score, score)
    bins = bins_of(fair.probabilities, fair.codes)
    chance = error_by_chance(bins, np.arange(2000), np.random.default_rng(0))
    assert 0 < chance < 0.03
    assert bins.error(np.ones((1, 2000)))[0] < 2 * chance
    sure = score**3 / (score**3 + (1 - score) ** 3)
    bins = bins_of(np.column_stack([1 - sure, sure]), fair.codes)
    assert bins.error(np.ones((1, 2000)))[0] > 5 * error_by_chance(bins, np.arange(2000), np.random.default_rng(0))


def test_the_order_of_the_images_does_not_matter(cohort):
    one = cohort()
    other = one.take(np.random.default_rng(1).permutation(100))
    found = [quality_of(a).error for a in (one, other)]
    assert (found[0].low, found[0].high) == pytest.approx((found[1].low, found[1].high))


def test_equal_certainties_share_a_bin():
    bins = bins_of(np.full((50, 2), 0.5), np.arange(50) % 2)
    assert bins.inside.sum(axis=0).tolist() == [50]


def test_few_images_have_few_bins(cohort):
    answers = cohort(7, 5)
    assert bins_of(answers.probabilities, answers.codes).inside.shape[1] == 3


def test_the_change_of_the_loss_is_paired(cohort):
    answers = cohort()
    change = log_loss_change(answers.probabilities, answers, group(answers))
    assert (change.value, change.low, change.high) == (0, 0, 0)
    worse = 0.5 * answers.probabilities + 0.5 * answers.probabilities[:, ::-1]
    assert log_loss_change(worse, answers, group(answers)).low > 0


def test_what_does_not_fit_is_refused(cohort):
    answers = cohort()
    assert list(checked_calibrated(answers, {"t": answers.probabilities})) == ["as they are", "t"]
    with pytest.raises(ValueError, match=r"t: calibrated probabilities must be \(100, 2\), as the models'"):
        checked_calibrated(answers, {"t": answers.probabilities[:5]})
    with pytest.raises(ValueError, match="no probability for each class"):
        checked_calibrated(replace(answers, probabilities=None), {})
