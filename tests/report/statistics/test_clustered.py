from itertools import combinations

import numpy as np
import pytest
from scipy.stats import binomtest, t
from statsmodels.regression.linear_model import OLS

from benchmarks.coverage import fast_table
from report.statistics.clustered import clustered_interval, difference_interval, loss_interval, mean_interval
from report.statistics.design_effect import DIFFERENCE_PRIOR, PRIOR, clustering, design, observed_correlation
from report.statistics.influence import auc, balanced_accuracy, f1, kappa, macro_f1, mean, share
from report.statistics.intervals import Interval
from report.statistics.unknown_patients import assumed_patients

ALL = np.ones(60)
TEN = np.arange(60) % 10  # six images each of ten patients
ALONE = np.arange(60)


def ends(interval):
    return interval.low, interval.high


def test_the_correlation_is_the_mean_product_over_pairs_of_a_patient():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 8, 60)
    right = rng.random(60) < rng.random(8)[group]
    accuracy = right.mean()
    products = [
        (right[i] - accuracy) * (right[j] - accuracy) for i, j in combinations(range(60), 2) if group[i] == group[j]
    ]
    plain = np.mean(products) / (accuracy * (1 - accuracy))
    size = np.sum(np.bincount(group) ** 2) / 60
    measure = share(right, ALL)
    found = observed_correlation(measure.influence, measure.weight, group)
    assert found == pytest.approx(plain + (1 + found * (size - 1)) / 60)


def test_the_variance_by_patient_is_that_of_statsmodels():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 8, 60)
    right = (rng.random(60) < 0.8).astype(float)
    robust = OLS(right, ALL).fit(cov_type="cluster", cov_kwds={"groups": group, "use_correction": False})
    influence = mean(right).influence
    assert clustering(influence, group) * np.sum(influence**2) == pytest.approx(robust.bse[0] ** 2)


def test_the_correlation_is_that_of_the_patients_where_there_are_many_and_the_prior_where_nothing_is_wrong():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(2000), 6)
    right = rng.random(12000) < rng.beta(4.25, 0.75, 2000)[group]  # correlation 1/6
    assert design(share(right, np.ones(12000)), group).correlation == pytest.approx(1 / 6, abs=0.02)
    assert design(share(ALL > 0, ALL), TEN).correlation == PRIOR.correlation


@pytest.mark.parametrize("right", [30, 59, 60])
def test_one_image_a_patient_gives_wilsons_interval(right):
    found = clustered_interval(share(right > ALONE, ALL), ALONE)
    wilson = binomtest(right, 60).proportion_ci(method="wilson")
    assert ends(found) == pytest.approx((wilson.low, wilson.high), abs=1e-5)


def test_nothing_jumps_at_no_mistakes():
    lows = [clustered_interval(share(wrong <= ALONE, ALL), TEN).low for wrong in range(4)]
    assert lows[0] == max(lows) and max(np.diff(lows)) < 0.01
    assert lows[0] - lows[1] < 0.03
    truth = np.arange(60) % 3 == 0
    for measure in (kappa, balanced_accuracy, f1, macro_f1):
        perfect = clustered_interval(measure(truth, truth), TEN)
        slip = clustered_interval(measure(truth, truth ^ (ALONE == 1)), TEN)
        assert perfect.high == perfect.value == 1 and perfect.low - slip.low < 0.06 * (2 if measure is kappa else 1)
    swap = np.where(ALONE < 2, ~truth, truth)
    sharp = truth + ALONE / 100
    assert clustered_interval(auc(truth, sharp), TEN).low - clustered_interval(auc(truth, sharp + swap), TEN).low < 0.1


