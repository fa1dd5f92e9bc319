"""The command compare on small tables: what it takes, what it says, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from boost.fusion import fuse
from pipeline import app

IMAGES = [f"i{k:03d}" for k in range(100)]
LABELS = np.array(["benign", "malignant"])[np.arange(100) % 2]


def run(*arguments, code=0):
    """Compare; returns what was printed, line breaks apart."""
    result = CliRunner().invoke(app, ["compare", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def answers(model, right, patients=True):
    """A model that has the first so many images right, 5 of each of 20 patients in turn."""
    sure = np.where(np.arange(100) < right, 0.8, 0.3)  # (n,) of the true class
    p = np.where(LABELS == "malignant", sure, 1 - sure)
    names = [f"p{k % 20}" if patients else "" for k in range(100)]
    columns = {"image": IMAGES, "label": LABELS, "patient": names, "fold": np.arange(100) % 20 % 5 + 1}
    return pd.DataFrame({**columns, "model": model, "p_benign": 1 - p, "p_malignant": p})


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Runs `good` (models strong and weak), `same` and `poor` (weak alone) in results/, and standing beside it."""
    tables = {"good": [answers("strong", 95), answers("weak", 60)], "same": [answers("other", 95)]}
    for name, models in {**tables, "poor": [answers("weak", 60)]}.items():
        (tmp_path / "results" / name).mkdir(parents=True)
        pd.concat(models).to_csv(tmp_path / "results" / name / "predictions.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


def test_two_models_of_one_run(results):
    said = run("good#strong", "good#weak")
    assert "good#strong is better by accuracy: good#strong alone is right on 35 images and good#weak alone on 0" in said
    assert f"exact McNemar p = {2 * 0.5**35:.2g}" in said and "exchanging whole patients p =" in said
    assert "accuracy 95.0 60.0 -35.0 [" in said and "log-loss" in said and "AUC" in said
    assert "Intervals (95 %) take 20 patients with all their images" in said


def test_two_runs_by_name_folder_and_file(results):
    said = run("same", "poor")
    assert "same is better by accuracy" in said and "cannot be told apart" not in said
    assert "results/same is better by accuracy" in run("results/same", results / "poor" / "predictions.csv")
    assert said.count("better") == run("poor", "same").count("better")


def test_long_names_are_broken_and_numbers_are_not(results):
    for name in ("inception_v3-400@0.5", "inception_v3-650@0.5"):
        answers(name, 95).to_csv(results / "poor" / f"{name}.csv", index=False)
    said = run(*(results / "poor" / f"inception_v3-{size}@0.5.csv" for size in (400, 650)))
    assert "accuracy 95.0 95.0 +0.0 [-4.2, +4.2] cannot be told apart" in said
    assert "log-loss 0.272 0.272 +0.000 [+0.000, +0.000] cannot be told apart" in said


def test_identical_runs_cannot_be_told_apart(results):
    said = run("same", "good#strong")
    assert "By accuracy same and good#strong cannot be told apart" in said
    assert "p = 1)" in said and "is better" not in said
    assert said.count("cannot be told apart") == 5  # the sentence and each of four measures
    assert "same and same cannot be told apart" in run("same", "same")


def test_a_small_difference_cannot_be_told_apart(results):
    answers("nearly", 92).to_csv("nearly.csv", index=False)
    said = run("same", "nearly.csv")
    assert "cannot be told apart: same alone is right on 3 images and nearly.csv alone on 0" in said
    assert "McNemar p = 0.25" in said


def test_tables_of_other_programs_are_compared_and_what_was_guessed_is_said(results):
    own = answers("same", 95)
    foreign = own[["image", "label", "fold"]].assign(benign=100 * own["p_benign"], malignant=100 * own["p_malignant"])
    foreign.to_csv("foreign.csv", sep="\t", encoding="utf-16", index=False)
    said = run("same", "foreign.csv")
    assert "same and foreign.csv cannot be told apart: same alone is right on 0 images" in said
    assert "note: foreign.csv: the probabilities of model are percentages" in said and "swapped" not in said
    own.rename(columns={"p_benign": "p_malignant", "p_malignant": "p_benign"}).to_csv("swapped.csv", index=False)
    assert "warning: swapped.csv: columns may be swapped: AUC of malignant" in run("same", "swapped.csv")


def test_a_margin_tells_no_worse_from_not_known(results):
    answers("nearly", 92).to_csv("nearly.csv", index=False)
    assert "nearly.csv, beside same, is by accuracy no worse by more than 20 points (" in run(
        "same", "nearly.csv", "--margin", 20
    )
    assert "by accuracy cannot be told (-" in run("same", "nearly.csv", "--margin", 2)
    assert "by accuracy better (" in run("poor", "same", "--margin", 2)
    assert "by accuracy worse (-" in run("same", "poor", "--margin", 2)
    run("same", "poor", "--margin", -1, code=2)


def test_without_a_model_the_fusion_is_meant(results):
    fuse(pd.read_csv(results / "good" / "predictions.csv", dtype={"patient": str})).to_csv("fused.csv", index=False)
    assert "good and fused.csv cannot be told apart" in run("good", "fused.csv")


def test_without_patients_images_are_taken_as_independent(results):
    for name, right in (("a.csv", 95), ("b.csv", 60)):
        answers("one", right, patients=False).to_csv(name, index=False)
    said = run("a.csv", "b.csv")
    assert "a.csv is better by accuracy" in said and "Patients are unknown" in said and "exchanging" not in said


def test_other_images_other_labels_and_what_is_not_there_are_refused(results):
    answers("one", 95).iloc[2:].to_csv("fewer.csv", index=False)
    said = run("same", "fewer.csv", code=2)
    assert "same and fewer.csv must have the same images; they differ in i000, i001; compare on the images" in said
    other = answers("one", 95)
    other.assign(label=np.where(other["image"] == "i004", "malignant", other["label"])).to_csv("other.csv", index=False)
    assert "must have the same labels; they differ in i004" in run("same", "other.csv", code=2)
    assert "has no model 'medium'; it has: strong, weak" in run("good#medium", "good", code=2)
    assert "nowhere: there is no such file" in run("nowhere", "good", code=2)


def test_the_published_answers_have_no_log_loss(shared):
    published = shared / "iciar2018" / "published_cv.csv"
    said = run(published, published)
    assert "cannot be told apart" in said and "AUC 0.973" in said and "log-loss" not in said


def test_a_folder_of_images_of_the_same_name_is_not_meant(results):
    (results.parent / "good").mkdir()
    assert "good#strong is better by accuracy" in run("good#strong", "poor")


def test_a_name_may_hold_a_hash(results):
    (results / "poor").rename(results / "po#or")
    assert "same is better by accuracy" in run("po#or", "same") and "po#or#weak" in run("po#or#weak", "same")


def test_a_model_of_the_published_predictions_is_refused(shared):
    published = shared / "iciar2018" / "published_cv.csv"
    assert "has predictions of one model only; leave #resnet out" in run(f"{published}#resnet", published, code=2)


def test_the_auc_is_taken_as_the_settings_beside_the_predictions_say(results):
    path = results / "poor" / "settings.json"
    assert "AUC within folds" in run("good", "poor")
    path.write_text('{"auc": "pooled"}')
    assert "AUC pooled" in run("poor", "poor")
    assert "AUC pooled" in run("good", "poor")  # both alike
    path.unlink()


def test_a_run_that_was_selected_on_the_test_is_called_optimistic(results):
    (results / "seen").mkdir()
    answers("strong-selected-on-test", 95).to_csv(results / "seen" / "predictions.csv", index=False)
    said = run("seen", "good")
    assert "warning: seen: OPTIMISTIC" in said
    assert "OPTIMISTIC: selected on the test images. " in said
    assert "OPTIMISTIC" not in run("good", "same")


def test_several_runs_in_one_roc_figure(results, tmp_path):
    figure = tmp_path / "all.svg"
    asked = ["good#strong", "good#weak", "--beside", "same", "--positive", "malignant", "--roc", figure]
    said = run(*asked)
    assert "Areas under the ROC curves" in said
    drawn = figure.read_text()
    for name in ("good#strong", "good#weak", "same"):
        assert f"{name}, AUC" in drawn
    assert "3 runs" in drawn
    assert "AUC" in run("good#strong", "same", "--beside", "poor", "--positive", "malignant")


def test_a_roc_figure_needs_a_known_ending(results, tmp_path):
    said = run("good", "same", "--positive", "malignant", "--roc", tmp_path / "x.doc", code=2)
    assert "png" in said
