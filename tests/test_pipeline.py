"""The commands, end to end, on synthetic fields and random weights."""

import json
import shutil
import socket

import numpy as np
import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

import pipeline
from cohort.phantom_cohort import write_phantoms
from featurize.store.store import Store
from imaging.phantom import phantoms
from pipeline import app, cv, extract
from tests.blank_figures import figures_left_blank
from tests.featurize.store.cached_rows import read_row

SMALL = ["--encoders", "squeezenet1_1", "--weights", "random", "--scale", "1", "--crops", "96,128",
         "--views", "3", "--crops-per-view", "1", "--jobs", "1"]  # fmt: skip
QUICK = ["--heads", "centroid", "--jobs", "1"]  # for what does not depend on what is trained


def run(*arguments, code=0):
    """Run a command in this process; returns what it printed."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with 24 fields of 4 patients, described."""
    folder = tmp_path_factory.mktemp("line")
    write_phantoms(folder / "fields", phantoms(per_class=6, patients=3, height=192, width=256))
    said = run("extract", "--data", folder / "fields" / "manifest.csv", "--cache", folder / "cache", *SMALL)
    assert "24 images (6 benign" not in said, "classes come in the order of ICIAR 2018"
    assert "24 images (6 normal, 6 benign, 6 insitu, 6 invasive), 3 known patients" in said
    assert "144 crops to do on cpu" in said
    return folder


@pytest.fixture(scope="module")
def results(place):
    """A cross-validation of them."""
    run("cv", "--folds", 3, "--seeds", 2, "--cache", place / "cache", "--out", place / "results", "--jobs", 1)
    return place / "results" / "fields"


def test_cv_writes_everything_that_the_readme_promises(results):
    names = {path.name for path in results.iterdir() if not path.name.startswith(".")}
    assert names == {"predictions.csv", "fused.csv", "folds.csv", "images.csv", "table.md", "table.csv", "roc.png",
                     "confusion.png", "calibration.png", "risk.png", "settings.json", "run.toml", "report.html",
                     "numbers.json", "whole_image_answers.csv", "audit.json", "audit-images.csv", "audit-shares.png",
                     "audit-colour.png", "audit-files.png", "warnings.txt"}  # fmt: skip
    table = pd.read_csv(results / "predictions.csv")
    assert list(table) == [
        "image",
        "label",
        "patient",
        "fold",
        "model",
        "p_normal",
        "p_benign",
        "p_insitu",
        "p_invasive",
    ]
    assert len(table) == 24 * 2 * 2  # variants, heads
    settings = json.loads((results / "settings.json").read_text())
    assert settings["heads"] == ["trees", "logistic"] and settings["class_weights"] == "none"
    assert settings["boost"]["seeds"] == 2 and settings["sets"] == "marginal"
    assert set(settings["variants"]) == {"squeezenet1_1-96@1", "squeezenet1_1-128@1"}


def test_no_patient_is_split(results):
    table = pd.read_csv(results / "predictions.csv")
    assert (table.groupby("patient")["fold"].nunique() == 1).all()


def test_report_repeats_what_cv_wrote(results, tmp_path):
    run("report", results / "predictions.csv", "--out", tmp_path, "--thumbnails")
    for name in ("table.md", "table.csv", "roc.png", "confusion.png", "calibration.png", "risk.png", "report.html"):
        assert (tmp_path / name).read_bytes() == (results / name).read_bytes()


@pytest.mark.usefixtures("blank_figures")
def test_sets_by_class_are_made_again_by_report_from_the_settings(place, results, tmp_path):
    asked = ["--folds", 3, "--seeds", 2, "--cache", place / "cache", "--jobs", 1]
    run("cv", *asked, "--out", tmp_path, "--sets", "class")
    again = tmp_path / "fields"
    assert (again / "predictions.csv").read_bytes() == (results / "predictions.csv").read_bytes()
    assert json.loads((again / "settings.json").read_text())["sets"] == "class"
    assert "(class-conditional sets)" in (again / "table.md").read_text()
    assert "(marginal sets)" in (results / "table.md").read_text()
    run("report", again / "predictions.csv", "--out", tmp_path / "out")
    assert (tmp_path / "out" / "table.md").read_bytes() == (again / "table.md").read_bytes()


