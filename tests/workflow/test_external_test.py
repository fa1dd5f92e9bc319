"""The external test of the tiny bundle of tests/formats, end to end, on fields that it has not seen."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from imaging.phantom import draw_field
from tests.blank_figures import figures_left_blank
from tests.place import invoke

BUNDLE = Path(__file__).resolve().parents[1] / "formats" / "tiny.zip"
NEW = 8  # fields of four patients, two of each


def save_field(path, label, patient, seed):
    field = draw_field(label, patient, 0, height=72, width=80, seed=seed)
    Image.fromarray(field.image).save(path)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """Eight new fields, one that the bundle was trained on, and a file that is no image; two scanners."""
    folder = tmp_path_factory.mktemp("labelled") / "elsewhere"
    folder.mkdir()
    rows = ["image,label,patient,Scanner"]
    for number in range(NEW):
        label = ("normal", "invasive")[number % 2]
        save_field(folder / f"new{number}.bmp", label, f"q{number // 2}", seed=number + 1)
        patient = "P 03" if number == 7 else f"q{number // 2}"
        rows.append(f"new{number}.bmp,{label},{patient},{'AB'[number // 4]}")
    save_field(folder / "trained.bmp", "normal", "p0", seed=0)
    (folder / "broken.bmp").write_text("no image")
    rows += ["trained.bmp,normal,p0,A", "broken.bmp,invasive,q9,B"]
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def outcome(labelled, tmp_path_factory):
    """The folder of the test, and what was printed."""
    out = tmp_path_factory.mktemp("outcome") / "test"
    with figures_left_blank():
        said = invoke("evaluate", BUNDLE, "--data", labelled, "--by", "scanner,patient", "--prevalence", 0.2,
                      "--out", out, "--jobs", 1, code=3)  # fmt: skip
    return out, said


def test_everything_is_left_behind(outcome):
    out, _ = outcome
    names = {path.name for path in out.iterdir()}
    wanted = {"predictions.csv", "answers.csv", "table.md", "table.csv", "report.html", "evaluate.json", "skipped.csv"}
    assert names >= wanted | {"confusion.png", "roc.png", "decision.png", "calibration.png", "risk.png"}
    facts = json.loads((out / "evaluate.json").read_text())
    assert facts["name"] == "tiny on elsewhere" and (facts["images"], facts["answered"]) == (NEW + 2, NEW + 1)
    numbers = json.loads((out / "numbers.json").read_text())
    assert facts["results"]["measures"]["accuracy"] == numbers["accuracy"]
    assert facts["results"]["by"]["scanner"]["B"]["images"] == 4


def test_the_tables_agree_with_predict(outcome, labelled, run, tmp_path):
    out, _ = outcome
    predictions = pd.read_csv(out / "predictions.csv").set_index("image")
    answers = pd.read_csv(out / "answers.csv", keep_default_na=False).set_index("image")
    assert list(predictions) == ["label", "patient", "fold", "model", "p_invasive", "p_normal"]
    assert len(predictions) == NEW + 1 and len(answers) == NEW + 2 and (predictions["fold"] == 1).all()
    said = run("predict", BUNDLE, labelled / "new3.bmp", "--out", tmp_path / "x.csv", "--jobs", 1)
    assert "has labels" not in said
    alone = pd.read_csv(tmp_path / "x.csv").iloc[0]
    assert_allclose(predictions.loc["new3.bmp", "p_invasive"], alone["raw_invasive"], rtol=1e-9)
    assert answers.loc[str(labelled / "new3.bmp"), "class"] == alone["class"]


def test_the_report_says_what_was_tested(outcome):
    out, said = outcome
    table = (out / "table.md").read_text()
    page = (out / "report.html").read_text()
    for title in ("As cross-validation promised?", "Operating point", "Decision curve", "Slope and intercept",
                  "Conformal sets", "Out of distribution", "By scanner", "One answer per patient", "Leaks",
                  "Classes"):  # fmt: skip
        assert title in table and title in page, title
    assert "prevalence of 20.0 %" in table and "frozen in the bundle" in table
    assert "external test report" in page and "1 folds" not in page
    assert "Accuracy by fold" not in table and "Choosing the threshold" not in table
    right = pd.read_csv(out / "predictions.csv")
    accuracy = np.mean((right["p_invasive"] > right["p_normal"]) == (right["label"] == "invasive"))
    assert f"{100 * accuracy:.1f} [" in table
    assert "| accuracy | 62.5 [" in table and f"| {100 * accuracy:.1f} |" in table
    assert "As cross-validation promised?" in said


def test_leaks_and_unreadable_images_are_told(outcome):
    out, said = outcome
    assert "trained on 1 of these very images" in said
    assert "1 patients are named as patients of the training, such as p0" in said
    assert "here and in the training may be one patient: 'P 03' and 'p3'; if so, these are no new patients" in said
    assert "left out: broken.bmp" in said and "columns not used" not in said
    assert list(pd.read_csv(out / "skipped.csv")["image"]) == ["broken.bmp"]
    assert "1 test images are files that the models were trained on" in (out / "table.md").read_text()


def test_what_cannot_be_tested_is_refused_before_any_work(labelled, run, tmp_path):
    table = tmp_path / "other.csv"
    rows = pd.read_csv(labelled / "manifest.csv").replace({"label": {"invasive": "lymphoma"}})
    rows["image"] = [str(labelled / name) for name in rows["image"]]
    rows.to_csv(table, index=False)
    assert "cannot answer: lymphoma" in run("evaluate", BUNDLE, "--data", table, code=2)
    said = run("evaluate", BUNDLE, "--data", labelled, "--by", "stain", code=2)
    assert "has no column stain" in said and "Scanner" in said
    assert "between 0 and 1" in run("evaluate", BUNDLE, "--data", labelled, "--prevalence", 1, code=2)


def test_predict_proposes_the_test_where_labels_are_at_hand(labelled, run, tmp_path):
    said = run("predict", BUNDLE, labelled, "--views", 1, "--out", tmp_path / "x.csv", "--jobs", 1, code=3)
    assert f"evaluate {BUNDLE} --data {labelled}" in said


def test_predict_answers_for_patients(labelled, run, tmp_path):
    rows = pd.read_csv(labelled / "manifest.csv").iloc[[0, 1, 2]]
    rows["patient"] = ["q0", "q0", ""]
    table = labelled / "some.csv"
    rows[["image", "patient"]].to_csv(table, index=False)
    out = tmp_path / "x.csv"
    said = run("predict", BUNDLE, table, "--by", "patient", "--views", 1, "--out", out, "--jobs", 1)
    assert "one answer for each patient in" in said and "has labels" not in said
    images = pd.read_csv(out)[["raw_invasive", "raw_normal"]].iloc[:2].to_numpy()
    (patient,) = pd.read_csv(tmp_path / "x-patients.csv").to_dict("records")
    assert (patient["patient"], patient["images"]) == ("q0", 2)
    together = np.sqrt(images.prod(axis=0))
    assert_allclose(patient["raw_invasive"], together[0] / together.sum(), rtol=1e-6)
    assert patient["class"] == ("invasive" if together[0] > together[1] else "normal")
    assert patient["score"] == patient["raw_invasive"] and patient["call"] in ("positive", "negative")
    assert "no patient is known" in run(
        "predict", BUNDLE, labelled / "new1.bmp", "--by", "patient", "--out", out, code=2
    )
