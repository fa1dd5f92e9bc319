"""What is planted in phantoms is measured by a probe of its family, and nothing else is planted."""

import numpy as np
import pytest

from benchmarks.biased_phantoms import BIASES, FAMILIES, write_biased
from cohort.audit.measured import measured_from
from cohort.audit.measuring import measure_images
from cohort.audit.probe_list import probe_of
from cohort.read_dataset import read_dataset

PATIENTS = 12


def read(folder, *arguments, **options):
    """The measures of a set of phantoms, and their classes and patients."""
    samples = read_dataset(write_biased(folder, *arguments, patients=PATIENTS, per_patient=2, **options)).samples
    return measured_from(samples, dict(measure_images(samples, jobs=1))), samples


def told(measured, groups, families):
    """Whether a measure of a probe of these families has no value, or range of values, in common between two groups."""
    first = np.array(groups) == sorted(set(groups))[0]
    for key in measured.keys:
        if probe_of(key).family in families:
            one, other = measured.features(key)[first], measured.features(key)[~first]
            if ((one.max(axis=0) < other.min(axis=0)) | (other.max(axis=0) < one.min(axis=0))).any():
                return True
    return False


@pytest.mark.parametrize("bias", FAMILIES)
def test_what_is_planted_by_class_is_measured(bias, tmp_path):
    measured, samples = read(tmp_path, bias)
    labels = [sample.label for sample in samples]
    assert told(measured, labels, [FAMILIES[bias]])


def test_a_clean_set_is_told_by_nothing(tmp_path):
    measured, samples = read(tmp_path)
    labels = [sample.label for sample in samples]
    assert not told(measured, labels, set(FAMILIES.values()) | {"colour"})


def test_what_is_planted_by_patient_is_not_told_by_class(tmp_path):
    measured, samples = read(tmp_path, "size", by="patient")
    assert not told(measured, [sample.label for sample in samples], ["size"])
    heights = {(sample.patient, height) for sample, height in zip(samples, measured.numbers["size"][:, 0], strict=True)}
    assert len(heights) == PATIENTS
    assert len({height for _, height in heights}) == 2


def test_a_share_of_the_images_is_made_as_another_class(tmp_path):
    measured, samples = read(tmp_path, "size", share=0.5)
    large = measured.numbers["size"][:, 0] > 64
    labels = np.array([sample.label for sample in samples])
    assert 0 < large[labels == labels[0]].mean() < 1


def test_every_bias_has_a_family_and_the_same_seed_the_same_files(tmp_path):
    assert set(FAMILIES) | {""} == set(BIASES)
    for folder in ("a", "b"):
        write_biased(tmp_path / folder, "jpeg_quality", patients=2, per_patient=1)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
