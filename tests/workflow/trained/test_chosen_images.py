from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from cohort.cohort import Cohort
from cohort.folds import FoldError
from cohort.limited import limited
from cohort.samples import Dataset
from tests.cohort.nine_tissues import NINE, dataset
from tests.finetune import tiny
from workflow.trained.chosen_images import (
    balanced_draw,
    folds_that_fit,
    limited_notice,
    selected_if_possible,
)
from workflow.trained.labelled_images import LabelledImages


def counts(of):
    return Counter(sample.label for sample in of.samples)


def test_a_balanced_draw_depends_on_seed_and_names_alone():
    many = dataset(("a", "b"), 40, 4)
    drawn = balanced_draw(many, 10, seed=1)
    backwards = replace(many, samples=many.samples[::-1])
    assert counts(drawn) == {"a": 10, "b": 10}
    assert set(balanced_draw(backwards, 10, seed=1).samples) == set(drawn.samples)
    assert set(balanced_draw(many, 10, seed=2).samples) != set(drawn.samples)
    assert set(drawn.samples) < set(balanced_draw(many, 11, seed=1).samples)
    assert not drawn.notices


def test_fewer_than_asked_are_told():
    unequal = Dataset("x", ("a", "b"), (*dataset(("a",), 20, 4).samples, *dataset(("b",), 5, 4).samples))
    drawn = balanced_draw(unequal, 10, seed=1)
    assert counts(drawn) == {"a": 10, "b": 5}
    assert "5 of b" in str(drawn.notices[0])
    assert drawn.notices[0].kind == "fewer-than-balanced"


def test_as_many_folds_as_can_be():
    assert folds_that_fit(dataset(), 5, True, 13) == 3  # patients
    assert folds_that_fit(dataset(), 5, False, 13) == 5
    assert folds_that_fit(limited(dataset(), 20), 5, True, 13) == 2
    with pytest.raises(FoldError):
        folds_that_fit(dataset(per_class=1), 5, True, 13)


def test_where_no_inner_split_is_possible_the_last_epoch_is_taken():
    few = limited(dataset(), 20)
    names = [sample.name for sample in few.samples]
    labels = [sample.label for sample in few.samples]
    patients = [sample.patient for sample in few.samples]
    fold = [1 if patient == "p0" else 2 for patient in patients]
    cohort = Cohort.of(names, labels, NINE, patients, fold)
    settings = tiny.settings(validation=0.1, patience=3)
    without = selected_if_possible(cohort, settings)
    assert (without.validation, without.patience) == (0.0, 0)
    images = LabelledImages(few, (), cohort, (), {})
    assert "last epoch" in str(limited_notice(images, 2, without))
    assert "last epoch" not in str(limited_notice(images, 2, settings))
    enough = dataset(("a", "b"), 12, 6)
    cohort = Cohort.of(
        [sample.name for sample in enough.samples],
        [sample.label for sample in enough.samples],
        ("a", "b"),
        [sample.patient for sample in enough.samples],
        [1 + int(sample.patient[1]) % 2 for sample in enough.samples],
    )
    assert selected_if_possible(cohort, settings) == settings


def test_what_no_split_may_part_counts_for_that():
    of, _ = tiny.cohort()
    together = np.array(["one look"] * len(of))
    assert selected_if_possible(of, tiny.settings(), together).validation == 0
    assert selected_if_possible(of, tiny.settings()).validation == tiny.settings().validation
