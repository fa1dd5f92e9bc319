from dataclasses import replace
from time import perf_counter

import numpy as np
import pytest
import scipy.stats
from scipy.stats import binomtest
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

from report.statistics.bootstrap import resample
from report.statistics.intervals import (
    Interval,
    auc_interval,
    effective_interval,
    overall_intervals,
    share_interval,
    spread_interval,
    wilson,
)
from report.statistics.metrics import auc, kappa, mean

CLASSES = ("benign", "malignant")


def drawn(answers, seed=0, times=2000):
    return resample(answers, np.random.default_rng(seed), times)


@pytest.mark.parametrize(("right", "images"), [(0, 10), (1, 10), (55, 58), (58, 58), (349, 400)])
def test_wilson_is_that_of_scipy_and_statsmodels(right, images):
    ends = [float(end) for end in wilson(np.array(right / images), np.array(images))]
    assert ends == pytest.approx([*binomtest(right, images).proportion_ci(method="wilson")])
    assert ends == pytest.approx([*proportion_confint(right, images, method="wilson")], abs=1e-12)


def test_without_patients_a_share_has_wilsons_interval(cohort):
    answers = replace(cohort(), patients=None)
    found = overall_intervals(answers, drawn(answers))
    right = int((answers.label == answers.predicted).sum())
    ends = binomtest(right, 100).proportion_ci(method="wilson")
    assert (found["accuracy"].low, found["accuracy"].high) == pytest.approx((ends.low, ends.high))


@pytest.mark.parametrize(("known", "seed"), [(True, 0), (True, 1), (False, 2)])
def test_every_interval_holds_its_estimate_and_keeps_to_what_is_possible(known, seed, cohort):
    answers = cohort(12, 4, seed)
    answers = answers if known else replace(answers, patients=None)
    for name, found in overall_intervals(answers, drawn(answers)).items():
        assert -1 <= found.low <= found.value <= found.high <= 1, name
        assert name == "Cohen's kappa" or found.low >= 0
        assert found.high - found.low > 0.01


def test_the_order_of_the_images_does_not_matter(cohort):
    answers = cohort()
    other = answers.take(np.random.default_rng(1).permutation(100))
    for one, same in zip(*(overall_intervals(a, drawn(a)).values() for a in (answers, other)), strict=True):
        assert (one.value, one.low, one.high) == pytest.approx((same.value, same.low, same.high))


def test_all_right_is_as_sure_as_there_are_patients(answered):
    truth, group = np.tile([False, True], 29), np.arange(58) % 10
    answers = answered(truth, np.where(truth, 0.9, 0.1), group)
    found = overall_intervals(answers, drawn(answers))
    ten = binomtest(10, 10).proportion_ci(method="wilson").low
    five = binomtest(5, 5).proportion_ci(method="wilson").low
    assert (found["accuracy"].low, found["accuracy"].high) == pytest.approx((ten, 1))
    assert found["AUC"].low == pytest.approx(five)  # the positive images are of five patients
    assert found["sensitivity"].low == pytest.approx(five)


def test_one_patient_has_no_interval(cohort):
    answers = cohort(1, 20)
    found = overall_intervals(answers, drawn(answers))["accuracy"]
    assert np.isnan(found.low) and found.text().endswith("[–, –]")


def test_images_that_err_together_are_worth_fewer(answered):
    right, group = np.arange(60) < 48, np.arange(60) // 6  # eight patients right throughout, two wrong throughout
    answers = answered(right, np.full(60, 0.9), group)
    together = share_interval(right, np.full(60, True), drawn(answers))
    alone = share_interval(right, np.full(60, True), drawn(replace(answers, patients=None)))
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_where_images_are_independent_the_effective_number_is_the_number(cohort):
    answers = cohort(150, 1)
    right, everything = answers.label == answers.predicted, np.full(150, True)
    found = share_interval(right, everything, drawn(answers))
    low, high = wilson(np.array(right.mean()), np.array(150))
    assert (found.low, found.high) == pytest.approx((float(low), float(high)), abs=0.01)


def test_an_effective_number_never_passes_the_images():
    low, _ = effective_interval(np.array(0.9), np.array([0.9, 0.9001]), 20, 50)
    assert low <= wilson(np.array(0.9), np.array(50))[0]


