"""Laws of the synthetic fields: what is drawn is what is told, and chance depends on names alone."""

import csv
from dataclasses import astuple
from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from cohort.phantom_cohort import write_phantoms
from imaging.phantom import (
    CLASSES,
    DIFFICULTIES,
    NOISE,
    Difficulty,
    apportioned,
    beer_lambert,
    draw_field,
    hard_phantoms,
    patient_stains,
    patient_tissue,
    phantoms,
)
from imaging.phantom_tissue import TISSUES

SIZE = {"height": 96, "width": 128, "seed": 0}


@pytest.fixture(scope="module")
def fields():
    """Two patients, two fields of each class: enough area for the classes to differ."""
    return list(phantoms(per_class=4, patients=2, height=256, width=320, seed=0))


def angle(first, second):
    return np.degrees(np.arccos(np.clip(first @ second, -1, 1)))


def test_a_field_depends_on_its_name_and_not_on_the_order():
    names = list(product(CLASSES, ["p00", "p01"], [0, 1]))
    forward = [draw_field(*name, **SIZE).image for name in names]
    backward = [draw_field(*name, **SIZE).image for name in reversed(names)]
    assert_array_equal(forward, backward[::-1])
    assert len({image.tobytes() for image in forward}) == len(names)


def test_more_fields_leave_the_first_ones_alone():
    few = {field.name: field.image for field in phantoms(2, 2, 64, 64, seed=5)}
    many = {field.name: field.image for field in phantoms(4, 2, 64, 64, seed=5)}
    assert few.keys() < many.keys()
    for name in few:
        assert_array_equal(few[name], many[name])


def test_seeds_differ():
    first, second = (draw_field("benign", "p00", 0, 64, 64, seed) for seed in (0, 1))
    assert (first.image != second.image).any()
    assert (first.stain_matrix != second.stain_matrix).any()


def test_the_image_is_beer_lambert_of_the_truth(fields):
    for field in fields:
        light = 240 * np.exp(-np.einsum("sc,hwc->hws", field.stain_matrix, field.concentrations)) - 1
        assert np.abs(field.image - light.clip(0, 255)).max() <= NOISE + 0.5


def test_no_dye_is_white_and_more_dye_is_darker():
    matrix, _ = patient_stains("p00", 0)
    light = beer_lambert(np.array([[[0, 0], [1, 0], [1, 1]]]), matrix)
    assert (light[0, 0] == 239).all()
    assert (np.diff(light[0], axis=0) < 0).all()


def test_stain_vectors_are_positive_unit_and_well_apart():
    for patient in range(40):
        matrix, strengths = patient_stains(f"p{patient:02d}", 0)
        assert (matrix > 0).all()
        assert (strengths > 0).all()
        np.testing.assert_allclose(np.linalg.norm(matrix, axis=0), 1)
        assert matrix[0, 0] > matrix[0, 1], "haematoxylin has the larger red component"
        assert 10 < angle(*matrix.T) < 40


def test_patients_differ_in_stain_and_a_patient_keeps_its_own(fields):
    for field in fields:
        assert_array_equal(field.stain_matrix, patient_stains(field.patient, 0)[0])
    (first, strong), (second, weak) = (patient_stains(patient, 0) for patient in ("p00", "p01"))
    assert angle(first[:, 0], second[:, 0]) > 0.5
    assert angle(first[:, 1], second[:, 1]) > 0.5
    assert np.abs(strong - weak).max() > 0.05


def test_concentrations_are_finite_and_positive(fields):
    for field in fields:
        assert field.image.shape == (*field.concentrations.shape[:2], 3)
        assert field.image.dtype == np.uint8
        assert np.isfinite(field.concentrations).all()
        assert (field.concentrations > 0).all()


@pytest.mark.parametrize(("per_class", "patients"), [(3, 3), (5, 2), (7, 4)])
def test_every_patient_has_every_class_and_no_name_comes_twice(per_class, patients):
    fields = list(phantoms(per_class, patients, 16, 16, seed=0))
    assert len({field.name for field in fields}) == len(fields) == per_class * len(CLASSES)
    assert len({(field.patient, field.label) for field in fields}) == patients * len(CLASSES)


def test_the_manifest_tells_the_images(tmp_path):
    fields = list(phantoms(per_class=2, patients=2, height=32, width=48, seed=0))
    manifest = write_phantoms(tmp_path / "new" / "phantom", fields)
    with manifest.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [{"image": field.name, "label": field.label, "patient": field.patient} for field in fields]
    for field in fields:
        assert_array_equal(np.asarray(Image.open(manifest.parent / field.name)), field.image)
    assert {path.name for path in manifest.parent.iterdir()} == {"manifest.csv", *(field.name for field in fields)}


