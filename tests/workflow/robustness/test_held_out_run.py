"""A run at work again: its own answers to the bit, and altered images answered by the models that never saw them."""

import json
from time import sleep

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from cohort.cohort import Cohort
from cohort.predictions import write_table
from tests.blank_figures import figures_left_blank
from tests.place import invoke
from workflow.answering.bundle_describer import describer_of as of_bundle
from workflow.answering.encoder_views import EncoderDescriber
from workflow.bundles.compatibility import pool_of
from workflow.robustness import altered_answers
from workflow.robustness.altered_answers import Describer, Preset, Rendering, as_it_is, most_views
from workflow.robustness.bundle_voter import BundleVoter, images_for
from workflow.robustness.fold_models import RunModels, fitted_models
from workflow.robustness.held_out_run import models_of, open_run
from workflow.robustness.kept_answers import KeptAnswers
from workflow.run_folder import RunError

SETTINGS = [("jpeg", 20.0), ("hue", 20.0), ("noise", 10.0)]


@pytest.fixture(scope="module")
def results(place, tmp_path_factory):
    """The results folder of a run of the small data set."""
    out = tmp_path_factory.mktemp("results")
    with figures_left_blank():
        invoke("cv", "--name", "fields", "--cache", place.folder / "cache", "--folds", 3, "--seeds", 1,
               "--preset", "draft", "--jobs", 1, "--out", out)  # fmt: skip
    return out


@pytest.fixture(scope="module")
def run_again(results):
    """The run, fitted again."""
    run = open_run(results / "fields")
    units = list(run.fitted(1))
    assert run.doubts(units) == []
    yield run, fitted_models(run)
    run.forget_models()


def describer_of(run, voter, folder, views=None):
    tested = run.tested()
    by = EncoderDescriber(run.protocols, pool_of(run, run.protocols))
    count = most_views(by, views)
    return Describer(tested, voter, by, count, KeptAnswers.of(folder, voter.key, count))


def test_unaltered_images_get_the_answers_of_the_run(run_again, results, tmp_path):
    run, models = run_again
    describer = describer_of(run, models, tmp_path)
    fused = pd.read_csv(results / "fields" / "fused.csv").set_index("image")
    raw = [f"raw_{name}" for name in models.classes]
    for row in (0, 9, 17):
        sample = describer.tested.samples[row]
        vote = describer.answer(row, [as_it_is()]).votes["unaltered"]
        assert_allclose(vote, fused.loc[sample.name, raw].to_numpy(float), rtol=1e-6)
        calibrated = models.probabilities(vote[None], describer.tested.fold[[row]])[0]
        assert_allclose(calibrated, fused.loc[sample.name, [f"p_{name}" for name in models.classes]].to_numpy(float),
                        rtol=1e-6)  # fmt: skip
        assert describer.tested.guess[row] in models.classes


