"""Laws of what an answer resembles: fit keeps who the training images are, and copies of them where that is asked."""

import io
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from boost.bundle.bundle import Bundle
from boost.bundle.references import COPY_SIDE
from imaging.read import read_image
from tests.place import invoke
from workflow.answering.prediction import predict


def test_an_answer_names_the_nearest_training_images_with_label_and_patient(place):
    bundle = Bundle.open(place.bundle)
    for answer in predict(bundle, [place.new / "test0.png", place.new / "test3.png"], jobs=1):
        assert len(answer.nearest) == 5
        assert answer.nearest[0].distance == pytest.approx(answer.distance)
        for neighbour in answer.nearest:
            label, patient, _ = neighbour.reference.image.split("_")
            assert (neighbour.reference.label, neighbour.reference.patient) == (label, patient)
    assert bundle.why_no_neighbours == "" and bundle.small_copy(answer.nearest[0].reference) is None


def test_no_image_of_a_patient_travels_unless_it_is_asked_for(place):
    assert not [name for name in ZipFile(place.bundle).namelist() if name.endswith(".jpg")]


def test_copies_are_small_and_carry_nothing_but_pixels(place, tmp_path):
    said = invoke(*place.fit, "--models", tmp_path, "--with-thumbnails")
    assert "small copies of 24 images of patients travel with it" in said
    bundle = Bundle.open(tmp_path / "fields.zip")
    reference = bundle.references[0][5]
    with Image.open(io.BytesIO(bundle.small_copy(reference))) as copy:
        assert copy.format == "JPEG" and max(copy.size) == COPY_SIDE and not copy.getexif()
        assert set(copy.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        like = Image.fromarray(read_image(place.fields / reference.image)).resize(copy.size).resize((1, 1))
        mean = copy.resize((1, 1)).getpixel((0, 0))
        assert all(abs(one - other) < 12 for one, other in zip(mean, like.getpixel((0, 0)), strict=True))


def test_images_that_are_gone_have_no_copies_and_that_is_said(place, tmp_path):
    shutil.copytree(place.folder / "cache", tmp_path / "cache")
    index = tmp_path / "cache" / "fields" / "images.json"
    index.unlink()
    fit = ["fit", "--name", "fields", "--cache", tmp_path / "cache", "--folds", 3, "--seeds", 1, "--preset", "draft"]
    said = invoke(*fit, "--models", tmp_path, "--jobs", 1, "--with-thumbnails")
    assert "no small copies travel with it" in said
    assert Bundle.open(tmp_path / "fields.zip").references


def test_a_bundle_of_the_first_version_answers_and_says_that_it_names_nobody():
    old = Bundle.open(Path(__file__).parents[2] / "formats" / "tiny.zip")
    assert old.references == () and "fit it again" in old.why_no_neighbours
