"""A cohort is images, labels, patients and folds that belong together, or it is refused."""

from dataclasses import replace

import numpy as np
import pytest

from cohort.cohort import Cohort, CohortError

COHORT = Cohort.of(
    images=["a", "b", "c", "d"],
    labels=["normal", "benign", "normal", "invasive"],
    classes=["normal", "benign", "invasive"],
    patients=["7", "", "7", "8"],
    fold=[1, 2, 1, 0],
)


def test_labels_are_codes_of_the_classes_in_their_order():
    assert COHORT.codes.tolist() == [0, 1, 0, 2]
    assert COHORT.labels.tolist() == ["normal", "benign", "normal", "invasive"]
    assert len(COHORT) == 4


def test_a_fold_is_held_out_and_all_others_are_trained_on():
    assert COHORT.held_out_folds == [1, 2]
    for fold in COHORT.held_out_folds:
        held_out, training = COHORT.held_out(fold).tolist(), COHORT.training(fold).tolist()
        assert held_out == np.flatnonzero(COHORT.fold == fold).tolist()
        assert sorted(held_out + training) == [0, 1, 2, 3]
    assert COHORT.tested.tolist() == [True, True, True, False]


def test_groups_are_patients_or_the_image_itself():
    assert COHORT.groups.tolist() == ["patient 7", "image b", "patient 7", "patient 8"]
    nobody = Cohort.of(COHORT.images, COHORT.labels.tolist(), COHORT.classes, None, COHORT.fold)
    assert nobody.patients == ("",) * 4 and len(set(nobody.groups)) == 4


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"images": ("a", "b", "c")}, "3 images, 4 codes"),
        ({"fold": np.array([1, 2])}, "2 fold"),
        ({"patients": ()}, "0 patients"),
        ({"images": ("a", "b", "a", "d")}, "named again: a"),
        ({"classes": ("x", "x", "y")}, "named again: x"),
        ({"codes": np.array([0, 1, 2, 3])}, r"in 0..2 .*got 3"),
        ({"codes": np.array([0, 1, 2, -1])}, "got -1"),
        ({"fold": np.array([1, 2, -1, 1])}, "got -1"),
        ({"fold": np.array([1, 2, 1.5, 1])}, "got 1.0, 1.5, 2.0 of type float64"),
        ({"fold": np.array([1.0, 2.0, 2.0, 1.0])}, "got 1.0, 2.0 of type float64; convert"),
    ],
)
def test_what_does_not_belong_together_is_refused(changes, match):
    with pytest.raises(CohortError, match=match):
        replace(COHORT, **changes)


def test_a_label_that_is_no_class_is_refused():
    with pytest.raises(CohortError, match="got other"):
        Cohort.of(["a"], ["other"], ["normal", "benign"], None, [1])
