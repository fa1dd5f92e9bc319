import numpy as np
import scipy.stats
from pytest import approx
from statsmodels.regression.linear_model import OLS

from report.statistics.bootstrap import resample
from report.statistics.patient_groups import PatientGroups


def drawn(answers, times=None):
    return resample(PatientGroups.of(answers), np.random.default_rng(0), times)


def means(weights, values):
    return weights @ values / weights.sum(axis=1)


def test_images_of_a_patient_are_drawn_together_and_each_cohort_is_as_large(cohort):
    weights = drawn(cohort(12, 4), times=50)
    assert weights.shape == (50, 48)
    by_patient = weights.reshape(50, 12, 4)
    assert (by_patient == by_patient[:, :, :1]).all()
    assert (by_patient[:, :, 0].sum(axis=1) == 12).all()


def test_the_order_of_the_images_does_not_matter(cohort):
    answers, turn = cohort(), np.random.default_rng(1).permutation(100)
    assert np.array_equal(drawn(answers)[:, turn], drawn(answers.take(turn)))


def test_resampling_agrees_with_scipys_bootstrap(answered):
    values = np.random.default_rng(3).exponential(size=80)
    resampled = means(drawn(answered(np.arange(80) < 40, np.full(80, 0.9))), values)
    other = scipy.stats.bootstrap((values,), np.mean, n_resamples=4000, rng=np.random.default_rng(0))
    assert resampled.std() == approx(other.standard_error, rel=0.06)


def test_drawing_patients_gives_the_cluster_robust_error_of_statsmodels(answered):
    rng, group = np.random.default_rng(0), np.arange(300) // 5
    right = (rng.random(300) < rng.beta(4.25, 0.75, 60)[group]).astype(float)
    robust = OLS(right, np.ones(300)).fit(cov_type="cluster", cov_kwds={"groups": group})
    resampled = means(drawn(answered(right > 0, np.full(300, 0.9), group)), right)
    assert resampled.std() == approx(robust.bse[0], rel=0.06)
    assert robust.bse[0] > 1.2 * right.std() / np.sqrt(300)  # images of a patient err together


def test_large_cohorts_are_drawn_less_often(cohort):
    assert len(drawn(cohort())) == 2000
    assert len(drawn(cohort(1000, 10))) == 400
