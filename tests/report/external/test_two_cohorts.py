"""Laws of the difference between two cohorts."""

import numpy as np
from numpy.testing import assert_allclose

from benchmarks.external import shares
from report.external.two_cohorts import change
from report.statistics.intervals import Interval


def test_the_same_on_both_is_no_more_than_chance():
    same = change(Interval(0.9, 0.8, 0.95), Interval(0.9, 0.8, 0.95))
    assert same.verdict == "differs by no more than chance" and same.difference.value == 0
    assert_allclose(same.difference.low, -same.difference.high)


def test_far_lower_and_far_higher_are_told():
    high, low = Interval(0.95, 0.9, 0.98), Interval(0.6, 0.5, 0.7)
    assert change(high, low).verdict == "is lower than chance would have it"
    assert change(low, high).verdict == "is higher than chance would have it"


def test_without_an_interval_nothing_is_claimed():
    assert (
        change(Interval(0.9, 0.8, 0.95), Interval(0.1, np.nan, np.nan)).verdict == "cannot be judged on so few patients"
    )


def test_equal_accuracies_are_seldom_called_lower():
    held, lower = shares((0.9, 0.9), (38, 27), 200, np.random.default_rng(0))
    assert held >= 0.92 and lower <= 0.05
