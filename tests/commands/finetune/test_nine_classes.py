"""The command on phantoms of nine tissues and few of them, as on a laptop."""

import json

import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

from cohort.phantom_cohort import write_phantoms
from commands.audit import short
from featurize.encoders.weights import WeightsError
from finetune.networks.classifier import draw_glorot
from imaging.phantoms.centre import centre_phantoms
from imaging.phantoms.colon import colon_phantoms
from pipeline import app
from workflow.audit.kept_audit import NO_AUDIT
from workflow.trained import audit_beside, frozen_beside


@pytest.fixture(autouse=True)
def quick(monkeypatch, blank_figures):
    """Without frozen features and audit beside, which have tests of their own; first weights are drawn faster."""

    def nowhere(*_, **__):
        raise WeightsError("none here")

    def glorot(network, *_):
        draw_glorot(network, torch.Generator().manual_seed(0))

    monkeypatch.setattr(frozen_beside, "start_weights", nowhere)
    monkeypatch.setattr(short, "measure_and_tell", lambda *_: None)
    monkeypatch.setattr(audit_beside, "audit_beside", lambda *_: NO_AUDIT)
    monkeypatch.setattr("featurize.encoders.weights.randomise", glorot)


@pytest.fixture(scope="module")
def nine(tmp_path_factory):
    return write_phantoms(tmp_path_factory.mktemp("nine"), colon_phantoms(per_class=4, patients=4, side=48))


def run(*arguments, code=0):
    result = CliRunner().invoke(app, ["finetune", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def test_a_few_images_of_nine_tissues_end_in_a_report_with_the_documents_table(nine, tmp_path):
    asked = ["--recipe", "nct-efficientnet-ensemble", "--network", "squeezenet1_1", "--weights", "random",
             "--limit", 20, "--epochs", 1, "--input", 32, "--batch", 9, "--name", "x", "--jobs", 1,
             "--verbose"]  # fmt: skip
    said = run("--data", nine, *asked, "--out", tmp_path / "results", "--cache", tmp_path / "cache")
    assert "only 20 images" in said
    assert "in 2 folds" in said
    assert "98.33" in said
    folder = tmp_path / "results" / "x"
    for name in ("report.html", "training.png", "class-shares.png", "confusion.png"):
        assert (folder / name).is_file(), sorted(path.name for path in folder.iterdir())
    settings = json.loads((folder / "settings.json").read_text())
    assert set(settings["ways"]) == {
        "average, upright alone", "average, 4 symmetries", "maximum, upright alone", "maximum, 4 symmetries",
        "all, upright alone",
    }  # fmt: skip
    assert sum(settings["class_counts"]["all"].values()) == 20
    assert pd.read_csv(folder / "predictions.csv")["model"].nunique() == 2


def test_balanced_draws_and_the_cost_beforehand(tmp_path):
    data = write_phantoms(tmp_path / "centre", centre_phantoms(per_class=6, patients=6, side=48))
    said = run("--data", data, "--recipe", "idc-cnn", "--balanced", 4, "--dry-run", "--folds", 2, "--batch", 4,
               "--jobs", 1)  # fmt: skip
    assert "8 in 2 folds" in said
    assert "2,755,682 parameters" in said
    assert "nothing was written" in said
    assert "tells no number" in run("--recipe", "idc-cnn", "--dry-run", code=2)


def test_the_head_alone_may_be_trained():
    described = run("--recipe", "pcam-vgg16", "--trained", "head", "--describe")
    assert "parameters that are trained, where first weights are given: 513" in described
