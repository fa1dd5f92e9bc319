"""The test of all probes holds its level where patients differ and are few, and sees what is there."""

import numpy as np
import pytest

from cohort.cohort import Cohort
from cohort.folds import make_folds
from workflow.audit.exchange import Cells
from workflow.audit.shortcut_test import accuracy_by_cell, against_luck, share_as_high, why_not


def cohort(patients, per_patient, rng, is_mixed=False, folds=4):
    """Images of patients of one class each, or of both classes."""
    owners = np.repeat(np.arange(patients), per_patient)
    of_patient = rng.permutation(np.arange(patients) % 2)
    labels = rng.integers(0, 2, len(owners)) if is_mixed else of_patient[owners]
    images = [f"{number:04d}.png" for number in range(len(owners))]
    names = [f"P{owner}" for owner in owners]
    fold = make_folds(images, labels, names, folds, seed=0)
    return Cohort(tuple(images), labels, ("x", "y"), tuple(names), fold), owners


def own_colours(owners, rng):
    """Three probes in which every patient has values of its own, whatever the class; the last are whole numbers."""
    base = rng.normal(size=(owners.max() + 1, 4))
    images = len(owners)
    return {
        "colour": base[owners][:, :3] + 0.1 * rng.normal(size=(images, 3)),
        "stain": base[owners] @ rng.normal(size=(4, 12)) + 0.1 * rng.normal(size=(images, 12)),
        "size": np.round(base[owners][:, 3:]),
    }


@pytest.mark.parametrize("is_mixed", [False, True], ids=["one class a patient", "both"])
def test_patients_of_colours_of_their_own_are_no_finding(is_mixed):
    """At a level of 10 % of 25 cohorts 2.5 are expected; 8 or more come twice in a thousand such tests."""
    rng = np.random.default_rng(3)
    rejected = 0
    for seed in range(25):
        some, owners = cohort(10, 6, rng, is_mixed)
        probes = own_colours(owners, rng)
        of_all = against_luck(some, probes, seed, permutations=19)
        rejected += min(of_all.adjusted(key) for key in probes) <= 0.1
    assert rejected < 8


def test_images_exchanged_by_themselves_would_be_found_everywhere():
    """What the blocks are for: with every image its own patient, the same cohorts seem to tell the classes."""
    rng = np.random.default_rng(3)
    some, owners = cohort(10, 6, rng)
    alone = Cohort(some.images, some.codes, some.classes, ("",) * len(some), 1 + np.arange(60) % 4)
    assert against_luck(alone, own_colours(owners, rng), 0, permutations=99).adjusted("colour") <= 0.02


def test_what_goes_with_the_class_is_told_and_the_rest_is_not():
    rng = np.random.default_rng(4)
    some, owners = cohort(24, 3, rng)
    probes = own_colours(owners, rng) | {"jpeg": 30.0 + 60 * some.codes[:, None]}
    of_all = against_luck(some, probes, 0, permutations=199)
    assert of_all.adjusted("jpeg") == 1 / 200 < 0.05 < of_all.adjusted("colour")
    assert 0.5 < of_all.least < 1
    assert why_not(of_all, "24 patients") == ""


def test_too_few_patients_cannot_be_tested_however_well_they_are_told():
    rng = np.random.default_rng(5)
    some, _ = cohort(6, 5, rng, folds=3)
    of_all = against_luck(some, {"jpeg": some.codes[:, None] + 0.0}, 0, permutations=199)
    assert of_all.reached["jpeg"] == 1
    assert np.isnan(of_all.least)
    assert "6 patients" in why_not(of_all, "6 patients") and "100 %" in why_not(of_all, "6 patients")


def test_the_same_seed_gives_the_same_answer_whatever_the_probes_beside():
    rng = np.random.default_rng(6)
    some, owners = cohort(12, 4, rng)
    probes = own_colours(owners, rng)
    whole = against_luck(some, probes, 7, permutations=50)
    alone = against_luck(some, {"size": probes["size"]}, 7, permutations=50)
    np.testing.assert_array_equal(whole.by_luck["size"], alone.by_luck["size"])


def test_classes_and_patients_count_alike_in_the_accuracy():
    labels = ["x"] * 9 + ["y"]
    patients = ["A"] * 8 + ["B", "C"]
    cells = Cells.of(Cohort.of(list("abcdefghij"), labels, ["x", "y"], patients, np.array([1] * 8 + [2, 1])))
    always_x = np.log(np.tile([0.9, 0.1], (10, 1)))
    assert accuracy_by_cell(always_x, cells, cells.label, cells.fold) == 0.5
    one_wrong = always_x.copy()
    one_wrong[8] = np.log([0.1, 0.9])  # the only image of B, as much as the eight of A
    assert accuracy_by_cell(one_wrong, cells, cells.label, cells.fold) == 0.25


def test_the_truth_counts_as_a_permutation():
    assert share_as_high(np.zeros(99), 1.0) == 0.01
