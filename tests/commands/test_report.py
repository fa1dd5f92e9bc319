"""Laws of the command report: what is asked of it stands in its tables, and nothing else does."""

import shutil
from pathlib import Path

import pytest

PREDICTIONS = Path(__file__).resolve().parents[1] / "formats" / "predictions.csv"


@pytest.mark.parametrize("asked", [[], ["--by", "patient"]])
def test_one_answer_per_patient_is_there_when_asked_for(asked, run, tmp_path):
    said = run("report", PREDICTIONS, "--out", tmp_path, *asked)
    table, page = (tmp_path / "table.md").read_text(), (tmp_path / "report.html").read_text()
    for text in (said, table, page):
        assert ("One answer per patient" in text) == bool(asked)
    if asked:
        assert "| mean of log-probabilities |" in table and "images of unknown patients" in table


def test_cv_has_it_too(place, run, tmp_path):
    trees = ["--folds", 3, "--seeds", 1, "--preset", "draft", "--jobs", 1]
    said = run("cv", "--cache", place.folder / "cache", *trees, "--by", "patient", "--out", tmp_path)
    # all of its patients have images of several labels
    assert "One answer per patient Left out" in said and "each one's images that are right" in said


@pytest.mark.parametrize("content", ['image,sha256\n"open', "picture,sha256\na.png,0\n"])
def test_a_list_of_images_that_is_none_is_a_message(run, tmp_path, content):
    shutil.copy(PREDICTIONS, tmp_path)
    (tmp_path / "images.csv").write_text(content)
    assert "images.csv" in run("report", tmp_path / "predictions.csv", "--out", tmp_path / "out", code=2)


@pytest.mark.slow
def test_images_that_settings_lead_to_are_shown_only_when_asked_for(place, run, tmp_path):
    """A stranger's settings may lead to any file of this machine."""
    trees = ["--folds", 3, "--seeds", 1, "--preset", "draft", "--jobs", 1]
    run("cv", "--cache", place.folder / "cache", *trees, "--out", tmp_path)
    (predictions,) = tmp_path.glob("*/predictions.csv")
    pages = {}
    for asked in ([], ["--thumbnails"], ["--data", place.fields]):
        run("report", predictions, "--out", tmp_path / "out", *asked)
        pages[" ".join(map(str, asked[:1]))] = "data:image/jpeg" in (tmp_path / "out" / "report.html").read_text()
    own = "data:image/jpeg" in predictions.with_name("report.html").read_text()
    assert own and pages == {"": False, "--thumbnails": True, "--data": True}
    images = predictions.with_name("images.csv")
    images.write_text("image,sha256\n" + "".join(f"{line.partition(',')[0]},{'0' * 64}\n"
                                                 for line in images.read_text().splitlines()[1:]))  # fmt: skip
    run("report", predictions, "--out", tmp_path / "out", "--thumbnails")
    assert "data:image/jpeg" not in (tmp_path / "out" / "report.html").read_text(), "these are other files"
