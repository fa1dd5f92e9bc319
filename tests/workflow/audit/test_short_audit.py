"""extract measures, cv tests and tells, and both go on when images or measures are gone."""

import json
import shutil

import pytest

from benchmarks.biased_phantoms import write_biased
from cohort.audit.kept_measures import MEASURES
from tests.place import invoke

pytestmark = pytest.mark.usefixtures("blank_figures")
NAME = "biased"


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """A folder with images of two sizes by class, described; and what extract said."""
    folder = tmp_path_factory.mktemp("short")
    manifest = write_biased(folder / NAME, "size", patients=12, per_patient=2, side=48)
    header, *rows = manifest.read_text().splitlines()
    with_centre = [f"{header},centre"]
    for row in rows:
        patient = int(row.rpartition("P")[2])
        with_centre.append(f"{row},{'AB'[patient // 6]}")
    manifest.write_text("\n".join(with_centre) + "\n")
    said = invoke(
        *["extract", "--data", manifest, "--name", NAME, "--cache", folder / "cache", "--out", folder / "results"],
        *["--encoders", "squeezenet1_1", "--crops", 40, "--scale", 1, "--views", 1, "--crops-per-view", 1],
        *["--weights", "random", "--jobs", 1],
    )
    return folder, said


def cv(folder, *options, code=0):
    """Cross-validate in a hurry."""
    where = ["--cache", folder / "cache", "--out", folder / "results"]
    return invoke("cv", "--folds", 3, "--heads", "centroid", "--jobs", 1, *where, *options, code=code)


def test_extract_warns_at_once_and_keeps_the_measures(described):
    folder, said = described
    assert "warning: the label is visible in how the images were made" in said
    assert (folder / "cache" / NAME / MEASURES).is_file()


def test_cv_tells_it_although_the_images_are_gone_and_says_where_nothing_was_measured(described, tmp_path):
    folder, _ = described
    shutil.copytree(folder / "cache", tmp_path / "cache")
    results = tmp_path / "results" / NAME
    images = folder / NAME
    images.rename(folder / "elsewhere")
    try:
        said = cv(tmp_path)
        page = (results / "report.html").read_text()
        audit = json.loads((results / "audit.json").read_text())
        (tmp_path / "cache" / NAME / MEASURES).write_text("my thesis")
        said_later = cv(tmp_path)
    finally:
        (folder / "elsewhere").rename(images)
    assert "- The label is visible in how the images were made" in said
    assert "The label is visible in how the images were made" in page
    assert audit["probes"][0]["family"] == "size"
    assert "Not audited" in said_later and "Extract again" in said_later
    assert not (results / "audit.json").exists()  # that of the earlier run


def test_extract_goes_on_where_no_measures_can_be_kept(described, tmp_path):
    folder, _ = described
    shutil.copytree(folder / "cache", tmp_path / "cache")
    (tmp_path / "cache" / NAME / MEASURES).write_text("my thesis")
    said = invoke(
        *["extract", "--data", folder / NAME, "--name", NAME, "--cache", tmp_path / "cache", "--out", tmp_path / "out"],
        *["--encoders", "squeezenet1_1", "--crops", 40, "--scale", 1, "--views", 1, "--crops-per-view", 1],
        *["--weights", "random", "--jobs", 1],
    )
    assert "is not audited" in said and "is no file of measures" in said
    assert "done: 24 images" in said


def test_each_centre_is_held_out_in_turn(described, tmp_path):
    folder, _ = described
    shutil.copytree(folder / "cache", tmp_path / "cache")
    said = cv(tmp_path, "--groups", "centre")
    folds = (tmp_path / "results" / NAME / "folds.csv").read_text()
    assert "2 folds, each centre held out in turn" in said
    assert len({line.rsplit(",", 1)[1] for line in folds.splitlines()[1:]}) == 2
    assert "has no column scanner; it has: image, label, patient, centre" in cv(tmp_path, "--groups", "scanner", code=2)
    assert "cannot be drawn again" in cv(tmp_path, "--groups", "centre", "--repeats", 2, code=2)