def test_resampling_agrees_with_scipys_bootstrap(answered):
    values = np.random.default_rng(3).exponential(size=80)
    answers = answered(np.arange(80) < 40, np.full(80, 0.9))
    resampled = mean(drawn(answers).weights, values)
    other = scipy.stats.bootstrap((values,), np.mean, n_resamples=4000, rng=np.random.default_rng(0))
    assert resampled.std() == pytest.approx(other.standard_error, rel=0.06)
    found = spread_interval(values.mean(), resampled, 80)
    assert found.low == pytest.approx(other.confidence_interval.low, abs=0.05)


def test_drawing_patients_gives_the_cluster_robust_error_of_statsmodels(answered):
    rng, group = np.random.default_rng(0), np.arange(300) // 5
    right = (rng.random(300) < rng.beta(4.25, 0.75, 60)[group]).astype(float)
    robust = OLS(right, np.ones(300)).fit(cov_type="cluster", cov_kwds={"groups": group})
    drawings = drawn(answered(right > 0, np.full(300, 0.9), group))
    assert mean(drawings.weights, right).std() == pytest.approx(robust.bse[0], rel=0.06)
    assert robust.bse[0] > 1.2 * right.std() / np.sqrt(300)  # images of a patient err together


def test_kappa_and_auc_vary_as_statsmodels_and_delong_say(cohort):
    """DeLong et al. 1988, Biometrics 44:837: variances of each image's share of pairs in order, over their number."""
    answers = replace(cohort(300, 1), patients=None)
    weights = drawn(answers).weights
    kappas = kappa(weights, answers.label, answers.predicted)
    table = np.array([[np.sum((answers.label == a) & (answers.predicted == b)) for b in CLASSES] for a in CLASSES])
    assert kappas.std() == pytest.approx(cohens_kappa(table).std_kappa, rel=0.06)
    above = answers.score[answers.truth][:, None] > answers.score[~answers.truth]  # (positives, negatives)
    delong = sum(above.mean(axis=axis).var(ddof=1) / above.shape[1 - axis] for axis in (0, 1))
    assert auc(weights, answers.truth, answers.score).std() == pytest.approx(np.sqrt(delong), rel=0.06)


def test_spread_is_that_of_students_t_for_symmetric_values(answered):
    values = np.random.default_rng(5).normal(size=8)
    answers = answered(np.arange(8) < 4, np.full(8, 0.9))
    found = spread_interval(values.mean(), mean(drawn(answers, times=20000).weights, values), 8)
    wide = scipy.stats.t.interval(0.95, 7, values.mean(), scipy.stats.sem(values))
    assert (found.low, found.high) == pytest.approx(wide, abs=0.25)
    assert found.high - found.low > 1.2 * 2 * 1.96 * values.std() / np.sqrt(8)  # plain percentiles are narrower


def test_two_thousand_resamples_take_well_under_a_second(cohort):
    answers = cohort(40, 10)
    start = perf_counter()
    overall_intervals(answers, drawn(answers))
    assert perf_counter() - start < 1.5


def test_words():
    assert Interval(0.948, 0.871, 1).text() == "94.8 [87.1, 100.0]"
    assert Interval(np.nan, np.nan, np.nan).text() == "–"


def covered(answers_of_seed, measure, truth, runs):
    """How often the interval of a measure holds the truth."""
    held = 0
    for seed in range(runs):
        answers = answers_of_seed(seed)
        found = measure(answers, drawn(answers, seed, times=400))
        held += found.low <= truth <= found.high
    return held / runs


@pytest.mark.slow
def test_intervals_by_patient_hold_the_truth_where_naive_ones_do_not(answered):
    """Patients right in a share drawn from Beta(4.25, 0.75): mean 0.85, correlation within a patient 1/6."""

    def some(seed):
        patients = 10 + 20 * (seed % 2)  # few and many in turn
        rng = np.random.default_rng([patients, seed])
        group = np.repeat(np.arange(patients), 8)
        right = rng.random(len(group)) < rng.beta(4.25, 0.75, patients)[group]
        return answered(np.full(len(group), True), np.where(right, 0.9, 0.1), group)

    def accuracy(answers, resamples):
        return share_interval(answers.label == answers.predicted, np.full(len(answers.label), True), resamples)

    def naive(answers, resamples):
        return accuracy(answers, replace(resamples, known=np.full(len(answers.label), False)))

    assert covered(some, accuracy, 0.85, 300) >= 0.92
    assert covered(some, naive, 0.85, 300) <= 0.88


@pytest.mark.slow
def test_the_interval_of_an_auc_holds_the_truth(cohort):
    wide = cohort(5000, 5)
    truth = auc_interval(wide, drawn(wide, times=2)).value
    assert covered(lambda seed: cohort(20, 5, seed), auc_interval, truth, 200) >= 0.9
