import numpy as np
import pytest
import scipy.stats
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from report.statistics.intervals import Interval, effective_interval, spread_interval, wilson


def resampled_means(values, times):
    """The means of so many resamples of (n,) values."""
    rows = np.random.default_rng(0).integers(0, len(values), (times, len(values)))
    return values[rows].mean(axis=1)


@pytest.mark.parametrize(("right", "images"), [(0, 10), (1, 10), (55, 58), (58, 58), (349, 400)])
def test_wilson_is_that_of_scipy_and_statsmodels(right, images):
    ends = [float(end) for end in wilson(np.array(right / images), np.array(images))]
    assert ends == pytest.approx([*binomtest(right, images).proportion_ci(method="wilson")])
    assert ends == pytest.approx([*proportion_confint(right, images, method="wilson")], abs=1e-12)


def test_an_effective_number_never_passes_the_images():
    low, _ = effective_interval(np.array(0.9), np.array([0.9, 0.9001]), 20, 50)
    assert low <= wilson(np.array(0.9), np.array(50))[0]


def test_where_images_are_independent_the_effective_number_is_the_number():
    right = np.arange(150) < 120
    found = effective_interval(np.array(0.8), resampled_means(right, 2000), 150, 150)
    assert [*map(float, found)] == pytest.approx([*map(float, wilson(np.array(0.8), np.array(150)))], abs=0.01)


def test_where_nothing_varies_patients_are_counted_and_one_patient_has_no_interval():
    still = np.ones(50)
    low, high = effective_interval(np.array(1.0), still, 10)
    assert (float(low), float(high)) == pytest.approx((binomtest(10, 10).proportion_ci(method="wilson").low, 1))
    assert np.isnan(effective_interval(np.array(1.0), still, 1)).all()
    assert np.isnan(spread_interval(0.5, still, 1).low)


def test_spread_agrees_with_scipys_bootstrap():
    values = np.random.default_rng(3).exponential(size=80)
    other = scipy.stats.bootstrap((values,), np.mean, n_resamples=4000, rng=np.random.default_rng(0))
    found = spread_interval(values.mean(), resampled_means(values, 2000), 80)
    assert found.low == pytest.approx(other.confidence_interval.low, abs=0.05)


def test_spread_is_that_of_students_t_for_symmetric_values():
    values = np.random.default_rng(5).normal(size=8)
    found = spread_interval(values.mean(), resampled_means(values, 20000), 8)
    wide = scipy.stats.t.interval(0.95, 7, values.mean(), scipy.stats.sem(values))
    assert (found.low, found.high) == pytest.approx(wide, abs=0.25)
    assert found.high - found.low > 1.2 * 2 * 1.96 * values.std() / np.sqrt(8)  # plain percentiles are narrower


def test_words():
    assert Interval(0.948, 0.871, 1).text() == "94.8 [87.1, 100.0]"
    assert Interval(np.nan, np.nan, np.nan).text() == "–"
