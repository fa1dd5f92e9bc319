"""The number of folds in an error works: it is made and checked, and no larger one can be."""

import re

import numpy as np
import pytest

from cohort.checks.possible_folds import IN_NONE, Divisible, most_folds, why_not
from cohort.folds import POLICIES, FoldError, check_folds, held_out_folds, make_folds, make_folds_up_to


def cohort(number):
    """Some images with classes, and patients of whom some are unknown; few of everything, so that much goes wrong."""
    rng = np.random.default_rng(number)
    count = int(rng.integers(4, 26))
    labels = [f"c{rng.integers(0, rng.integers(1, 4))}" for _ in range(count)]
    own = int(rng.integers(1, 9))
    patients = [f"p{rng.integers(0, own)}" if rng.random() < 0.8 else "" for _ in range(count)]
    return [f"{image:02d}.png" for image in range(count)], labels, patients, POLICIES[number % len(POLICIES)]


def can_be(images, labels, patients, folds, unknown):
    try:
        fold = make_folds(images, labels, patients, folds, 0, unknown)
    except FoldError:
        return False
    check_folds(images, labels, patients, fold, unknown)
    return len(held_out_folds(fold)) == folds


def test_the_number_in_the_message_works_and_the_next_does_not(monkeypatch):
    monkeypatch.setattr("cohort.folds.TRIES", 5)  # the law holds for any number
    outcomes = set()
    for number in range(60):
        images, labels, patients, unknown = cohort(number)
        asked = 2 + number % 9
        try:
            make_folds(images, labels, patients, asked, 0, unknown)
        except FoldError as error:
            said = re.search(r"use fewer folds, (\d+) at most", str(error))
            outcomes.add("fewer" if said else "none")
            assert error.possible == (int(said[1]) if said else 0)
            working = [folds for folds in range(2, asked + 1) if can_be(images, labels, patients, folds, unknown)]
            assert max(working, default=0) == error.possible
    assert outcomes == {"fewer", "none"}


def test_as_many_as_can_be_are_those_of_the_message():
    for number in range(20):
        images, labels, patients, unknown = cohort(number)
        try:
            fold = make_folds_up_to(images, labels, patients, 10, 0, unknown)
        except FoldError as error:
            assert error.possible == 0 and "use fewer folds" not in str(error)
            continue
        count = len(held_out_folds(fold))
        assert (fold == make_folds(images, labels, patients, count, 0, unknown)).all()
        if count < 10:
            with pytest.raises(FoldError, match=rf"use fewer folds, {count} at most"):
                make_folds(images, labels, patients, 10, 0, unknown)


def test_classes_and_patients_are_told_of_at_once():
    images = [f"{number:02d}" for number in range(20)]
    labels = ["a"] * 14 + ["b"] * 6
    patients = [f"p{number % 4}" for number in range(20)]
    with pytest.raises(FoldError) as error:
        make_folds(images, labels, patients, 10, 0)
    assert "10 images of every class, and 'b' has 6" in str(error.value)
    assert "10 patients, and there are 4; use fewer folds, 4 at most" in str(error.value)


@pytest.mark.parametrize(("labels", "patients", "said"), [
    ("aaaabbbb", "11112345", "all images of 'a' belong to patient 1, .* or ignore the patients"),
    ("aaaabbbb", "11111111", "all images of 'a' belong to patient 1, of 'b' belong to patient 1, so"),
    ("aaaab", "12345", "'b' has 1; one image cannot be both learned and tested"),
    ("aaaabccc", "12342555", "'b' has 1; .*; all images of 'c' belong to patient 5"),
])  # fmt: skip
def test_where_no_number_works_what_is_lacking_is_told_and_no_number(labels, patients, said):
    images = [str(number) for number in range(len(labels))]
    with pytest.raises(FoldError, match=said) as error:
        make_folds(images, list(labels), list(patients), 10, 0)
    assert error.value.possible == 0 and "at most" not in str(error.value)


def test_the_most_is_searched_from_above_and_within_its_bound():
    asked = []

    def odd(folds):
        asked.append(folds)
        return folds == 3

    assert most_folds(9, 5, odd) == 3 and asked == [5, 4, 3]
    assert most_folds(2, 9, odd) == 0 and most_folds(9, IN_NONE, odd) == 0


def test_a_split_that_no_draw_brings_is_told_with_what_can_be():
    divisible = Divisible(np.array(list("aabb")), np.array(["1", "2", "3", "4"]), np.arange(4))
    assert divisible.at_most == 2
    assert "none of 7 splits into 2 folds" in why_not(divisible, 2, 0, 7)
