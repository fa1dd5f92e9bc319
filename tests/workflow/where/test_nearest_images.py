"""Laws of what an answer resembles: fit keeps who the training images are, and copies of them where that is asked."""

import io
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from boost.bundle.bundle import Bundle
from boost.bundle.references import COPY_SIDE
from featurize.store.image_index import read_image_index, read_origins, write_image_index
from imaging.read import read_image
from tests.place import invoke
from workflow.answering.bundle_describer import describer_of
from workflow.answering.prediction import predict
from workflow.where.map_windows import NoMapError, evidence_map


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


def test_copies_are_small_and_carry_nothing_but_pixels_and_images_that_are_gone_have_none(place, tmp_path):
    shutil.copytree(place.folder / "cache", tmp_path / "cache")
    known = read_image_index(tmp_path / "cache" / "fields")
    gone = sorted(known)[:3]
    there = {name: image for name, image in known.items() if name not in gone}
    write_image_index(tmp_path / "cache" / "fields", there, read_origins(tmp_path / "cache" / "fields"))
    said = invoke(*place.fit, "--cache", tmp_path / "cache", "--models", tmp_path, "--with-thumbnails")
    assert "small copies of 21 images of patients travel with it" in said
    bundle = Bundle.open(tmp_path / "fields.zip")
    without = [one.image for one in bundle.references[0] if bundle.small_copy(one) is None]
    assert without == gone
    reference = next(one for one in bundle.references[0] if one.image not in gone)
    with Image.open(io.BytesIO(bundle.small_copy(reference))) as copy:
        assert copy.format == "JPEG" and max(copy.size) == COPY_SIDE and not copy.getexif()
        assert set(copy.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        like = Image.fromarray(read_image(place.fields / reference.image)).resize(copy.size).resize((1, 1))
        mean = copy.resize((1, 1)).getpixel((0, 0))
        assert all(abs(one - other) < 12 for one, other in zip(mean, like.getpixel((0, 0)), strict=True))


def test_a_bundle_of_the_first_version_answers_and_says_that_it_names_nobody():
    old = Bundle.open(Path(__file__).parents[2] / "formats" / "tiny.zip")
    assert old.references == () and "fit it again" in old.why_no_neighbours


# networks that were trained, and bundles of several runs


def test_trained_networks_name_neighbours_and_have_no_map(trained_place, knows_tiny, tmp_path):
    invoke("fit", "--run", trained_place.results / "net", "--models", tmp_path, "--with-thumbnails")
    bundle = Bundle.open(tmp_path / "net.zip")
    image = trained_place.new / "test3.png"
    with describer_of(bundle) as describer:
        (answer,) = predict(bundle, [image], describer, jobs=1)
        with pytest.raises(NoMapError, match=r"net has no evidence maps\. .* is a trained network, which looks at"):
            evidence_map(bundle, image, describer)
    assert len(answer.nearest) == 5 and answer.nearest[0].distance == pytest.approx(answer.distance)
    with Image.open(io.BytesIO(bundle.small_copy(answer.nearest[0].reference))) as copy:
        assert copy.format == "JPEG" and max(copy.size) <= COPY_SIDE
    said = invoke("predict", tmp_path / "net.zip", image, "--out", tmp_path / "x.csv", "--maps", tmp_path / "m", code=2)
    assert "has no evidence maps" in said and not (tmp_path / "x.csv").exists()


def test_a_fused_bundle_is_near_by_both_and_mapped_by_its_encoders(trained_place, knows_tiny, tmp_path):
    for name in ("fields", "net"):
        shutil.copy(trained_place.models / f"{name}.zip", tmp_path)
    invoke("fuse", "fields.zip", "net.zip", "--name", "both", "--models", tmp_path)
    bundle = Bundle.open(tmp_path / "both.zip")
    image = trained_place.new / "test0.png"
    with describer_of(bundle) as describer:
        (answer,) = predict(bundle, [image], describer, jobs=1)
        evidence = evidence_map(bundle, image, describer)
    distances = [neighbour.distance for neighbour in answer.nearest]
    assert len(distances) == 5 and distances == sorted(distances) and distances[0] >= answer.distance - 1e-6
    (left_out,) = evidence.left_out
    assert "is a trained network" in left_out and len(evidence.answers) == 2
