"""Laws of counts by class: they add up, and only what luck does not explain tells a class."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from cohort.checks.by_class import counts_by_class, tells_the_class


def test_counts_name_every_class_the_most_striking_first():
    labels = ["benign"] * 14 + ["malignant"] * 14
    assert counts_by_class(labels, ["malignant"] * 14) == "14 of 14 malignant, 0 of 14 benign"
    assert counts_by_class(labels, ["benign"] * 2 + ["malignant"]) == "2 of 14 benign, 1 of 14 malignant"


def test_thousands_of_classes_are_no_screen_full():
    assert counts_by_class([f"c{number}" for number in range(3000)], []).endswith("and 2995 more")


@pytest.mark.parametrize(
    ("sizes", "having", "told"),
    [((14, 14), (0, 14), True), ((14, 14), (7, 7), False), ((14, 14), (0, 3), False), ((14, 14), (14, 14), False),
     ((2, 2), (2, 0), True), ((1, 9), (1, 0), False), ((3, 300), (3, 0), True), ((3, 300), (0, 3), False),
     ((300, 300), (0, 12), True), ((300, 300), (20, 25), False), ((50, 50, 50), (0, 12, 0), True),
     ((5, 5), (0, 0), False)],
)  # fmt: skip
def test_a_class_is_told_by_what_it_alone_has(sizes, having, told):
    labels = [f"c{number}" for number, size in enumerate(sizes) for _ in range(size)]
    have = [f"c{number}" for number, count in enumerate(having) for _ in range(count)]
    assert tells_the_class(labels, have) == told == tells_the_class(labels[::-1], have[::-1])


def test_it_is_fishers_test():
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(200):
        first, second, here, there = rng.integers(3, 40, 4)
        here, there = min(here, first - 1), min(there, second - 1)  # not all of a class
        tails = [fisher_exact([[a, b], [c, d]], "greater").pvalue for a, b, c, d in (
            (here, first - here, there, second - there), (there, second - there, here, first - here))]  # fmt: skip
        told = tells_the_class(["a"] * first + ["b"] * second, ["a"] * here + ["b"] * there)
        assert told == (2 * min(tails) < 0.01)
        seen.add(told)
    assert seen == {True, False}


def test_a_large_data_set_takes_no_time():
    labels = ["a"] * 50_000 + ["b"] * 50_000
    assert not tells_the_class(labels, ["a"] * 9000 + ["b"] * 9000) and tells_the_class(labels, ["a"] * 400)
