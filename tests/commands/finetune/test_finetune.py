"""The command on a handful of small images, with a network of a document."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from cohort.phantom_cohort import write_phantoms
from imaging.phantom import phantoms
from pipeline import app


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fields")
    return write_phantoms(folder, phantoms(per_class=4, patients=4, height=48, width=48))


def run(*arguments, code=0):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_a_training_ends_in_a_report_and_goes_on_where_it_was(data, tmp_path):
    asked = ["finetune", "--data", data, "--recipe", "idc-cnn", "--folds", 2, "--epochs", 2, "--batch", 4,
             "--validation", 0.4, "--out", tmp_path / "results", "--cache", tmp_path / "cache",
             "--name", "x", "--jobs", 1]  # fmt: skip
    said = run(*asked)
    assert "epoch 2: loss" in said
    folder = tmp_path / "results" / "x"
    for name in ("report.html", "predictions.csv", "fused.csv", "folds.csv", "training.csv", "training.png"):
        assert (folder / name).is_file(), name
    settings = json.loads((folder / "settings.json").read_text())
    assert settings["command"] == "finetune"
    fused = pd.read_csv(folder / "fused.csv")
    assert len(fused) == 16
    again = run(*asked)
    assert "epoch 2: loss" not in again
    assert pd.read_csv(folder / "fused.csv").equals(fused)
    assert "written to" in run("report", folder / "fused.csv", "--out", tmp_path / "again")


def test_a_recipe_is_described_without_data():
    said = run("finetune", "--recipe", "idc-initial", "--describe")
    assert "1,235,133" in said
    assert "inferred" in said


def test_what_is_missing_or_wrong_is_said():
    assert "--data" in run("finetune", code=2)
    assert "known: small" in run("finetune", "--recipe", "x", "--describe", code=2)
