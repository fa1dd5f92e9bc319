"""Laws of fit: one file with all that the issue of an answer needs, of the models of cv, the same on every run."""

import inspect
import shutil

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from boost.bundle.bundle import Bundle
from boost.fusion import fuse
from boost.recalibrated_table import recalibrated
from boost.settings import BoostError
from commands.bundles.fit import FitOptions
from report.measures.thresholds import AIMS as KNOWN
from report.out_of_fold import out_of_fold_of
from workflow.bundles.aims import AIMS, HALF
from workflow.bundles.fitted_bundle import operating_point, write_fitted


@pytest.fixture(scope="module")
def bundle(place):
    return Bundle.open(place.bundle)


def test_the_bundle_says_what_it_was_made_of(bundle, place):
    assert bundle.classes == ("normal", "benign", "insitu", "invasive")
    assert bundle.facts.data_set == "fields" and bundle.facts.counts == dict.fromkeys(bundle.classes, 6)
    assert bundle.facts.patients == 3 and bundle.facts.folds == [1, 2, 3] and bundle.facts.boost["seeds"] == 1
    assert {"histoboost", "lightgbm", "numpy"} <= set(bundle.facts.versions)
    assert set(bundle.facts.stain) == {"white", "reference", "reference scale", "jitter", "gains"}
    for variant, facts in bundle.variants.items():
        assert f"{facts['encoder']}-{facts['crop']}@{facts['scale']:g}" == variant
        assert facts["network"]["file"] == "random" and len(facts["weights"]) == 64 and facts["views"] == 4
        assert len(bundle.models[f"{variant}/trees"]) == len(bundle.models[f"{variant}/logistic"]) == 3
    assert set(bundle.files.values()) == set(pd.read_csv(place.fields / "manifest.csv")["image"])


@pytest.mark.usefixtures("blank_figures")
def test_its_table_is_that_of_cv(run, bundle, place, tmp_path):
    cv = ["cv", *place.fit[3:], "--out", tmp_path]
    run(*cv)
    cross_validated = pd.read_csv(tmp_path / "fields" / "predictions.csv", dtype={"patient": str})
    pd.testing.assert_frame_equal(bundle.table, cross_validated, check_dtype=False)


def test_the_same_fit_is_the_same_file_and_leaves_no_models_behind(run, place, tmp_path):
    run(*place.fit, "--models", tmp_path)
    assert (tmp_path / "fields.zip").read_bytes() == place.bundle.read_bytes()
    assert not list((place.folder / "cache").rglob("*.zip"))


def test_the_card_tells_training_classes_with_intervals_and_limits(bundle):
    for part in ("## Trained on", "24 images of the data set fields (6 normal", "3 known patients", "## Classes",
                 "recall", "[", "## Operating point", "Recalibrated by a temperature of",
                 "## Limits", "Not a medical device",
                 "squeezenet1_1-64@1: squeezenet1_1", "## Versions", "## Conformal sets"):  # fmt: skip
        assert part in bundle.card, part


def test_sets_by_class_are_kept_and_predict_says_so(run, place, tmp_path):
    run(*place.fit, "--models", tmp_path, "--sets", "class")
    bundle = Bundle.open(tmp_path / "fields.zip")
    assert bundle.decision.set_kind == "class" and all(len(limits) == 4 for limits in bundle.decision.limits.values())
    assert "(class-conditional sets)" in bundle.card and "## Conformal sets by class" in bundle.card
    image = place.fields / "manifest.csv"
    said = run("predict", "fields", image, "--models", tmp_path, "--views", 1, "--out", tmp_path / "answers.csv")
    assert "sets of level 0.90: for each class by itself" in said and "hold every class, for the training" in said


def test_the_name_of_a_bundle_is_no_path_and_is_looked_at_before_the_cache_is(run, place, tmp_path, monkeypatch):
    monkeypatch.setattr("commands.training.images_in_folds", lambda *_: pytest.fail("the cache is read"))
    for name in ("..", "a/b", "../x"):
        fit = [*place.fit[:2], name, *place.fit[3:]]
        assert "cannot be named" in run(*fit, "--data-set", "fields", "--models", tmp_path, code=2)
    assert not list(tmp_path.rglob("*.zip"))


def test_a_bundle_may_be_called_otherwise_than_its_data_set(run, place, tmp_path):
    fit = [*place.fit[:2], "other", *place.fit[3:]]
    assert "6 models in" in run(*fit, "--models", tmp_path, "--variants", "*-64@1", "--aim", "half")
    bundle = Bundle.open(tmp_path / "other.zip")
    assert list(bundle.variants) == ["squeezenet1_1-64@1"] and bundle.decision.operating.threshold == 0.5


def test_images_that_have_changed_are_told(run, place, tmp_path):
    shutil.copytree(place.folder / "cache", tmp_path / "cache")
    shutil.copytree(place.fields, tmp_path / "fields")
    data = ["--data", tmp_path / "fields" / "manifest.csv", "--cache", tmp_path / "cache", "--weights", "random"]
    run("extract", *data, "--encoders", "squeezenet1_1", "--scale", 1, "--crops", "64,96", "--views", 4,
        "--crops-per-view", 2, "--jobs", 1)  # fmt: skip
    name, other = pd.read_csv(tmp_path / "fields" / "manifest.csv")["image"][:2]
    shutil.copy(tmp_path / "fields" / other, tmp_path / "fields" / name)
    said = run(*place.fit[:4], tmp_path / "cache", *place.fit[5:], "--models", tmp_path, code=2)
    assert "changed since they were described" in said and not list(tmp_path.glob("*.zip"))


def test_the_aims_are_those_of_the_report_and_one_that_needs_no_choice_and_others_are_refused(bundle):
    assert set(AIMS.values()) == {*KNOWN, HALF}
    for misspelt in ("youden", "Sensitivity ≥ 95 %", ""):
        with pytest.raises(BoostError, match="no operating point is chosen for the aim"):
            operating_point(out_of_fold_of(fuse(bundle.table)), misspelt)
    assert inspect.signature(write_fitted).parameters["aim"].default == AIMS[FitOptions.aim]


def test_the_operating_point_reaches_its_aim(bundle):
    fusion = out_of_fold_of(recalibrated(fuse(bundle.table)))
    point = operating_point(fusion, AIMS["sensitive"])
    assert point == bundle.decision.operating and point.positive == ("insitu", "invasive") and point.rule == "max"
    assert (fusion.score[fusion.truth] >= point.threshold).mean() >= 0.95
    assert_array_equal(fusion.called(operating_point(fusion, AIMS["half"]).threshold),
                       np.isin(fusion.predicted, point.positive))  # fmt: skip


def test_without_two_kinds_of_classes_there_is_no_operating_point(bundle):
    names = {"normal": "a", "benign": "b", "insitu": "c", "invasive": "d"}
    table = bundle.table.replace({"label": names}).rename(columns={f"p_{k}": f"p_{v}" for k, v in names.items()})
    assert operating_point(out_of_fold_of(fuse(table)), AIMS["sensitive"]) is None
