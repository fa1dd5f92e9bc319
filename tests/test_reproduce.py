"""docs/REPRODUCE.md can be followed: its commands run as they stand there, on synthetic fields named as the images.

Only what makes a run long is shortened: small crops of a small network with drawn weights, few views and trees.
"""

import re
import shlex
import shutil
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from imaging.phantom import draw_field

ROOT = Path(__file__).resolve().parents[1]
FACTS = ROOT / "docs" / "iciar2018"
FOLDERS = {"normal": "Normal", "benign": "Benign", "insitu": "InSitu", "invasive": "Invasive"}
SHORTER = {  # options of the document, and what stands in their place here
    "--weights": "random",
    "--crops": "48@0.5",
    "--folds": "3",
}
LEFT_OUT = ("--weights-style",)  # there is no file of Keras here
ADDED = {
    "extract": "--encoders squeezenet1_1 --views 4 --crops-per-view 1 --jobs 1",
    "cv": "--seeds 1 --jobs 1",
}


def commands():
    """The commands of the document in their order, each as its words."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "REPRODUCE.md").read_text(), re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.strip().splitlines()]


def shortened(words):
    """A command that takes seconds."""
    short = []
    words = iter(words)
    for word in words:
        if word in LEFT_OUT:
            next(words)
        elif word in SHORTER:
            next(words)
            short += [word, SHORTER[word]]
        else:
            short.append(word)
    if short[0] == "extract" and "--weights" not in short:
        short += ["--weights", SHORTER["--weights"], "--crops", SHORTER["--crops"]]
    return short + ADDED.get(short[0], "").split()


@pytest.fixture(scope="module")
def some():
    """24 rows of the published answers: 2 of each class in 3 folds, known patients first."""
    published = pd.read_csv(FACTS / "published_cv.csv", dtype=str)
    known = published["image"].isin(pd.read_csv(FACTS / "patients.csv", dtype=str)["image"])
    order = published.assign(unknown=~known).sort_values("unknown", kind="stable")
    rows = order[order["fold"].isin(["1", "2", "3"])].groupby(["fold", "label"]).head(2)
    return rows.drop(columns="unknown")


@pytest.fixture(scope="module")
def place(tmp_path_factory, some):
    """A folder with the images as they are unpacked, and the facts about them in docs."""
    place = tmp_path_factory.mktemp("reproduce")
    for number, (image, label) in enumerate(zip(some["image"], some["label"], strict=True)):
        path = place / "ICIAR2018_BACH_Challenge" / "Photos" / FOLDERS[label] / image
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw_field(label, "p", number, 144, 176, seed=number).image).save(path)
    facts = place / "docs" / "iciar2018"
    facts.mkdir(parents=True)
    some.to_csv(facts / "published_cv.csv", index=False)
    patients = pd.read_csv(FACTS / "patients.csv", dtype=str)
    patients[patients["image"].isin(some["image"])].to_csv(facts / "patients.csv", index=False)
    return place


@pytest.mark.slow
@pytest.mark.usefixtures("blank_figures")
def test_every_step_can_be_followed(place, some, run, monkeypatch):
    monkeypatch.chdir(place)
    said = []
    for program, *words in commands():
        if program == "cp":
            shutil.copy(*words)
            continue
        assert (program, words[0]) == ("python", "pipeline.py")
        said.append((words[1], run(*shortened(words[1:]))))
    short_way, steps = said[:2], said[2:]
    assert [command for command, _ in short_way] == ["extract", "cv"]
    assert [command for command, _ in steps] == ["extract", "cv", "compare", "report", "extract", "cv", "compare"]
    assert "24 images" in steps[0][1] and "squeezenet1_1-48@0.5-faithful" in steps[0][1]
    assert "all done, skipped" in steps[4][1]
    folds = pd.read_csv(place / "results" / "iciar2018" / "folds.csv", dtype=str)
    in_papers = dict(zip(some["image"], some["fold"], strict=True))
    assert {Path(image).name: fold for image, fold in zip(folds["image"], folds["fold"], strict=True)} == in_papers
    by_patient = pd.read_csv(place / "results" / "by_patient" / "iciar2018" / "predictions.csv", dtype=str)
    patients = by_patient.dropna(subset="patient").groupby("patient")["fold"].nunique()
    assert len(patients) > 1 and (patients == 1).all()
    assert (place / "results" / "published" / "report.html").is_file()


def test_the_published_answers_have_the_published_accuracy():
    published = pd.read_csv(FACTS / "published_cv.csv")
    right = published["label"] == published["predicted"]
    folds = 100 * right.groupby(published["fold"]).mean()
    assert len(published) == 400 and folds.mean() == pytest.approx(87.25)
    assert folds.std(ddof=0) == pytest.approx(2.61, abs=0.005)
    carcinoma = published["label"].isin(["insitu", "invasive"])
    assert ((published["p_carcinoma"] >= 0.5) == carcinoma).mean() == pytest.approx(0.9375)


def test_the_known_patients_are_those_of_images_that_there_are():
    published, patients = pd.read_csv(FACTS / "published_cv.csv"), pd.read_csv(FACTS / "patients.csv")
    assert patients["image"].is_unique and patients["image"].isin(published["image"]).all()
    assert (len(patients), patients["patient"].nunique()) == (145, 29)
    fold_of = dict(zip(published["image"], published["fold"], strict=True))
    folds = patients["image"].map(fold_of)
    elsewhere = [
        ((patients["patient"] == patient) & (folds != fold)).any()
        for patient, fold in zip(patients["patient"], folds, strict=True)
    ]
    assert sum(elsewhere) == 138
