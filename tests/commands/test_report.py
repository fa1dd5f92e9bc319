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


def test_patients_in_two_spellings_are_told_and_counted_among_the_leaks(run, tmp_path):
    written = PREDICTIONS.read_text().replace(",p1,", ",001,").replace(",p3,", ",1,")
    (tmp_path / "own.csv").write_text(written)
    said = run("report", tmp_path / "own.csv", "--out", tmp_path / "out")
    assert "warning: may be one patient: '001' and '1';" in said
    assert "may be in training under another spelling" in said and "perhaps same patient" in said
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Test images whose patient may be in training under another spelling: " in page


@pytest.mark.parametrize("table", ["own.csv", "patients.csv"])
def test_words_for_unknown_are_no_patients_unless_as_written(table, run, tmp_path):
    files = {"own.csv": PREDICTIONS.read_text().replace(",p1,", ",NA,"), "patients.csv": "image,patient\n"}
    files["patients.csv"] += "invasive1.bmp,NA\n"
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    more = ["--patients", tmp_path / table] if table == "patients.csv" else []
    said = run("report", tmp_path / "own.csv", *more, "--out", tmp_path / "out")
    assert f"{table}: " in said and "have a word for unknown in place of a patient ('NA'" in said
    as_written = run("report", tmp_path / "own.csv", *more, "--patients-as-written", "--out", tmp_path / "out")
    assert "in place of a patient" not in as_written and "words for unknown count as patients: 'NA'" in as_written
