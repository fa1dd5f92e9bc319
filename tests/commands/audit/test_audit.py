"""Laws of the command audit: a line for each finding, exit 0 either way, the folds of cv."""

import csv
import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from benchmarks.biased_phantoms import write_biased
from commands.audit import measure_and_tell
from commands.audit.measure_and_tell import folder_of_measures
from commands.terminal import console
from pipeline import app

pytestmark = pytest.mark.usefixtures("blank_figures")
FILES = ("audit.html", "audit.md", "audit.json", "audit-images.csv", "audit-folds.csv")


@pytest.fixture(scope="module")
def biased(tmp_path_factory):
    """A manifest of images whose size is that of their class."""
    return write_biased(tmp_path_factory.mktemp("biased") / "sized", "size", patients=16, per_patient=2, side=32)


def audited(folder):
    return json.loads((folder / "audit.json").read_text())


def test_a_planted_shortcut_is_told_in_a_line_however_narrow_the_terminal(biased, tmp_path, monkeypatch):
    monkeypatch.setattr(console, "_width", 40)
    arguments = ["audit", "--data", str(biased), "--out", str(tmp_path), "--jobs", "1"]
    lines = CliRunner().invoke(app, arguments, catch_exceptions=False).output.splitlines()
    content = audited(tmp_path / "sized")
    assert any(line.startswith("size: height and width tell the classes apart: ") for line in lines)
    assert set(content["sentences"]) <= set(lines) and max(map(len, lines)) > 80
    assert "size" in {probe["family"] for probe in content["probes"] if probe["told"]}
    assert all((tmp_path / "sized" / name).is_file() for name in FILES)


def test_a_run_is_audited_in_its_own_folds(place, run, tmp_path):
    cached = ["--cache", place.folder / "cache"]
    run("cv", *cached, "--folds", 3, "--heads", "centroid", "--jobs", 1, "--out", tmp_path)
    run("audit", "fields", "--cache", tmp_path, "--out", tmp_path, "--jobs", 1)
    content = (tmp_path / "fields" / "audit-folds.csv").read_text().splitlines()
    wanted = (tmp_path / "fields" / "folds.csv").read_text().splitlines()
    assert sorted(content) == sorted(wanted) and audited(tmp_path / "fields")["patients"] == 3
    run("report", tmp_path / "fields" / "predictions.csv", "--out", tmp_path / "again")
    assert "Is the class visible in how the images were made?" in (tmp_path / "again" / "report.html").read_text()


def test_groups_of_a_column_share_a_fold_and_labels_of_a_table_are_used(biased, run, tmp_path):
    rows = list(csv.DictReader(biased.open()))
    centres = {row["patient"]: "abc"[number % 3] for number, row in enumerate(rows)}
    table = biased.with_name("centres.csv")
    lines = [f"{row['image']},{row['label']},{row['patient']},{centres[row['patient']]}" for row in rows]
    table.write_text("\n".join(["image,label,patient,centre", *lines]) + "\n")
    labels = tmp_path / "labels.csv"
    halves = [f"{row['image']},{'one' if number % 2 else 'two'}" for number, row in enumerate(rows)]
    labels.write_text("\n".join(["image,label", *halves]) + "\n")
    said = run("audit", "--data", table, "--groups", "centre", "--labels", labels, "--out", tmp_path, "--jobs", 1)
    assert "columns that are probes: centre" in said
    assert audited(tmp_path / "centres")["classes"] == ["one", "two"]
    fold = {row["image"]: row["fold"] for row in csv.DictReader((tmp_path / "centres" / "audit-folds.csv").open())}
    of_centre = {(centres[row["patient"]], fold[row["image"]]) for row in rows}
    assert len(of_centre) == 3
    said = run("audit", "--data", table, "--groups", "nowhere", "--out", tmp_path, code=2)
    assert "no column nowhere" in said


def test_a_class_that_cannot_be_read_is_told(run, tmp_path):
    for label, alpha in (("a", 255), ("b", 0)):
        (tmp_path / "set" / label).mkdir(parents=True)
        for number in range(8):
            pixels = np.random.default_rng(number).integers(0, 255, (24, 24, 4), dtype=np.uint8)
            pixels[..., 3] = alpha
            Image.fromarray(pixels).save(tmp_path / "set" / label / f"{number}.png")
    said = run("audit", "--data", tmp_path / "set", "--out", tmp_path / "out", "--jobs", 1, code=3)
    assert "unreadable: 8 of 8 b, 0 of 8 a; whether an image can be read tells its class" in said
    assert "do not" not in said and "no probe tells" not in said


def test_where_nothing_can_be_tested_it_says_so(run, tmp_path):
    for label in "ab":
        (tmp_path / "set" / label).mkdir(parents=True)
        pixels = np.random.default_rng(ord(label)).integers(0, 255, (24, 24, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "set" / label / f"{label}.png")
    said = run("audit", "--data", tmp_path / "set", "--out", tmp_path / "out", "--jobs", 1)
    assert "can be tested" in said and "there are no folds" in said


@pytest.mark.parametrize(
    "asked, words",
    [
        ([], "give the images with --data"),
        (["--recipe", "nct-crc"], "--data and --test"),
        (["nowhere"], "holds no run of cv"),
        (["nowhere", "--folds", 3], "a run has its own labels and folds; leave out --folds"),
        (["--data", ".", "--test", "."], "only a recipe has images to test on"),
        (["--data", "nowhere"], "does not exist"),
    ],
)
def test_what_is_missing_is_a_message(asked, words, run, tmp_path):
    assert words in run("audit", *asked, "--out", tmp_path, code=2)


def test_the_recipe_sets_yours_beside_what_was_published(run, tmp_path):
    for number, name in enumerate(("train", "new")):
        write_biased(tmp_path / name, "stain", patients=8, per_patient=2, side=32, seed=number)
    sets = ["--data", tmp_path / "train", "--test", tmp_path / "new"]
    said = run("audit", "--recipe", "nct-crc", *sets, "--out", tmp_path / "out", "--jobs", 1)
    content = json.loads((tmp_path / "out" / "train" / "audit-recipe.json").read_text())
    assert content["forests"]["rgb_means"]["published"] == 0.538 and content["test_patients"] == 8
    assert content["forests"]["colour_histogram"]["features"] == 48
    assert "published for NCT-CRC-HE: 53.8 %" in said and "100 trees" in said
    page = (tmp_path / "out" / "train" / "audit-recipe.html").read_text()
    assert "82.2" in page


def test_a_recipe_needs_the_same_classes(run, tmp_path):
    write_biased(tmp_path / "train", patients=4, per_patient=1, side=32)
    write_biased(tmp_path / "new", patients=6, per_patient=1, side=32, classes=3)
    sets = ["--data", tmp_path / "train", "--test", tmp_path / "new"]
    assert "could not be learned" in run("audit", "--recipe", "nct-crc", *sets, "--out", tmp_path, code=2)


def test_measures_lie_beside_descriptors_unless_the_cache_is_anothers(tmp_path, monkeypatch):
    results = tmp_path / "results"
    assert folder_of_measures(tmp_path, "set", results) == results
    (tmp_path / "set").mkdir()
    assert folder_of_measures(tmp_path, "set", results) == tmp_path / "set"
    monkeypatch.setattr(measure_and_tell, "access", lambda path, mode: False)
    assert folder_of_measures(tmp_path, "set", results) == results
