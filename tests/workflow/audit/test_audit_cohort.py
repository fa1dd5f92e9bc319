"""An audit names what was planted, strongest first, is silent otherwise, and says what cannot be tested."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.biased_phantoms import write_biased
from cohort.audit.audited import Audited
from cohort.audit.manifest_columns import further_columns
from cohort.audit.measured import measured_from
from cohort.audit.measuring import measure_images
from cohort.cohort import Cohort
from cohort.folds import make_folds
from cohort.read_dataset import read_dataset
from workflow.audit.audit_cohort import audit_cohort, probe_right


def cohort_of(samples, folds=4):
    """The images in folds by patient."""
    images = [sample.name for sample in samples]
    labels = [sample.label for sample in samples]
    patients = [sample.patient for sample in samples]
    fold = make_folds(images, labels, patients, folds, seed=0)
    return Cohort.of(images, labels, sorted(set(labels)), patients, fold)


@pytest.fixture(scope="module")
def biased(tmp_path_factory):
    """Images of 12 patients whose size tells the class, and whose centre has a stain of its own."""
    folder = tmp_path_factory.mktemp("biased")
    manifest = write_biased(folder, "size", patients=12, per_patient=3, side=48)
    samples = read_dataset(manifest).samples
    measures = dict(measure_images(samples, jobs=1))
    columns = further_columns(manifest, samples)
    return cohort_of(samples), measured_from(samples, measures, columns)


def test_what_was_planted_is_named_first_with_its_interval(biased):
    cohort, measured = biased
    audited = audit_cohort(cohort, measured, permutations=199)
    first = audited.findings[0]
    assert first.family == "size"
    assert 0.5 < first.low <= first.accuracy <= first.high <= 1
    assert first.p_adjusted <= 0.01
    assert (audited.images, audited.patients, sum(audited.class_counts)) == (36, 12, 36)
    assert [group.column for group in audited.groups] == ["patient"]


def test_the_order_of_the_images_does_not_matter(biased):
    cohort, measured = biased
    turned = measured.of_images(measured.names[::-1])
    assert audit_cohort(cohort, turned, permutations=19).to_json() == (
        audit_cohort(cohort, measured, permutations=19).to_json()
    )


def test_labels_of_other_patients_are_no_finding(biased):
    cohort, measured = biased
    owners = sorted(set(cohort.patients))
    swapped = {owner: number % 2 for number, owner in enumerate(np.random.default_rng(1).permutation(owners))}
    codes = np.array([swapped[owner] for owner in cohort.patients])
    fold = make_folds(cohort.images, codes, cohort.patients, 4, seed=0)
    audited = audit_cohort(replace(cohort, codes=codes, fold=fold), measured, permutations=99)
    assert audited.findings == ()
    assert "no probe tells the classes apart" in audited.sentences()[0]


def test_images_that_are_not_measured_are_left_out(biased):
    cohort, measured = biased
    part = measured.of_images(measured.names[:30])
    assert audit_cohort(cohort, part, permutations=19).images == 30


def test_one_class_or_one_fold_cannot_be_tested(biased):
    cohort, measured = biased
    of_one = [image for image, code in zip(cohort.images, cohort.codes, strict=True) if code == 0]
    for audited in (
        audit_cohort(cohort, measured.of_images(of_one), permutations=19),
        audit_cohort(replace(cohort, fold=np.ones(len(cohort), int)), measured, permutations=19),
    ):
        assert all(probe.cannot and np.isnan(probe.accuracy) for probe in audited.probes)
        assert "cannot be tested" in audited.verdict


def test_a_group_that_colour_tells_is_found_and_a_drawn_one_is_not(tmp_path):
    manifest = write_biased(tmp_path, "stain", by="patient", patients=16, per_patient=3, side=48, seed=1)
    samples = read_dataset(manifest).samples
    measures = dict(measure_images(samples, jobs=1))
    rng = np.random.default_rng([1, 16, 3])  # as the phantoms draw who has which habit
    rng.permutation(np.arange(16) % 2)
    centre_of = rng.permutation(np.arange(16) % 2)
    drawn = np.random.default_rng(0).permutation(np.arange(16) % 2)
    columns = {"centre": {}, "batch": {}}
    for sample in samples:
        patient = int(sample.patient[1:])
        columns["centre"][sample.name] = "AB"[centre_of[patient]]
        columns["batch"][sample.name] = "XY"[drawn[patient]]
    measured = measured_from(samples, measures, columns)
    groups = {group.column: group for group in audit_cohort(cohort_of(samples), measured, permutations=199).groups}
    assert groups["centre"].told and groups["centre"].accuracy > 0.8
    assert not groups["batch"].told


def test_what_each_probe_gets_right_is_told_image_by_image(biased):
    cohort, measured = biased
    right = probe_right(cohort, measured)
    assert right["size"].shape == (len(cohort),)
    assert right["size"].mean() > 0.9 > right["rgb_means"].mean()


def with_scanner(measured, scanner):
    """The same images with a further column in their manifest."""
    words = {**measured.words, "manifest:scanner": tuple((name,) for name in scanner)}
    numbers = {**measured.numbers, "manifest:scanner": np.full((len(scanner), 1), np.nan)}
    return replace(measured, words=words, numbers=numbers)


def of_scanner(audited):
    """What is said of the scanners."""
    return [line for line in audited.sentences() if line.startswith("scanner: ")]


def test_a_scanner_of_one_patient_is_left_out_and_the_others_are_told_apart(biased):
    cohort, measured = biased
    first = cohort.patients[0]
    scanner = ["S9" if patient == first else f"S{patient[-1] in '02468'}" for patient in cohort.patients]
    audited = audit_cohort(cohort, with_scanner(measured, scanner), permutations=99)
    assert len(of_scanner(audited)) == 1 and "the 2 of them" in of_scanner(audited)[0]
    scanner = ["S9" if patient == first else "S8" for patient in cohort.patients]
    audited = audit_cohort(cohort, with_scanner(measured, scanner), permutations=99)
    assert len(of_scanner(audited)) == 1 and "cannot be tested: no two of them" in of_scanner(audited)[0]
    assert Audited.from_json(audited.to_json()).sentences() == audited.sentences()
