"""Labels change places between whole patients, and nothing else changes."""

import numpy as np
import pytest

from cohort.cohort import Cohort
from workflow.audit.exchange import Cells


def cohort(patients, labels, folds=None):
    """Images of patients ("" unknown) and classes given as letters, a patient of each fold where none are given."""
    images = [f"{number}.png" for number in range(len(labels))]
    order = sorted(set(patients))
    fold = [1 + order.index(patient) for patient in patients] if folds is None else folds
    return Cohort.of(images, list(labels), sorted(set(labels)), list(patients), np.array(fold))


COHORTS = {
    "one class a patient": cohort("AABBBCDD", "xxyyyxyy"),
    "both classes in each": cohort("AAABBBCC", "xxyxyyxy"),
    "some of each kind": cohort("AABBBCCDDE", "xxxyyyxxyy"),
    "unknown patients": cohort([""] * 6, "xxxyyz", [1, 2, 3, 1, 2, 3]),
}


@pytest.fixture(params=COHORTS.values(), ids=COHORTS.keys())
def cells(request):
    return Cells.of(request.param)


def test_images_of_a_patient_in_a_class_are_one_cell_and_count_as_one(cells):
    counts = np.bincount(cells.of_image, cells.weight)
    np.testing.assert_allclose(counts, 1)


def test_classes_and_folds_change_places_together_and_none_is_lost(cells):
    rng = np.random.default_rng(0)
    truth = sorted(zip(cells.label.tolist(), cells.fold.tolist(), strict=True))
    for _ in range(20):
        label, fold = cells.exchanged(rng)
        assert sorted(zip(label.tolist(), fold.tolist(), strict=True)) == truth


def test_a_patient_keeps_as_many_classes_all_different_and_one_fold(cells):
    rng = np.random.default_rng(0)
    for _ in range(20):
        label, fold = cells.exchanged(rng)
        for patient in np.unique(cells.patient):
            own = cells.patient == patient
            assert len(set(label[own])) == own.sum()
            assert len(set(fold[own])) == 1


def test_every_division_of_patients_comes_equally_often():
    cells = Cells.of(cohort("AABCCCD", "xxxyyyy"))
    rng = np.random.default_rng(1)
    seen = {}
    for _ in range(3000):
        label, _ = cells.exchanged(rng)
        seen[tuple(label)] = seen.get(tuple(label), 0) + 1
    assert len(seen) == 6
    assert min(seen.values()) > 400


def test_of_patients_with_both_classes_these_change_places_inside():
    cells = Cells.of(cohort("AABBCC", "xyxyxy"))
    rng = np.random.default_rng(2)
    divisions = {tuple(cells.exchanged(rng)[0]) for _ in range(300)}
    assert len(divisions) == 8


def test_a_patient_in_several_folds_is_in_that_of_most_images():
    cells = Cells.of(cohort("AAAB", "xxxy", [2, 2, 1, 1]))
    assert cells.fold.tolist() == [2, 1]