@pytest.mark.usefixtures("blank_figures")
def test_report_names_the_positive_classes_that_it_was_asked_for(results, tmp_path):
    run("report", results / "predictions.csv", "--positive", "benign", "--out", tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Positive: benign" in page and '<th scope="row">positive</th><td>benign</td>' in page


@pytest.mark.usefixtures("blank_figures")
def test_report_takes_patients_from_a_second_file(results, tmp_path):
    table = pd.read_csv(results / "predictions.csv")
    shutil.copy(results / "settings.json", tmp_path)  # they say that probabilities are recalibrated
    table[["image", "patient"]].drop_duplicates().to_csv(tmp_path / "patients.csv", index=False)
    table.drop(columns="patient").to_csv(tmp_path / "without.csv", index=False)
    table.assign(patient="").to_csv(tmp_path / "empty.csv", index=False)
    known = run("report", results / "predictions.csv", "--out", tmp_path / "known")
    intervals = known[known.index("All images together") : known.index("Better than a guess")]
    for name in ("without.csv", "empty.csv"):
        said = run("report", tmp_path / name, "--patients", tmp_path / "patients.csv", "--out", tmp_path / "out")
        assert intervals in said and "Patients are unknown" not in said


def test_what_is_done_is_skipped_and_says_so(place):
    before = {path: path.read_bytes() for path in (place / "cache").rglob("*.h5")}
    said = run("extract", "--data", place / "fields" / "manifest.csv", "--cache", place / "cache", *SMALL)
    assert said.count("all done, skipped") == 2
    assert before == {path: path.read_bytes() for path in (place / "cache").rglob("*.h5")}


def test_limit_takes_all_classes_and_the_rest_follows(place, tmp_path):
    options = ["--data", place / "fields" / "manifest.csv", "--cache", tmp_path / "cache", *SMALL]
    assert "4 of 4 images to do" in run("extract", *options, "--limit", 4)
    said = run("cv", "--cache", tmp_path / "cache", "--folds", 2, code=2)
    assert "use fewer folds" in said or "2 folds need" in said
    assert "20 of 24 images to do" in run("extract", *options)
    whole = {path.name: path.read_bytes() for path in (place / "cache").rglob("*.h5")}
    assert whole == {path.name: path.read_bytes() for path in (tmp_path / "cache").rglob("*.h5")}


@pytest.mark.usefixtures("blank_figures")
def test_a_table_of_labels_keeps_the_known_patients_and_says_what_it_leaves_out(place, tmp_path):
    manifest = pd.read_csv(place / "fields" / "manifest.csv")
    manifest[["image", "label"]].iloc[1:].to_csv(tmp_path / "labels.csv", index=False)
    said = run("cv", "--folds", 3, *QUICK, "--cache", place / "cache", "--out", tmp_path,
               "--labels", tmp_path / "labels.csv")  # fmt: skip
    assert "names 23 of the 24 images" in said and "3 patients share a fold" in said
    table = pd.read_csv(tmp_path / "fields" / "predictions.csv")
    assert (table.groupby("patient")["fold"].nunique() == 1).all()


def test_a_wrong_positive_class_is_told_before_any_work_and_nothing_is_written(place, tmp_path):
    said = run("cv", "--cache", place / "cache", "--out", tmp_path, "--folds", 3, "--positive", "insitu,other", code=2)
    assert "other" in said and not list(tmp_path.iterdir())


def test_a_dry_run_tells_work_and_time_for_each_preset_and_writes_nothing(place, tmp_path):
    options = ["--data", place / "fields" / "manifest.csv", "--cache", tmp_path / "cache", *SMALL]
    said = run("extract", *options, "--dry-run")
    assert said.count(" exact ") == said.count(" dense ") == 3 and "Mpx" in said
    assert "24 images (" in said and "known patients" in said, "and what it is about, with all that is noticed"
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("blank_figures")
def test_exact_and_dense_are_never_mixed(place, tmp_path):
    shutil.copytree(place / "cache", tmp_path / "cache")
    options = ["--data", place / "fields" / "manifest.csv", "--cache", tmp_path / "cache", *SMALL]
    run("extract", *options, "--mode", "dense")
    cv = ["cv", "--cache", tmp_path / "cache", "--out", tmp_path, "--folds", 3, *QUICK]
    assert "never mixed" in run(*cv, "--variants", "*", code=2)
    said = run(*cv)
    assert "of the latest extract, whose answers are averaged: squeezenet1_1-96@1-dense, squeezenet1_1-128" in said
    assert "--variants squeezenet1_1-96@1,squeezenet1_1-128@1` takes those" in said


@pytest.mark.usefixtures("blank_figures")
def test_given_folds_are_used_and_a_split_patient_is_refused(place, tmp_path):
    manifest = pd.read_csv(place / "fields" / "manifest.csv")
    folds = manifest.assign(fold=manifest["patient"].str[1:].astype(int) + 1)
    folds.to_csv(tmp_path / "folds.csv", index=False)
    common = ["--cache", place / "cache", "--out", tmp_path, *QUICK, "--folds-file", tmp_path / "folds.csv"]
    run("cv", *common)
    used = pd.read_csv(tmp_path / "fields" / "folds.csv").set_index("image")["fold"]
    assert used.to_dict() == folds.set_index("image")["fold"].to_dict()
    manifest.assign(fold=(np.arange(24) + 2) // 4 % 3 + 1).to_csv(tmp_path / "folds.csv", index=False)
    assert "a patient's images must share a fold" in run("cv", *common, code=2)
    assert "patients are ignored" in run("cv", *common, "--groups", "none")


def test_the_report_shows_the_worst_images_and_the_settings(results):
    page = (results / "report.html").read_text(encoding="utf-8")
    table = pd.read_csv(results / "fused.csv")
    classes = table.filter(like="p_").idxmax(axis=1).str.removeprefix("p_")
    gallery = page[page.index("<h2>The worst errors</h2>") :]
    assert gallery.count("data:image/jpeg") == min(10, int((classes != table["label"]).sum())) > 0
    assert "<h1>fields</h1>" in page and "squeezenet1_1-128@1" in page and "image not at hand" not in page


def test_report_gives_the_published_numbers(shared, tmp_path):
    said = run("report", shared / "iciar2018" / "published_cv.csv", "--out", tmp_path)
    for number in ("87.25", "2.61", "93.75 ± 2.30", "0.9734", "96.5", "88.0", "93.0", "94.5"):
        assert number in said
    assert (tmp_path / "roc.png").stat().st_size > 10_000
    assert "written to" in said


@pytest.mark.usefixtures("blank_figures")
def test_report_shows_the_published_leak_and_an_honest_split_beside_it(shared, tmp_path):
    data = shared / "iciar2018"
    said = run("report", data / "published_cv.csv", "--patients", data / "patients.csv", "--out", tmp_path)
    assert "138 of the 145 test images whose patient is known" in said and "0 of 145 would" in said
    assert "The patient of 255 images is unknown" in said


def test_a_learning_curve_is_drawn_and_found_again_by_report(place, tmp_path):
    manifest = pd.read_csv(place / "fields" / "manifest.csv")
    patients = "p" + manifest.groupby("label").cumcount().astype(str)  # six, with an image of each class
    manifest.assign(patient=patients).to_csv(tmp_path / "labels.csv", index=False)
    cv = ["cv", "--cache", place / "cache", "--out", tmp_path, "--labels", tmp_path / "labels.csv", "--heads", "trees",
          "--seeds", 1, "--jobs", 1, "--variants", "squeezenet1_1-96@1", "--folds"]  # fmt: skip
    assert "for all that was asked, --folds 6 works" in run(*cv, 2, "--learning-curve", code=2)
    assert "Half of the patients are too few to learn from" in run(*cv, 6, "--learning-curve")
    folder = tmp_path / "fields"
    curve = pd.read_csv(folder / "learning.csv")
    assert set(curve["patients"]) == {4, 5} and (folder / "learning.png").stat().st_size > 10_000
    whole = curve[(curve["measure"] == "accuracy") & (curve["share"] == 1)]["value"].item()
    assert whole == pytest.approx(np.mean(hits(folder / "fused.csv")), abs=1e-6)
    run("report", folder / "predictions.csv", "--out", tmp_path / "again")
    for name in ("table.md", "learning.csv", "learning.png"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
    with figures_left_blank():
        assert "Learning curve" not in run(*cv, 6) and not list(folder.glob("learning*"))
    said = run(*cv, 3, "--groups", "none", "--learning-curve", code=2)
    assert "6 patients are in several folds" in said and "leave --groups none" in said


@pytest.fixture
def one_strength(monkeypatch):
    """Of logistic regression, which otherwise fits eleven to choose one of them: for tests that train many."""
    monkeypatch.setattr("boost.heads.fitting.strength.STRENGTHS", (1.0,))


@pytest.mark.usefixtures("blank_figures", "one_strength")
def test_the_interval_of_the_procedure_tells_its_cost_and_is_found_again_by_report(place, tmp_path):
    manifest = pd.read_csv(place / "fields" / "manifest.csv")
    patients = "p" + manifest.groupby("label").cumcount().astype(str)  # six, with an image of each class
    manifest.assign(patient=patients).to_csv(tmp_path / "labels.csv", index=False)
    cv = ["cv", "--cache", place / "cache", "--out", tmp_path, "--labels", tmp_path / "labels.csv", "--seeds", 1,
          "--jobs", 1, "--folds"]  # fmt: skip
    variants = len(list((place / "cache" / "fields").glob("*.h5")))
    said = run(*cv, 6, "--procedure-interval")
    assert f"{15 * variants * 2} models more" in said and "of the whole procedure" in said
    folder = tmp_path / "fields"
    numbers = json.loads((folder / "numbers.json").read_bytes())
    assert numbers["procedure_accuracy"]["value"] == numbers["accuracy"]["value"]
    assert "nested cross-validation" in (folder / "report.html").read_text()
    run("report", folder / "predictions.csv", "--out", tmp_path / "again")
    for name in ("table.md", "numbers.json"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
    before = (folder / "nested_answers.csv").read_bytes()
    run(*cv, 6, "--procedure-interval")
    assert (folder / "nested_answers.csv").read_bytes() == before
    run(*cv, 6)
    assert not (folder / "nested_answers.csv").exists()
    assert "for all that was asked, --folds 6 works" in run(*cv, 2, "--procedure-interval", code=2)
    said = run(*cv, 3, "--groups", "none", "--procedure-interval", code=2)
    assert "6 patients are in several folds" in said and "leave --groups none" in said


@pytest.mark.usefixtures("blank_figures", "one_strength")
def test_all_heads_stand_beside_the_default_and_what_is_chosen_inside_is_found_again(place, tmp_path, monkeypatch):
    manifest = pd.read_csv(place / "fields" / "manifest.csv")
    patients = "p" + manifest.groupby("label").cumcount().astype(str)  # six, with an image of each class
    manifest.assign(patient=patients).to_csv(tmp_path / "labels.csv", index=False)
    cv = ["cv", "--cache", place / "cache", "--out", tmp_path, "--labels", tmp_path / "labels.csv", "--seeds", 1,
          "--jobs", 1, "--variants", "squeezenet1_1-96@1", "--folds"]  # fmt: skip
    run(*cv, 6)
    folder = tmp_path / "fields"
    default = (folder / "fused.csv").read_bytes()
    said = run(*cv, 6, "--heads", "all")
    assert "the result is that of the default alone" in said
    assert "Only the default and what is chosen inside may be quoted as the result" in (folder / "table.md").read_text()
    assert (folder / "fused.csv").read_bytes() == default, "the result is that of the default alone"
    assert pd.read_csv(folder / "predictions.csv")["model"].nunique() == 5
    choices = pd.read_csv(folder / "chosen_inside.csv")
    assert choices["chosen"].sum() == 6 and len(choices) == 6 * 6
    assert len(pd.read_csv(folder / "inner_answers.csv")) == 24 * 5 * 5  # images, folds left out beside, heads
    numbers = json.loads((folder / "numbers.json").read_bytes())
    assert numbers["heads"]["blend"]["accuracy"] == numbers["accuracy"] and len(numbers["chosen_inside"]["folds"]) == 6
    run("report", folder / "predictions.csv", "--thumbnails", "--out", tmp_path / "again")
    for name in ("table.md", "numbers.json", "report.html"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
    assert "+0.0 [" in run("compare", folder, folder / "fused.csv"), "compare takes the result of the default too"
    before = {path.name: path.read_bytes() for path in folder.glob("*.csv")}
    with monkeypatch.context() as patch:
        patch.setattr("boost.ensemble.train_models", None)
        patch.setattr("boost.heads.fitting.strength.choose_strength", None)
        run(*cv, 6, "--heads", "all")  # what was kept is not trained again
    assert {path.name: path.read_bytes() for path in folder.glob("*.csv")} == before
    said = run(*cv, 3, "--heads", "all")
    assert "nothing is chosen inside: without folds 1 and 2 a class" in said
    assert "Left out: without folds 1 and 2 a class" in (folder / "table.md").read_text()
    assert not (folder / "chosen_inside.csv").exists() and not (folder / "inner_answers.csv").exists()
    assert "'all' is not one of" in run("fit", "--cache", place / "cache", "--heads", "all", code=2)


@pytest.mark.usefixtures("blank_figures")
def test_other_splits_are_trained_again_and_found_again_by_report(place, tmp_path):
    cv = ["cv", "--cache", place / "cache", "--out", tmp_path, "--heads", "centroid", "--groups", "none", "--jobs", 1]
    said = run(*cv, "--folds", 3, "--repeats", 3, "--verbose")
    assert "seed 1013" in said and "seed 2013" in said and "no confidence interval" in said
    folder = tmp_path / "fields"
    table = pd.read_csv(folder / "repeated_answers.csv")
    run(*cv, "--folds", 3, "--seed", 1013)
    alone = pd.read_csv(folder / "fused.csv")
    again = table[table["seed"] == 1013].reset_index(drop=True)
    pd.testing.assert_frame_equal(again[["image", "fold", "p_normal"]], alone[["image", "fold", "p_normal"]])
    assert not (folder / "repeated_answers.csv").exists() and "Other splits" not in (folder / "table.md").read_text()
    run(*cv, "--folds", 3, "--repeats", 3)
    run("report", folder / "predictions.csv", "--thumbnails", "--out", tmp_path / "again")
    for name in ("table.md", "numbers.json", "report.html"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
    said = run(*cv, "--folds-file", folder / "folds.csv", "--repeats", 3, code=2)
    assert "folds of a file or of a column cannot be drawn again; leave --repeats out" in said


@pytest.mark.usefixtures("blank_figures")
def test_images_of_unknown_patients_stand_alone_together_or_are_only_trained_on(place, tmp_path):
    """Of the 24 images, 16 are of four known patients with an image of each class."""
    shutil.copytree(place / "fields", tmp_path / "fields")
    manifest = pd.read_csv(tmp_path / "fields" / "manifest.csv")
    turn = manifest.groupby("label").cumcount()
    manifest["patient"] = np.where(turn < 4, "p" + turn.astype(str), "")
    manifest.to_csv(tmp_path / "fields" / "manifest.csv", index=False)
    where = ["--cache", tmp_path / "cache", "--out", tmp_path / "results", "--jobs", 1]
    run("extract", "--data", tmp_path / "fields" / "manifest.csv", *where, "--encoders", "squeezenet1_1", "--scale", 1,
        "--weights", "random", "--crops", 64, "--views", 3, "--crops-per-view", 1)  # fmt: skip
    cv = ["cv", *where, "--heads", "centroid", "--folds", 4, "--unknown-patients"]
    assert "8 images of unknown patients stand alone" in run(*cv, "own")
    assert "warning: 8 images of unknown patients are held out together" in run(*cv, "one-group")
    said = run(*cv, "train-only", "--verbose")
    assert "8 images of unknown patients are always trained on and never tested" in said
    assert "any of them may be of a patient who was tested" in said
    results = tmp_path / "results" / "fields"
    assert (pd.read_csv(results / "folds.csv")["fold"] == 0).sum() == 8
    assert len(pd.read_csv(results / "predictions.csv")) == 16
    run("report", results / "predictions.csv", "--out", tmp_path / "again")
    assert (tmp_path / "again" / "table.md").read_bytes() == (results / "table.md").read_bytes()


@pytest.mark.usefixtures("blank_figures")
def test_folds_that_split_patients_are_shown_beside_an_honest_split(place, tmp_path):
    manifest = pd.read_csv(place / "fields" / "manifest.csv")
    manifest.assign(fold=np.arange(24) % 3 + 1).to_csv(tmp_path / "folds.csv", index=False)
    said = run("cv", "--cache", place / "cache", "--out", tmp_path, *QUICK, "--groups", "none",
               "--folds-file", tmp_path / "folds.csv", "--verbose")  # fmt: skip
    assert "of the 24 test images whose patient is known" in said and "0 of 24 would" in said


def test_images_that_cannot_be_used_stop_the_work_or_are_skipped_and_listed(place, tmp_path):
    shutil.copytree(place / "fields", tmp_path / "fields")
    names = pd.read_csv(tmp_path / "fields" / "manifest.csv")["image"]
    (tmp_path / "fields" / names[0]).write_bytes(b"")
    (tmp_path / "fields" / names[1]).write_text("no image")
    options = ["--data", tmp_path / "fields" / "manifest.csv", "--cache", tmp_path / "cache", "--out", tmp_path, *SMALL]
    said = run("extract", *options, code=2)
    assert names[0] in said and names[1] in said and not (tmp_path / "cache").exists()
    said = run("extract", *options, "--on-error", "skip", code=3)
    assert "2 images were skipped" in said and "done: 22 images" in said
    skipped = pd.read_csv(tmp_path / "fields" / "skipped.csv")
    assert sorted(skipped["image"]) == sorted(names[:2]) and skipped["reason"].str.len().gt(20).all()
    shutil.copytree(place / "fields", tmp_path / "fields", dirs_exist_ok=True)
    run("extract", *options)
    assert not (tmp_path / "fields" / "skipped.csv").exists()
    whole = {path.name: path.read_bytes() for path in (place / "cache").rglob("*.h5")}
    assert whole == {path.name: path.read_bytes() for path in (tmp_path / "cache").rglob("*.h5")}


def test_what_is_not_taken_is_told_and_listed_and_a_layout_can_be_said(place, tmp_path):
    for number, path in enumerate(sorted((place / "fields").glob("*.png"))):
        label, patient, _ = path.stem.split("_")
        copy = tmp_path / "set" / label / patient / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
        if number < 5:
            (tmp_path / "set" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "set" / "1.svs").write_bytes(b"x")
    options = ["--data", tmp_path / "set", "--cache", tmp_path / "cache", "--out", tmp_path / "results", *SMALL]
    for path in (tmp_path / "set").glob("*.png"):
        path.rename(tmp_path / "set" / "normal" / path.name)
    assert "lie deeper" in run("extract", *options, code=2)
    said = run("extract", *options, "--layout", "class/patient")
    assert "3 known patients" in said and "not taken: 5 images outside class/patient/ (.png), 1 slide (.svs)" in said
    skipped = pd.read_csv(tmp_path / "results" / "set" / "skipped.csv")
    assert (skipped["what"] == "not taken").all() and sorted(skipped["ending"]) == [".png"] * 5 + [".svs"]
    assert "--magnification 40 speaks" in run("extract", *options, "--layout", "class/patient", "--magnification", "40",
                                              code=2)  # fmt: skip


@pytest.mark.usefixtures("blank_figures")
def test_an_image_that_changes_is_an_error_on_cv_and_redone_on_extract(place, tmp_path):
    shutil.copytree(place / "fields", tmp_path / "fields")
    shutil.copytree(place / "cache", tmp_path / "cache")
    options = ["--data", tmp_path / "fields" / "manifest.csv", "--cache", tmp_path / "cache", "--out", tmp_path, *SMALL]
    run("extract", *options)  # the cache knows these files from now on
    name = pd.read_csv(tmp_path / "fields" / "manifest.csv")["image"][0]
    other = pd.read_csv(tmp_path / "fields" / "manifest.csv")["image"][1]
    (tmp_path / "fields" / name).write_bytes((tmp_path / "fields" / other).read_bytes() + b" ")
    cv = ["cv", "--cache", tmp_path / "cache", "--out", tmp_path / "results", "--folds", 3, *QUICK]
    assert f"1 images have changed since they were described: {name}" in run(*cv, code=2)
    assert "1 of 24 images to do" in run("extract", *options)
    run(*cv)


@pytest.fixture
def no_network(monkeypatch):
    """Every attempt to reach another machine fails the test."""

    def refuse(*arguments, **named):
        pytest.fail(f"a network call: {arguments}")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.mark.parametrize("how", ["--offline", "HF_HUB_OFFLINE"])
def test_offline_no_command_makes_a_network_call(place, tmp_path, monkeypatch, no_network, how):
    offline = [how] if how.startswith("-") else monkeypatch.setenv(how, "1") or []
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "empty"))
    options = ["--data", place / "fields" / "manifest.csv", "--cache", tmp_path / "cache"]
    said = run("extract", *options, "--encoders", "resnet50", "--scale", 1, "--crops", 96, *offline, code=2)
    assert "must not be downloaded" in said and "https://download.pytorch.org" in said
    run("extract", *options, *SMALL, "--limit", 4, *offline)
    said = run("doctor", *offline, code=1)
    assert "the paper's run cannot start: weights of resnet50" in said
    assert "resnet50, inception_v3, vgg16; for one small network: python pipeline.py doctor --encoders " in said


@pytest.mark.usefixtures("no_network", "blank_figures")
def test_no_command_on_descriptors_makes_a_network_call(place, tmp_path):
    run("cv", "--cache", place / "cache", "--out", tmp_path, "--folds", 3, "--seeds", 1, "--jobs", 1)
    run("report", tmp_path / "fields" / "predictions.csv", "--out", tmp_path / "again")


def test_the_doctor_tells_what_there_is_and_whether_the_run_can_start(place):
    said = run("doctor", "--cache", place / "cache", "--weights", "random")
    for word in ("python", "memory", "disk", "writing", "3 files, 72 rows", "all checksums right", "can start"):
        assert word in said


def test_the_doctor_takes_no_single_file_for_the_weights_of_all_networks(place, tmp_path):
    (tmp_path / "vgg16.pth").touch()
    networks = ["--encoders", "vgg16,resnet50", "--weights", tmp_path / "vgg16.pth"]
    said = run("doctor", "--cache", place / "cache", *networks, code=1)
    assert "is one file" in said and "cannot start: weights" in said and "are here" not in said


def test_the_cache_is_listed_verified_repaired_and_tidied(place, tmp_path):
    shutil.copytree(place / "cache", tmp_path / "cache")
    where = ["--cache", tmp_path / "cache"]
    assert run("cache", "ls", *where).count("24 of 24") == 3  # two variants, and the measures of the audit
    assert "every checksum is right" in run("cache", "verify", *where)
    assert "everything here is in use" in run("cache", "gc", *where)
    file = sorted((tmp_path / "cache").rglob("*.h5"))[0]
    store = Store(file)
    image = store.entries[3].image
    flipped = bytearray(file.read_bytes())
    place_of_row = flipped.find(read_row(store, image).descriptors.tobytes())
    flipped[place_of_row + 10] ^= 1
    file.write_bytes(flipped)
    assert f"{file}: {image}: its row is damaged" in run("cache", "verify", *where, code=1)
    said = run("cache", "repair", *where, "--weights", "random", "--jobs", 1)
    assert "to be done again" in said and "redoing squeezenet1_1" in said
    assert file.read_bytes() == (place / "cache" / "fields" / file.name).read_bytes()
    (file.parent / f".x.{'0' * 32}.part").write_bytes(b"left")
    assert "left by a killed run" in run("cache", "gc", *where, "--yes")
    assert not (file.parent / "x.part").exists()


def test_two_runs_on_one_cache_at_once_are_refused(place):
    from cohort.files.lock import writing

    with writing(place / "cache" / "fields"):
        options = ["--data", place / "fields" / "manifest.csv", "--cache", place / "cache", *SMALL]
        assert "is being written by process" in run("extract", *options, code=2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["extract", "--data", "nowhere"], "does not exist"),
        (["cv", "--cache", "nowhere"], "extract"),
        (["report", "nowhere.csv"], "nowhere.csv"),
        (["extract", "--crops", "big"], "SIZE"),
        (["extract", "--encoders", "resnet51", "--crops", "64"], "known: resnet50"),
        (["extract", "--crops", "650"], "crop 650 does not fit"),
        (["extract", "--scale", "-1"], "scale"),
    ],
)
def test_mistakes_get_a_message_and_a_way_out(place, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    if arguments[0] == "extract" and "--data" not in arguments:
        arguments = [*arguments, "--data", place / "fields" / "manifest.csv", "--weights", "random"]
    assert message in run(*arguments, code=2)
    assert not list(tmp_path.rglob("*.h5"))


@pytest.mark.slow
@pytest.mark.usefixtures("one_strength")
def test_the_demo_runs_without_network_or_data_and_shuffled_labels_give_chance(tmp_path, monkeypatch, no_network):
    """With fewer views and trees than a new user's; then the same descriptors with labels that mean nothing."""
    monkeypatch.setattr(pipeline, "extract", lambda **asked: extract(**{**asked, "views": 3, "crops_per_view": 1}))
    monkeypatch.setattr(pipeline, "cv", lambda **asked: cv(**asked, seeds=1, preset="draft"))
    said = run("demo", "--weights", "random", "--out", tmp_path / "results", "--jobs", 1)
    assert "weights are random" in said
    demo = tmp_path / "results" / "demo"
    right, manifest = hits(demo / "fused.csv"), pd.read_csv(demo / "images" / "manifest.csv")
    labels = np.random.default_rng(0).permutation(manifest["label"])
    manifest.assign(label=labels).to_csv(tmp_path / "labels.csv", index=False)
    with figures_left_blank():
        run("cv", "--folds", 6, "--seeds", 1, "--preset", "draft", "--jobs", 1, "--groups", "none",
            "--cache", demo / "cache" / "random", "--out", tmp_path / "shuffled",
            "--labels", tmp_path / "labels.csv")  # fmt: skip
    shuffled = hits(tmp_path / "shuffled" / "demo" / "fused.csv")
    chance, noise = 0.25, (0.25 * 0.75 / len(shuffled)) ** 0.5
    assert np.mean(shuffled) == pytest.approx(chance, abs=3 * noise)
    assert np.mean(right) > chance + 4 * noise


def hits(path):
    """Whether each answer of a fused table is right."""
    fused = pd.read_csv(path)
    probabilities = fused[[column for column in fused if column.startswith("p_")]]
    return (probabilities.idxmax(axis=1).str[2:] == fused["label"]).tolist()
