"""The command on a handful of small images, with networks that take moments."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from PIL import Image

from cohort.folds import FoldError
from cohort.phantom_cohort import write_phantoms
from cohort.predictions import read_predictions
from cohort.read_dataset import read_dataset
from commands.audit import short
from commands.finetune import finetune as command
from commands.finetune.checked_folds import checked_images, require_inner_splits
from commands.finetune.finetune_options import FinetuneOptions
from featurize.encoders.weights import WeightsError
from finetune.training_settings import TrainingError
from imaging.phantom import draw_field, phantoms
from report.numbers import measures
from tests.blank_figures import figures_left_blank
from tests.finetune import tiny
from tests.place import invoke
from workflow.trained import frozen_beside

SIDE = 32
QUICK = ["--recipe", "small", "--network", "squeezenet1_1", "--weights", "random", "--input", SIDE, "--epochs", 1,
         "--batch", 8, "--folds", 2, "--validation", 0.4, "--offline", "--jobs", 1]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with fields of 4 patients, and those of 2 others."""
    place = tmp_path_factory.mktemp("finetune")
    write_phantoms(place / "fields", phantoms(per_class=4, patients=4, height=SIDE, width=SIDE))
    write_phantoms(place / "others", phantoms(per_class=2, patients=2, height=SIDE, width=SIDE, seed=9))
    return place


@pytest.fixture(autouse=True, scope="module")
def without_what_has_tests_of_its_own():
    """Frozen features and drawing take most of the time."""

    def nowhere(*_, **__):
        raise WeightsError("none here")

    with pytest.MonkeyPatch.context() as patch, figures_left_blank():
        patch.setattr(frozen_beside, "start_weights", nowhere)
        yield


def finetune(place, *options, code=0):
    """The command on the fields, its folders in the same place."""
    where = ["--data", place / "fields", "--cache", place / "cache", "--out", place / "results"]
    return invoke("finetune", *where, *options, code=code)


@pytest.fixture(scope="module")
def finished(place):
    """A run of two folds: what was said."""
    return finetune(place, *QUICK, "--name", "x")


def test_a_training_ends_in_the_files_of_cv(place, finished):
    folder = place / "results" / "x"
    for name in ("report.html", "predictions.csv", "fused.csv", "folds.csv", "training.csv", "training.png",
                 "audit.json", "numbers.json"):  # fmt: skip
        assert (folder / name).is_file(), name
    settings = json.loads((folder / "settings.json").read_text())
    assert settings["command"] == "finetune"
    assert settings["members"][0]["model"] == "squeezenet1_1-trained"
    assert settings["recalibrated"] is True
    assert len(pd.read_csv(folder / "fused.csv")) == 16


def test_a_fold_is_a_line_and_says_what_answered(finished):
    assert "fold 1 of 2: 1 epoch, answered with the weights of epoch 1 (selection log-loss" in finished
    assert "at most" in finished
    assert "epoch 1: loss" not in finished


def test_what_is_trained_is_not_trained_again(place, finished, monkeypatch):
    answered = []
    monkeypatch.setattr(short, "measure_and_tell", lambda *_: None)
    monkeypatch.setattr(command, "show_results", lambda asked, recipe, runs, done, *_: answered.append((runs, done)))
    again = finetune(place, *QUICK, "--name", "x", "--verbose")
    assert "epoch 1: loss" not in again
    ((runs, done),) = answered
    before = pd.read_csv(place / "results" / "x" / "predictions.csv")
    pd.testing.assert_frame_equal(runs[0].predictions(done[runs[0].model]), before, check_dtype=False)


def test_other_commands_take_the_run(place, finished, monkeypatch):
    monkeypatch.chdir(place)
    folder = place / "results" / "x"
    numbers = json.loads((folder / "numbers.json").read_text())
    invoke("report", folder / "predictions.csv", "--out", place / "again")
    assert json.loads((place / "again" / "numbers.json").read_text())["log_loss"] == numbers["log_loss"]
    assert "cannot be told apart" in invoke("compare", "x", "x")


