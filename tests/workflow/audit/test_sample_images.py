"""The short audit takes whole patients, many rather than many images of each."""

from collections import Counter
from pathlib import Path

import pytest

from cohort.samples import Sample
from workflow.audit.sample_images import MOST_IMAGES, MOST_OF_PATIENT, sampled


def samples(patients, images, label_of=lambda patient, image: "xy"[patient % 2]):
    """So many patients of so many images each."""
    made = []
    for patient in range(patients):
        for image in range(images):
            name = f"{patient}-{image}.png"
            made.append(Sample(name, Path(name), label_of(patient, image), f"P{patient}"))
    return made


def test_small_sets_are_taken_whole():
    few = samples(10, 6)
    assert sorted(sampled(few), key=lambda sample: sample.name) == sorted(few, key=lambda sample: sample.name)


def test_of_large_sets_patients_are_many_and_their_images_few():
    chosen = sampled(samples(200, 100))
    counts = Counter(sample.patient for sample in chosen)
    assert MOST_IMAGES - MOST_OF_PATIENT < len(chosen) <= MOST_IMAGES
    assert set(counts.values()) == {MOST_OF_PATIENT}


def test_classes_are_there_alike_however_rare_one_is():
    rare = samples(1000, 1, lambda patient, image: "y" if patient < 150 else "x")
    assert Counter(sample.label for sample in sampled(rare)) == {"x": 250, "y": 150}


def test_a_patient_is_there_with_all_its_classes():
    chosen = sampled(samples(100, 30, lambda patient, image: "xyz"[image % 3]))
    for patient in {sample.patient for sample in chosen}:
        assert {sample.label for sample in chosen if sample.patient == patient} == set("xyz")


@pytest.mark.parametrize("patient", ["", "P1"])
def test_the_order_of_the_images_does_not_matter(patient):
    some = [Sample(f"{number}.png", Path(), "xy"[number % 2], patient and f"P{number // 3}") for number in range(900)]
    assert sampled(some) == sampled(some[::-1])
