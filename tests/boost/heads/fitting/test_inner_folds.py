"""Inner folds keep patients together, in any order; the simplest setting within one standard error is taken."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_info

from boost.heads.fitting.inner_folds import (
    FOLDS,
    inner_folds,
    mean_by_group,
    one_thread,
    simplest_within_one_error,
)

PATIENT = np.repeat(np.arange(24), [1, 2, 3, 4] * 6)
GROUPS = np.array([f"p{number:02}" for number in PATIENT])
LABELS = PATIENT % 3


def test_patients_stay_whole_and_every_fold_has_like_numbers_of_every_class():
    fold = inner_folds(LABELS, GROUPS)
    patients = {(group, number) for group, number in zip(GROUPS, fold, strict=True)}
    assert len(patients) == 24 and set(fold) == set(range(FOLDS))
    for label in range(3):
        of_class = [number for group, number in patients if int(group[1:]) % 3 == label]
        counts = np.bincount(of_class, minlength=FOLDS)
        assert counts.max() - counts.min() <= 1


def test_neither_the_order_of_images_nor_of_classes_matters():
    fold = inner_folds(LABELS, GROUPS)
    order = np.random.default_rng(0).permutation(len(LABELS))
    assert_array_equal(inner_folds(LABELS[order], GROUPS[order]), fold[order])
    assert_array_equal(inner_folds(np.array([2, 0, 1])[LABELS], GROUPS), fold)


def test_fewer_patients_than_folds_are_held_out_one_by_one():
    fold = inner_folds(np.array([0, 1, 0, 1]), np.array(["a", "b", "b", "c"]))
    assert sorted(set(fold)) == [0, 1, 2] and fold[1] == fold[2]


def test_a_patients_losses_count_once_and_those_not_counted_not_at_all():
    losses = np.array([[1.0, 3.0, 5.0, np.nan], [2.0, 2.0, 2.0, np.nan]])
    assert_allclose(mean_by_group(losses, np.array(["a", "a", "b", "c"])), [[2, 5], [2, 2]])


def test_the_simplest_is_taken_that_is_not_worse_by_more_than_one_error():
    best = np.array([0.3, 0.5, 0.7, 0.1])
    often_worse = np.add(best, [0.1, -0.05, 0.2, -0.1])  # on average 0.0375 worse, one error 0.066
    always_worse = np.add(best, [0.10, 0.11, 0.09, 0.10])
    assert simplest_within_one_error(np.array([always_worse, often_worse, best, best + 1])) == 1
    assert simplest_within_one_error(np.array([always_worse, best, often_worse])) == 1
    assert simplest_within_one_error(np.array([best, best, best])) == 0


def test_there_is_one_thread_inside_and_as_many_as_before_outside():
    np.ones((2, 2)) @ np.ones((2, 2))
    before = [library["num_threads"] for library in threadpool_info()]
    with pytest.raises(KeyboardInterrupt), one_thread():
        assert {library["num_threads"] for library in threadpool_info()} == {1}
        raise KeyboardInterrupt
    assert [library["num_threads"] for library in threadpool_info()] == before