def test_images_of_a_patient_are_worth_fewer_and_their_order_does_not_matter():
    right = ALONE < 48
    apart = clustered_interval(share(right, ALL), ALONE)
    together = clustered_interval(share(right, ALL), ALONE // 6)
    assert together.high - together.low > 2 * (apart.high - apart.low)
    turn = np.random.default_rng(0).permutation(60)
    assert ends(clustered_interval(share(right[turn], ALL), ALONE[turn] // 6)) == pytest.approx(ends(together))


def test_no_interval_goes_where_no_kappa_is():
    label = np.array(["a"] * 18 + ["b"] * 2)
    predicted = np.array(["a"] * 17 + ["b"] + ["a"] * 2)  # an agreement by chance of 0.86
    interval = clustered_interval(kappa(label, predicted), np.arange(20) % 4)
    assert -1 <= interval.low < interval.value < interval.high


def test_one_patient_has_no_interval_and_nothing_has_no_value():
    nobody = np.zeros(60, int)
    for interval in (clustered_interval, mean_interval, loss_interval):
        assert np.isnan(ends(interval(share(ALONE < 50, ALL), nobody))).all()
    assert np.isnan(difference_interval(mean(ALL), mean(ALL), nobody).low)
    assert np.isnan(clustered_interval(share(ALONE < 50, ALL < 0), TEN).value)


def test_a_difference_of_shares_of_one_image_a_patient_is_that_of_bonett_and_price():
    first, second = ALONE < 50, (ALONE < 45) | (ALONE > 56)
    only_first, only_second = (np.sum(first & ~second) + 1) / 62, (np.sum(second & ~first) + 1) / 62
    centre = only_second - only_first
    half = 1.959964 * np.sqrt((only_first + only_second - centre**2) / 62)
    found = difference_interval(share(first, ALL), share(second, ALL), ALONE)
    assert ends(found) == pytest.approx((centre - half, centre + half), abs=1e-5)


def test_models_that_never_differ_are_not_known_to_be_equal():
    truth = np.arange(60) % 2 == 0
    for measure in (share(ALONE < 50, ALL), balanced_accuracy(truth, ALONE < 30), kappa(truth, ALONE < 30)):
        found = difference_interval(measure, measure, TEN)
        assert found.value == 0 and found.low == pytest.approx(-found.high) and found.high > 0.03


def test_exchanged_models_have_the_difference_turned_round():
    first, second = share(ALONE < 50, ALL), share(ALONE % 7 > 1, ALL)
    found, turned = (difference_interval(a, b, TEN) for a, b in ((first, second), (second, first)))
    assert found.value == pytest.approx(-turned.value) and ends(found) == pytest.approx((-turned.high, -turned.low))
    assert DIFFERENCE_PRIOR.correlation < PRIOR.correlation


def test_the_interval_of_a_mean_is_students_where_all_patients_carry_the_variance():
    values = np.where(ALONE % 2, 1.0, 3.0)
    found = mean_interval(mean(values), ALONE)
    assert found.high - 2 == pytest.approx(t.ppf(0.975, 59) / np.sqrt(60))
    positive = loss_interval(mean(values), ALONE)
    assert positive.low * positive.high == pytest.approx(4) and positive.high > found.high
    assert ends(loss_interval(mean(np.zeros(60)), TEN)) == (0, 0)


def test_unknown_images_come_as_many_to_a_patient_as_known_ones():
    known = ALONE < 30
    group = np.where(known, ALONE // 6, ALONE)
    label, fold = np.where(ALONE % 2, "a", "b"), np.where(ALONE % 3, 1, 2)
    images = np.array([f"i{k:02d}" for k in ALONE])
    found = assumed_patients(group, known, images, label, fold)
    assert len(np.unique(found[known])) == 5 and len(np.unique(found[~known])) == 5
    assert not set(found[known]) & set(found[~known])
    for number in np.unique(found[~known]):
        rows = found == number
        assert len(np.unique(fold[rows])) == 1 and 5 <= rows.sum() <= 7
    turn = np.random.default_rng(0).permutation(60)
    again = assumed_patients(group[turn], known[turn], images[turn], label[turn], fold[turn])
    assert all(len(np.unique(again[found[turn] == number])) == 1 for number in np.unique(found))
    nobody = assumed_patients(ALONE, ALONE < 0, images, label, fold)
    assert len(np.unique(nobody)) == 60


def test_patients_assumed_for_unknown_images_have_the_correlation_of_known_ones():
    known = ALONE < 30
    right = np.where(known, ALONE >= 6, ALONE % 6 > 0)  # one known patient all wrong; unknown ones wrong here and there
    group = ALONE // 6
    trusting = clustered_interval(share(right, ALL), group)
    found = clustered_interval(share(right, ALL), group, known)
    alone = clustered_interval(share(right, ALL), np.where(known, group, 100 + ALONE))
    assert found.high - found.low > trusting.high - trusting.low
    assert found.high - found.low > alone.high - alone.low
    assert isinstance(found, Interval)


@pytest.mark.slow
def test_intervals_hold_the_truth_in_simulations():
    table = fast_table()
    by_measure = table.groupby("measure")[["before", "after"]].mean()
    losses = by_measure.index.isin(["log-loss", "Brier"])
    assert (by_measure["after"][~losses] > 0.93).all(), by_measure
    assert (by_measure["after"][losses] > 0.9).all(), by_measure
    assert by_measure["after"].mean() > by_measure["before"].mean() + 0.02
