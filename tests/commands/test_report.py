"""Laws of the command report: what is asked of it stands in its tables, and nothing else does."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cohort.predictions import read_predictions

pytestmark = pytest.mark.usefixtures("blank_figures")
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
    quick = ["--folds", 3, "--heads", "centroid", "--jobs", 1]
    said = run("cv", "--cache", place.folder / "cache", *quick, "--by", "patient", "--out", tmp_path, "--verbose")
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
    quick = ["--folds", 3, "--heads", "centroid", "--jobs", 1]
    run("cv", "--cache", place.folder / "cache", *quick, "--out", tmp_path)
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


@pytest.mark.parametrize("name", ["predictions.csv", "fused.csv"])
def test_our_own_tables_are_read_to_the_bit_and_without_a_word(name):
    path, notices = PREDICTIONS.with_name(name), []
    table = read_predictions(path, warn=notices.extend)
    texts = pd.read_csv(path, dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(table, texts[list(table)].astype(dict(table.dtypes)), check_exact=True)
    assert notices == []


def write_answers(path, folds, swapped=False):
    """Sixty answers in per cent, nearly all of them right; with swapped columns, nearly all wrong."""
    rng = np.random.default_rng(0)
    truth = np.arange(60) % 2  # (n,)
    score = np.clip(30 + 40 * truth + rng.normal(0, 10, 60), 1, 99).round(1)
    table = pd.DataFrame({"image": [f"i{k}" for k in range(60)], "label": np.array(["benign", "malignant"])[truth]})
    table["patient"] = [f"P{k // 4}" for k in range(60)]
    if folds:
        table["fold"] = [f"fold_{k // 4 % folds}" for k in range(60)]
    names = ["benign", "malignant"][:: -1 if swapped else 1]
    table[names[0]], table[names[1]] = (100 - score).round(1), score
    table.to_csv(path, sep=";", decimal=",", encoding="utf-16")


def test_a_foreign_table_is_reported_and_what_was_guessed_is_said(run, tmp_path):
    write_answers(tmp_path / "t.csv", folds=5)
    said = run("report", tmp_path / "t.csv", "--out", tmp_path)
    assert "note: t.csv: the probabilities of model are percentages and are divided by 100" in said
    assert "swapped" not in said and "not known" not in said
    assert json.loads((tmp_path / "numbers.json").read_text())["folds"] == 5


@pytest.mark.parametrize("folds", [0, 1])
def test_of_one_fold_leaks_are_not_known_and_nothing_is_fitted(folds, run, tmp_path):
    write_answers(tmp_path / "t.csv", folds)
    said = run("report", tmp_path / "t.csv", "--out", tmp_path)
    assert "Leaks are not known: the training images are not in this table" in said
    page, table = (tmp_path / "report.html").read_text(), (tmp_path / "table.md").read_text()
    assert page.count("the training images are not in this table") == 3  # Read with care, Leaks, the checklist
    assert "No test image is known" not in page and "temperature" not in table
    assert ("warning: t.csv has no column of folds" in said) == (folds == 0)


def test_swapped_columns_are_said_at_the_terminal_and_on_the_page(run, tmp_path):
    write_answers(tmp_path / "t.csv", folds=5, swapped=True)
    said = run("report", tmp_path / "t.csv", "--out", tmp_path)
    assert "warning: columns may be swapped: AUC of malignant 0.0" in said
    assert "Columns may be swapped" in (tmp_path / "report.html").read_text()
