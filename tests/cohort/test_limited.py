"""Laws of a first look: every class is shown, and patients are whole where there is room for them."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cohort.limited import classes_in_turn, first_images, limited, patients_in_turn, patients_of, whole_patients
from cohort.samples import Dataset, DatasetError, Sample
from tests.cohort.nine_tissues import NINE, dataset


def of_patients(*images):
    """A data set of patients with so many images of each class: (1, 0) is a patient with one of the first."""
    samples = []
    for patient, counts in enumerate(images):
        for label, count in zip("xyz", counts, strict=False):
            names = [f"{label}/{patient}-{number}.png" for number in range(count)]
            samples += [Sample(name, Path(name), label, f"p{patient}") for name in names]
    classes = tuple(sorted({sample.label for sample in samples}))
    return Dataset("fields", classes, tuple(samples))


def counts(samples):
    return Counter(sample.label for sample in samples)


@pytest.mark.parametrize("seed", range(20))
def test_whole_patients_are_whole_and_no_more_than_the_limit(seed):
    rng = np.random.default_rng(seed)
    data = of_patients(*rng.integers(0, 5, (12, 3)).tolist())
    all_of = patients_of(data.samples)
    for limit in (len(data.samples) // 3, len(data.samples) // 2):
        taken = whole_patients(data, limit)
        assert len(taken) <= limit and len(set(taken)) == len(taken)
        assert patients_of(taken) == {patient: all_of[patient] for patient in patients_of(taken)}
        others = [images for patient, images in all_of.items() if patient not in patients_of(taken)]
        assert all(len(taken) + len(images) > limit for images in others), "there was room for another"
        if counts(taken).keys() == set(data.classes):
            assert set(first_images(data, limit)) == set(taken)


def test_the_patients_of_unequal_classes_take_turns():
    data = of_patients((3, 0), (3, 0), (3, 0), (0, 3), (0, 3), (0, 3))
    assert counts(first_images(data, 12)) == {"x": 6, "y": 6}
    both = of_patients((1, 1), (1, 1), (1, 1), (2, 2))
    assert patients_of(first_images(both, 5)).keys() == {"p0", "p1"}, "a patient of both classes comes with both"


def test_where_no_whole_patients_show_all_classes_patients_take_turns():
    data = of_patients((50, 0), (50, 0), (0, 50), (0, 50))
    few = first_images(data, 20)
    assert counts(few) == {"x": 10, "y": 10}
    assert Counter(sample.patient for sample in few) == {"p0": 5, "p1": 5, "p2": 5, "p3": 5}


@pytest.mark.parametrize("limit", [1, 4, 9, 20, 54, 1000])
def test_without_patients_classes_take_turns(limit):
    data = dataset(patients=0)
    few = first_images(data, limit)
    assert few == classes_in_turn(data)[:limit]
    assert max(counts(few).values()) - min(counts(few)[label] for label in NINE) <= 1


def test_without_a_limit_all_come_one_class_after_the_other():
    data = dataset()
    assert first_images(data, None) == classes_in_turn(data) == first_images(data, 1000)
    assert [sample.label for sample in classes_in_turn(data)] == list(NINE) * 6
    unequal = of_patients((3, 1))
    assert [sample.label for sample in classes_in_turn(unequal)] == ["x", "y", "x", "x"]


def test_a_few_images_show_every_class_and_as_many_patients_as_can_be():
    few = limited(dataset(), 20)
    assert len(few.samples) == 20
    assert set(counts(few.samples).values()) == {2, 3}
    for label in NINE:
        patients = [sample.patient for sample in few.samples if sample.label == label]
        assert len(set(patients)) == len(patients)
    assert list(few.samples) == [sample for sample in dataset().samples if sample in few.samples]


def test_of_no_patients_images_are_taken_all_the_same():
    assert counts(limited(dataset(patients=0), 18).samples) == dict.fromkeys(NINE, 2)


def test_fewer_images_than_classes_are_refused():
    with pytest.raises(DatasetError, match="all 9 classes"):
        limited(dataset(), 8)


def test_a_limit_above_all_takes_all():
    assert limited(dataset(), 1000).samples == dataset().samples


def test_patients_take_turns():
    order = [sample.patient for sample in patients_in_turn(dataset(("a",), 4, 2).samples)]
    assert order == ["p0", "p1", "p0", "p1"]