def test_an_unknown_class_is_refused_with_the_known_ones():
    with pytest.raises(KeyError, match="unknown class 'tumour'; known: normal, benign, insitu, invasive"):
        draw_field("tumour", "p00", 0, 32, 32, 0)


def test_patients_without_images_of_every_class_are_refused():
    with pytest.raises(ValueError, match="per_class is 2"):
        next(phantoms(per_class=2, patients=3))


DRAWN = {  # mean red, green, blue in six parts of a field, two rows of three
    "normal": [231.99, 215.90, 221.84, 233.57, 220.55, 225.50, 212.74, 157.95, 177.38,
               233.68, 220.85, 225.71, 223.89, 193.38, 204.72, 200.31, 137.44, 163.27],
    "invasive": [225.11, 198.02, 207.84, 227.19, 210.58, 218.15, 175.83, 109.11, 141.76,
                 180.56, 112.63, 144.67, 199.91, 131.11, 156.82, 199.97, 121.88, 148.80],
}  # fmt: skip


@pytest.mark.parametrize("label", DRAWN)
def test_what_is_drawn_never_drifts(label):
    image = draw_field(label, "p01", 3, 192, 240, seed=2).image
    parts = image.reshape(2, 96, 3, 80, 3).mean(axis=(1, 3)).ravel()
    np.testing.assert_allclose(parts, DRAWN[label], atol=0.1)


HARD = DIFFICULTIES["hard"]


def test_a_default_difficulty_changes_nothing():
    easy = draw_field("benign", "p01", 3, 64, 80, seed=2, difficulty=Difficulty())
    assert_array_equal(easy.image, draw_field("benign", "p01", 3, 64, 80, seed=2).image)
    assert patient_tissue("benign", "p01", 2, Difficulty()) == TISSUES["benign"]


def test_hard_cohorts_are_the_same_for_the_same_arguments_and_others_for_another_seed():
    first, again, other = (
        [
            field.image.tobytes()
            for field in hard_phantoms(3, {"benign": 1, "insitu": 1}, HARD, (1, 2), False, 32, 40, s)
        ]
        for s in (1, 1, 2)
    )
    assert first == again != other


@pytest.mark.parametrize("mixed", [False, True])
def test_patients_have_as_many_images_as_asked_and_classes_are_as_unequal(mixed):
    fields = list(hard_phantoms(12, {"benign": 5, "invasive": 1}, HARD, (2, 4), mixed, 16, 16))
    by_patient = {}
    for field in fields:
        by_patient.setdefault(field.patient, []).append(field.label)
    assert len(by_patient) == 12 and {len(labels) for labels in by_patient.values()} <= {2, 3, 4}
    assert len({field.name for field in fields}) == len(fields)
    several = [patient for patient, labels in by_patient.items() if len(set(labels)) > 1]
    if mixed:
        assert several
        assert sum(field.label == "invasive" for field in fields) == pytest.approx(len(fields) / 6, abs=1)
    else:
        assert not several
        assert sum(labels[0] == "invasive" for labels in by_patient.values()) == 2


def test_shares_are_kept_and_every_class_is_there():
    for total in range(3, 40):
        names = apportioned({"a": 10, "b": 2, "c": 0.01}, total)
        counts = [names.count(name) for name in "abc"]
        assert len(names) == total and min(counts) >= 1
    assert counts == pytest.approx([39 * 10 / 12, 39 * 2 / 12, 0], abs=1.5)


def test_without_signal_a_patient_shows_every_class_alike_and_patients_differ():
    nothing = DIFFICULTIES["no signal"]

    def looks(patient):
        return {astuple(patient_tissue(label, patient, 0, nothing))[1:] for label in CLASSES}

    assert len(looks("p00")) == len(looks("p01")) == 1 and looks("p00") != looks("p01")


def test_less_signal_brings_the_classes_nearer():
    def apart(signal):
        benign, insitu = (patient_tissue(name, "p", 0, Difficulty(signal)) for name in ("benign", "insitu"))
        return abs(benign.glands - insitu.glands)

    assert apart(1) > apart(0.5) > apart(0.1) > apart(0) == 0


def test_stains_differ_the_more_the_harder_it_is():
    spread = [np.std([patient_stains(f"p{k}", 0, times)[1] for k in range(20)]) for times in (0, 1, 2)]
    assert spread[0] == 0 < spread[1] < spread[2]


def test_difficulties_and_cohorts_that_cannot_be_are_refused():
    for wrong in ({"signal": -0.1}, {"signal": 1.1}, {"stain": 4}, {"texture": 2}):
        with pytest.raises(ValueError, match="must lie in 0"):
            Difficulty(**wrong)
    with pytest.raises(ValueError, match="2 classes need a patient each; got 1"):
        next(hard_phantoms(1, {"benign": 1, "insitu": 1}, HARD))
