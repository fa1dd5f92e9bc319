"""The interval of the whole procedure: a slow obvious version, its limits, and hand-made cases."""

from math import sqrt

import numpy as np
import pytest

from report.statistics.clustered import clustered_interval
from report.statistics.design_effect import design
from report.statistics.influence import mean
from report.statistics.procedure import fold_variances, own_column, procedure_interval, widening

FOLDS = 4


def made_up(seed=0, more=0.0, noise=0.15):
    """Wrong answers (n, folds), folds and patients of 16 patients; without a fold `more` are wrong."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(16), rng.integers(3, 9, 16))
    fold = group % FOLDS + 1
    first = rng.random(len(group)) < rng.beta(0.6, 2.4, 16)[group]
    wrong = first[:, None] ^ (rng.random((len(group), FOLDS)) < noise)
    wrong |= rng.random(wrong.shape) < more
    own = own_column(fold)
    wrong[own] = first
    return wrong, fold, group


def slowly(wrong, fold, group):
    """The mean square, and the design, image by image."""
    images = range(len(fold))
    first = [bool(wrong[i, fold[i] - 1]) for i in images]
    worth = design(mean(~np.array(first)), group)
    error = sum(first) / len(first)
    a, b = [], []
    for k in range(1, FOLDS + 1):
        inner = [wrong[i, k - 1] for i in images if fold[i] != k]
        outer = [wrong[i, k - 1] for i in images if fold[i] == k]
        a.append((sum(inner) / len(inner) - sum(outer) / len(outer)) ** 2)
        sizes = [sum(group[i] == p for i in images if fold[i] == k) for p in set(group[fold == k])]
        pairs = sum(size * (size - 1) for size in sizes)  # of images of one patient
        variance = error * (1 - error)
        b.append((sum(sizes) * variance + pairs * worth.correlation * variance) / sum(sizes) ** 2)
    return (FOLDS - 1) / FOLDS * (sum(a) - sum(b)) / FOLDS, worth


@pytest.mark.parametrize("seed", range(6))
def test_a_slow_obvious_version_says_the_same(seed):
    wrong, fold, group = made_up(seed, more=0.05)
    own = own_column(fold)
    square, worth = slowly(wrong, fold, group)
    naive = sqrt(worth.independent * worth.effect)
    expected = min(max(sqrt(max(square, 0)), naive), sqrt(FOLDS) * naive)
    assert widening(wrong, own, group, worth) * naive == pytest.approx(expected)
    assert procedure_interval(wrong, fold, group).value == pytest.approx(1 - wrong[own].mean())


def test_variances_of_folds_are_those_of_whole_patients():
    """With a correlation of 1 a patient's images are one; with images alone it is p (1 - p) / n."""
    fold = np.repeat([1, 2], 12)
    wrong = np.tile([True, False], 12)
    own = own_column(fold)
    worth = design(mean(~wrong), np.arange(24))
    assert fold_variances(own, np.arange(24), worth) == pytest.approx([0.25 / 12] * 2)
    group = np.arange(24) // 4
    together = design(mean(np.repeat([0.0, 1.0], 4)[np.arange(24) % 8]), group)
    assert fold_variances(own, group, together) == pytest.approx([0.25 * (1 + 3 * together.correlation) / 12] * 2)


def test_where_leaving_out_a_fold_changes_nothing_and_folds_agree_it_is_the_interval_of_these_models():
    group = np.arange(48) // 3
    fold = group % FOLDS + 1
    first = np.arange(48) // 12 % 4 == np.arange(48) % 12 // 3  # one patient of each fold is wrong
    wrong = np.repeat(first[:, None], FOLDS, axis=1)
    mine, usual = procedure_interval(wrong, fold, group), clustered_interval(mean(~first), group)
    assert (mine.value, mine.low, mine.high) == pytest.approx((usual.value, usual.low, usual.high))


def test_it_is_wider_where_folds_differ_by_more_than_chance_but_never_beyond_root_of_the_folds():
    group = np.arange(240) // 3
    fold = group % FOLDS + 1
    wrong = np.repeat((fold == 1)[:, None], FOLDS, axis=1)
    own = own_column(fold)
    worth = design(mean(~wrong[own]), group)
    assert widening(wrong, own, group, worth) == pytest.approx(sqrt(FOLDS))
    mine, usual = procedure_interval(wrong, fold, group), clustered_interval(mean(~wrong[own]), group)
    assert mine.low < usual.low and usual.high < mine.high


def test_without_mistakes_and_with_one_patient():
    wrong, fold, group = np.zeros((12, 4), bool), np.arange(12) % 4 + 1, np.arange(12)
    mine, usual = procedure_interval(wrong, fold, group), clustered_interval(mean(~wrong[:, 0]), group)
    assert (mine.low, mine.high) == pytest.approx((usual.low, usual.high))
    alone = procedure_interval(wrong, fold, np.zeros(12, int))
    assert alone.value == 1 and np.isnan(alone.low) and np.isnan(alone.high)


def test_the_order_of_images_does_not_matter():
    wrong, fold, group = made_up()
    order = np.random.default_rng(1).permutation(len(fold))
    mine, again = procedure_interval(wrong, fold, group), procedure_interval(wrong[order], fold[order], group[order])
    assert (again.value, again.low, again.high) == pytest.approx((mine.value, mine.low, mine.high))