def test_selected_on_the_test_is_said_first_and_last(place, monkeypatch):
    monkeypatch.setattr(short, "measure_and_tell", lambda *_: None)
    said = finetune(place, *QUICK, "--select-on", "test", "--verbose")
    assert "warning: --select-on test: OPTIMISTIC" in said
    assert "warning: fields-small-selected-on-test: OPTIMISTIC" in said.partition("Accuracy by fold")[2]
    for line in ("epoch 1: loss", "fold 1 of 2: 1 epoch", "fold 2 of 2: 1 epoch"):
        assert "OPTIMISTIC" in said.partition(line)[2].partition("fold ")[0], line
    folder = place / "results" / "fields-small-selected-on-test"
    assert set(pd.read_csv(folder / "fused.csv")["model"]) == {"fusion-selected-on-test"}
    assert measures(read_predictions(folder / "fused.csv"))["selected_on_test"]


def test_a_test_set_is_answered_once_and_its_leaks_are_told(place, monkeypatch):
    monkeypatch.setattr(short, "measure_and_tell", lambda *_: None)
    images = place / "others"
    (images / "normal_p00_0.png").write_bytes((place / "fields" / "normal_p00_0.png").read_bytes())
    where = ["--cache", place / "cache", "--out", place / "results", "--name", "tested"]
    options = [option for option in QUICK if option not in ("--folds", 2)]
    said = invoke("finetune", "--data", place / "fields", "--test", images, *where, *options)
    assert "2 patients of others are in fields too" in said
    assert "8 of the same patient, 1 of the same file" in said
    numbers = json.loads((place / "results" / "tested" / "numbers.json").read_text())
    assert numbers["images"] == 8
    assert numbers["leaks"]["same_patient"]["leaked"] == 8
    refused = invoke("finetune", "--data", place / "fields", "--test", images, *where, *QUICK, code=2)
    assert "leave --folds" in refused


def test_a_recipe_is_described_without_data():
    said = invoke("finetune", "--recipe", "idc-initial", "--describe")
    assert "1,235,133" in said
    assert "inferred" in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--recipe", "x"], "known: small"),
        (["--network", "x"], "unknown encoder 'x'"),
        (["--recipe", "idc-cnn", "--input", "64"], "48 pixels a side alone"),
        (["--network", "inception_v3", "--input", "16"], "use a larger input"),
        (["--rate", "99"], "rate is a number"),
        (["--folds", "9"], "9 folds need"),
        (["--validation", "0.9"], "validation is a number from 0 to 0.5"),
        (["--groups", "centre"], "has no column centre"),
    ],
)
def test_what_cannot_be_is_said_before_any_work(place, options, words):
    assert words in finetune(place, "--offline", *options, code=2)


def test_without_data_there_is_nothing_to_train_on():
    assert "--data" in invoke("finetune", code=2)


def folder_of_patients(folder, patients_of):
    """Class folders with one field of each of these patients: label -> patients."""
    rows = ["image,patient"]
    for label, patients in patients_of.items():
        (folder / label).mkdir(parents=True)
        for patient in patients:
            image = draw_field("invasive", patient, len(rows), SIDE, SIDE, seed=len(rows)).image
            Image.fromarray(image).save(folder / label / f"{patient}.png")
            rows.append(f"{label}/{patient}.png,{patient}")
    (folder / "patients.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.mark.parametrize(
    ("patients_of", "folds", "works"),
    [
        ({"a": "1234", "b": "5678"}, 9, 4),  # 4 is the most, and an inner split is possible with it
        ({"a": "123", "b": "456"}, 9, 3),
        ({"a": "123", "b": "456"}, 2, 3),  # of two folds one trains on one patient of a class
    ],
)
def test_the_number_that_an_error_names_is_one_with_which_epochs_can_be_selected(tmp_path, patients_of, folds, works):
    asked = replace(FinetuneOptions(), folds=folds, data=folder_of_patients(tmp_path / "x", patients_of))
    dataset, members = read_dataset(asked.data), [tiny.settings(validation=0.4)]
    with pytest.raises((FoldError, TrainingError), match=rf"({works} at most,|--folds {works} )"):
        require_inner_splits(asked, checked_images(asked, dataset, members), members)
    asked = replace(asked, folds=works)
    require_inner_splits(asked, checked_images(asked, dataset, members), members)


def test_where_no_number_of_folds_leaves_an_inner_split_the_first_error_says_so(tmp_path):
    asked = replace(FinetuneOptions(), data=folder_of_patients(tmp_path / "x", {"a": "12", "b": "34"}))
    with pytest.raises(FoldError, match=r"2 at most.*but with 2 folds: .*validation 0"):
        checked_images(asked, read_dataset(asked.data), [tiny.settings(validation=0.4)])