def test_what_is_kept_is_not_made_again(run_again, tmp_path):
    run, models = run_again
    describer = describer_of(run, models, tmp_path, views=1)
    darker = Rendering("darker", lambda image: image // 2)
    (first,) = describer.answers({3: [as_it_is(), darker]}, jobs=1)
    assert describer.missing(3, [darker]) == []

    def fail(image):
        raise AssertionError("described again")

    again = describer.answer(3, [Rendering("darker", fail)])
    assert_allclose(again.votes["darker"], first.votes["darker"], rtol=0)
    other_models = KeptAnswers.of(tmp_path, "others", 1)
    assert other_models.folder != describer.kept.folder
    path = next(describer.kept.folder.glob("*.json"))
    path.write_text(path.read_text()[:-20])
    assert len(describer.missing(3, [darker])) == 1


def test_a_file_that_is_another_now_is_left_out(run_again, tmp_path):
    run, models = run_again
    describer = describer_of(run, models, tmp_path, views=1)
    sample = describer.tested.samples[0]
    elsewhere = tmp_path / "other.png"
    elsewhere.write_bytes(describer.tested.samples[1].path.read_bytes())
    object.__setattr__(sample, "path", elsewhere)
    assert "another file" in describer.answer(0, [as_it_is()]).refused
    assert describer.seconds({0: [as_it_is()], 1: [as_it_is()]}) > 0 == describer.seconds({0: [as_it_is()]})


def test_the_time_told_is_that_of_rendering_and_answering(run_again, tmp_path):
    run, models = run_again
    describer = describer_of(run, models, tmp_path, views=1)

    def slowly(image):
        sleep(0.4)
        return image

    assert describer.seconds({1: [Rendering("slow", slowly), Rendering("quick", np.copy)]}) > 0.2


def test_a_folder_that_is_no_run_is_refused(tmp_path, results):
    with pytest.raises(RunError, match="no folder of a run"):
        open_run(tmp_path)
    for name in ("settings.json", "fused.csv", "images.csv"):
        (tmp_path / name).write_bytes((results / "fields" / name).read_bytes())
    settings = json.loads((tmp_path / "settings.json").read_text())
    (tmp_path / "settings.json").write_text(json.dumps(settings | {"heads": None}))
    with pytest.raises(RunError, match="older version"):
        open_run(tmp_path)
    (tmp_path / "settings.json").write_text(json.dumps(settings | {"variants": {"a": 1}}))
    with pytest.raises(RunError, match="by which protocols"):
        open_run(tmp_path)
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    files = pd.read_csv(tmp_path / "images.csv")
    write_table(tmp_path / "images.csv", pd.concat([files, files.tail(1).assign(image="new.png")]))
    with pytest.raises(RunError, match="does not hold the images"):
        open_run(tmp_path)


def test_models_that_differ_are_told(run_again, results, tmp_path):
    from dataclasses import replace

    run, _ = run_again
    table = pd.read_csv(results / "fields" / "predictions.csv")
    first, second = (f"p_{name}" for name in run.cohort.classes[:2])
    write_table(tmp_path / "predictions.csv", table.rename(columns={first: second, second: first}))
    (notice,) = replace(run, path=tmp_path).doubts(list(run.fitted(1)))
    assert notice.kind == "models-fitted-anew-differ"


def test_the_command_leaves_curves_and_goes_on(results, run, monkeypatch):
    few = Preset(images=8, views=1, few=True)
    monkeypatch.setitem(altered_answers.PRESETS, "draft", few)
    monkeypatch.setattr(altered_answers, "settings_of", lambda preset: SETTINGS)
    said = run("robustness", results / "fields", "--jobs", 1)
    folder = results / "fields"
    assert "8 of 24 images, 3 alterations" in said and "32 answers to make, views of each: 1; about" in said
    assert "JPEG compression at 20: accuracy" in said
    table = pd.read_csv(folder / "robustness.csv")
    assert table["alteration"].tolist() == ["unaltered", "jpeg", "hue", "noise"]
    assert len(pd.read_csv(folder / "robust-flips.csv")) == 8
    numbers = json.loads((folder / "robustness.json").read_text())
    assert numbers["points"][1]["accuracy"] == table["accuracy"][1]
    page = (folder / "robustness.html").read_text()
    assert "data:image/svg+xml" in page and "JPEG compression" in page
    assert (folder / "robust-accuracy.png").stat().st_size > 1000
    again = run("robustness", folder, "--jobs", 1)
    assert "to make" not in again and "fitting" not in again
    pd.testing.assert_frame_equal(pd.read_csv(folder / "robustness.csv"), table)
    assert not list(folder.parent.glob("**/models"))


def test_the_command_intervenes(results, run, monkeypatch):
    from workflow.robustness import intervention
    from workflow.robustness.used_by_files import read_used_by

    monkeypatch.setitem(altered_answers.PRESETS, "draft", Preset(images=6, views=1, few=True))
    monkeypatch.setattr(intervention, "DRAWS", 1)
    said = run("robustness", results / "fields", "--intervene", "--jobs", 1)
    use = read_used_by(results / "fields")
    assert [one.family for one in use.interventions] == list(intervention.FAMILIES)
    assert "size: of 6 images made as another class is" in said and "used_by.json" in said
    assert read_used_by(results) is None


def test_the_command_wants_a_run_or_data_with_a_bundle(run, place):
    assert "name a run of cv, or give --data" in run("robustness", code=2)
    assert "name a run of cv, or give --data" in run("robustness", "--data", place.fields, code=2)


def test_the_command_takes_a_bundle_on_other_images(place, run, tmp_path, monkeypatch):
    monkeypatch.setitem(altered_answers.PRESETS, "draft", Preset(images=4, views=1, few=True))
    monkeypatch.setattr(altered_answers, "settings_of", lambda preset: SETTINGS[:1])
    said = run("robustness", "--data", place.fields / "manifest.csv", "--bundle", place.bundle, "--results", tmp_path,
               "--jobs", 1)  # fmt: skip
    assert "fields on fields: 4 of 24 images, 1 alterations" in said
    assert len(pd.read_csv(tmp_path / "fields-on-fields" / "robustness.csv")) == 2
    trained_on = "the models were trained on 24 of these very images"
    assert f"warning: {trained_on}" in said and f"too good, perhaps: {trained_on}" in said
    assert "never saw" not in said


def test_a_bundle_answers_as_in_predict(place, run, tmp_path):
    from boost.bundle.bundle import Bundle
    from cohort.read_dataset import read_dataset

    bundle = Bundle.open(place.bundle)
    voter = BundleVoter(bundle)
    tested = images_for(bundle, read_dataset(place.fields / "manifest.csv"))
    by = of_bundle(bundle)
    views = most_views(by, None)
    describer = Describer(tested, voter, by, views, KeptAnswers.of(tmp_path, "a", views))
    vote = describer.answer(0, [as_it_is()]).votes["unaltered"]
    place.predict(tested.samples[0].path, "--out", tmp_path / "x.csv")
    answer = pd.read_csv(tmp_path / "x.csv").iloc[0]
    assert_allclose(vote, [answer[f"raw_{name}"] for name in bundle.classes], rtol=1e-9)
    decided = voter.probabilities(vote[None], tested.fold[[0]])[0]
    assert bundle.classes[int(np.argmax(decided))] == answer["class"]
    members = voter.sets(vote[None], tested.fold[[0]])[0]
    assert [name for name, inside in zip(bundle.classes, members, strict=True) if inside] == answer["set"].split("|")
    assert voter.key == BundleVoter(bundle).key


@pytest.mark.parametrize(
    ("patients", "fold", "said"),
    [
        (("a", "a", "b"), (1, 1, 2), "another image of its patient"),
        (("a", "", "b"), (1, 1, 2), "another image of its patient, where that is known"),
        (("", "", ""), (1, 1, 2), "never saw it, but perhaps others of its patient"),
        (("a", "b", "a"), (1, 1, 2), "never saw it, but perhaps others of its patient"),
    ],
)
def test_nobody_claims_to_know_more_of_patients_than_is_known(patients, fold, said):
    cohort = Cohort.of(list("xyz"), list("uvu"), ("u", "v"), list(patients), np.array(fold))
    assert models_of(cohort).endswith(said)


def test_run_models_without_models_have_the_same_key(run_again):
    run, models = run_again
    assert RunModels(run, {}).key == models.key
