"""Laws of fusing: each run has one vote, out-of-fold and for new images, and only the same images are fused."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from boost.bundle.bundle import Bundle
from boost.fusion import fuse
from boost.recalibrated_table import recalibrated
from cohort.predictions import read_predictions
from tests.place import invoke
from tests.trained_place import tiny_known
from workflow.answering.bundle_describer import describer_of
from workflow.answering.prediction import predict
from workflow.fusing.fused_bundle import Part, _require_own_names, parts_of, write_fused
from workflow.fusing.fused_runs import fused_run, read_votes
from workflow.fusing.same_images import FusionError

pytestmark = pytest.mark.usefixtures("knows_tiny", "blank_figures")


@pytest.fixture(scope="module")
def fused(trained_place):
    """The fused bundle, and what was said."""
    with tiny_known():
        said = invoke("fuse", "fields.zip", "net.zip", "--name", "both", "--models", trained_place.models)
    assert "2 bundles in" in said
    return Bundle.open(trained_place.models / "both.zip")


def raw(answers):
    return np.array([list(answer.raw.values()) for answer in answers])


def test_a_fused_bundle_answers_by_the_mean_of_both_votes(trained_place, fused):
    images = sorted(trained_place.new.iterdir())
    votes = []
    distances = []
    for name in ("fields", "net"):
        answers = list(predict(Bundle.open(trained_place.models / f"{name}.zip"), images, views=8, jobs=1))
        votes.append(raw(answers))
        distances.append([answer.distance for answer in answers])
    answers = list(predict(fused, images, jobs=1))
    assert_allclose(raw(answers), np.mean(votes, axis=0), atol=1e-12)
    assert_allclose([answer.distance for answer in answers], np.sqrt(np.mean(np.square(distances), axis=0)))
    assert {answer.views for answer in answers} == {8}, "as many as the one that has the most"
    assert fused.decision.is_recalibrated and all(0 < answer.p_value <= 1 for answer in answers)


def test_workers_company_and_pauses_change_nothing(trained_place, fused):
    images = sorted(trained_place.new.iterdir())
    with describer_of(fused) as describer:
        alone = raw([next(predict(fused, [image], describer, jobs=3)) for image in reversed(images)])[::-1]
        together = raw(predict(fused, images, describer, jobs=2))
        few = raw(predict(fused, images[:1], describer, views=3, jobs=1))
        sure = list(predict(fused, images, describer, until_sure=True, jobs=2))
    assert_array_equal(alone, together)
    assert not np.array_equal(few[0], together[0])
    assert all(answer.views in (2, 4, 6, 8) for answer in sure)


def test_views_beyond_the_symmetries_are_the_first_again(trained_place):
    net = Bundle.open(trained_place.models / "net.zip")
    image = [sorted(trained_place.new.iterdir())[0]]
    assert_allclose(raw(predict(net, image, views=16, jobs=1)), raw(predict(net, image, jobs=1)), atol=1e-12)


def test_its_table_has_a_vote_a_run_and_its_rule_comes_from_their_mean(trained_place, fused):
    assert sorted(set(fused.table["model"])) == ["fields", "net"] and len(fused.table) == 48
    for name in ("fields", "net"):
        alone = fuse(Bundle.open(trained_place.models / f"{name}.zip").table).set_index("image")
        rows = fused.table[fused.table["model"] == name].set_index("image")
        columns = [f"p_{of_class}" for of_class in fused.classes]
        assert_allclose(rows.loc[alone.index, columns], alone[columns], atol=1e-9)
    assert "The mean of the votes of 2 runs, each of them one vote. fields: " in fused.card
    assert "net: A network for each of 3 folds" in fused.card and "squeezenet1_1-64@1" in fused.card


def test_fused_runs_are_a_run_with_a_report_and_agree_with_the_bundle(trained_place, fused, tmp_path, monkeypatch):
    places = [trained_place.results / name for name in ("fields", "net")]
    said = invoke("fuse", *places, "--out", tmp_path)
    folder = tmp_path / "fields+net"
    assert "written to" in said and (folder / "report.html").is_file() and (folder / "numbers.json").is_file()
    ours, theirs = read_predictions(folder / "fused.csv"), recalibrated(fuse(fused.table))
    columns = [name for name in theirs if name.startswith(("p_", "raw_"))]
    assert_allclose(ours.set_index("image").loc[theirs["image"], columns], theirs[columns], atol=1e-4)
    again = invoke("report", folder / "predictions.csv", "--out", tmp_path / "again")
    assert "written to" in again
    first, second = (pd.read_csv(path / "table.csv") for path in (folder, tmp_path / "again"))
    pd.testing.assert_frame_equal(first, second)
    assert "cannot be told" in invoke("compare", folder, trained_place.results / "net")
    with pytest.raises(FusionError, match="is fused already"):
        read_votes(folder, "x")
    assert "is fused already" in invoke("fuse", trained_place.models / "both.zip", trained_place.models / "net.zip",
                                        "--models", tmp_path, code=2)  # fmt: skip


def test_two_runs_on_one_variant_keep_both(trained_place, tmp_path):
    """What is called alike is told apart by the run's name."""
    shutil.copy(trained_place.models / "net.zip", tmp_path / "other.zip")
    invoke("fuse", trained_place.models / "net.zip", tmp_path / "other.zip", "--models", tmp_path, "--name", "two")
    two, net = Bundle.open(tmp_path / "two.zip"), Bundle.open(trained_place.models / "net.zip")
    assert sorted(two.variants) == ["net tiny-trained", "other tiny-trained"]
    images = sorted(trained_place.new.iterdir())[:2]
    assert_allclose(raw(predict(two, images, jobs=1)), raw(predict(net, images, jobs=1)), atol=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda votes: votes.assign(fold=votes["fold"] % 3 + 1), r"is in fold \d in a and \d in b \(24 differ\)"),
        (lambda votes: votes.assign(patient="p9"), "of patient .* in a and p9 in b"),
        (lambda votes: votes.assign(label="benign"), "of class .* in a and benign in b"),
        (lambda votes: votes[1:], "among the images that were tested and b has not"),
        (lambda votes: votes.rename(columns={"p_benign": "p_other"}), "tells .* apart"),
    ],
)
def test_other_images_folds_labels_patients_and_classes_are_refused(trained_place, change, words):
    one = read_votes(trained_place.results / "net", "a")
    other = read_votes(trained_place.results / "fields", "b")
    object.__setattr__(other, "votes", change(other.votes))
    with pytest.raises(FusionError, match=words):
        fused_run([one, other], "x")


def test_other_files_under_the_same_names_are_refused(trained_place):
    one = read_votes(trained_place.results / "net", "a")
    other = read_votes(trained_place.results / "fields", "b")
    object.__setattr__(other, "files", other.files.assign(sha256="0"))
    with pytest.raises(FusionError, match="is another file in b than in a"):
        fused_run([one, other], "x")


def test_bundles_of_other_training_images_and_fused_ones_are_refused(trained_place, fused):
    bundles = {name: Bundle.open(trained_place.models / f"{name}.zip") for name in ("net", "fields")}
    table = bundles["fields"].table
    other = replace(bundles["fields"], table=table[table["image"] != table["image"][0]])
    with pytest.raises(FusionError, match=r"has .* among the images"):
        parts_of(bundles | {"fields": other})
    with pytest.raises(FusionError, match="in one go"):
        parts_of({"both": fused, "net": bundles["net"]})


def test_cv_and_finetune_make_the_same_folds_on_the_same_images(trained_place):
    """`fit` divided these into as many folds with the same seed, without knowing of the other."""
    tables = [Bundle.open(trained_place.models / f"{name}.zip").table for name in ("net", "fields")]
    one, other = (table.drop_duplicates("image").set_index("image")["fold"] for table in tables)
    assert one.to_dict() == other.to_dict()


def test_the_point_may_be_another(trained_place, tmp_path):
    names = ("fields", "net")
    parts = parts_of({name: Bundle.open(trained_place.models / f"{name}.zip") for name in names})
    write_fused(tmp_path / "x.zip", parts, ["invasive"], "sum", "the likelier side")
    point = Bundle.open(tmp_path / "x.zip").decision.operating
    assert (point.positive, point.rule, point.threshold) == (("invasive",), "sum", 0.5)


def test_what_cannot_be_fused_is_said(trained_place, tmp_path):
    net = trained_place.results / "net"
    assert "two runs or more" in invoke("fuse", net, code=2)
    assert "nor both kinds" in invoke("fuse", net, trained_place.models / "net.zip", code=2)
    assert "is no folder of a run" in invoke("fuse", net, tmp_path, code=2)
    assert "cannot be named" in invoke("fuse", net, trained_place.results / "fields", "--name", "../x", code=2)
    assert "cannot be opened" in invoke("fuse", "no.zip", "none.zip", "--models", tmp_path, code=2)


def test_no_run_has_two_votes(trained_place, tmp_path):
    net, bundle = trained_place.results / "net", trained_place.models / "net.zip"
    for place in (net, bundle):
        other_way = place.parent / ".." / place.parent.name / place.name
        assert "is named twice; each run has one vote" in invoke("fuse", place, other_way, code=2)


@pytest.mark.parametrize(
    "changes",
    [{"counts": {}}, {"training": {"net": "odd"}}, {"boost": {"odd": 1}}],
    ids=["counts", "training", "boost"],
)
def test_a_bundle_whose_facts_make_no_sense_is_refused(trained_place, tmp_path, changes):
    bundles = {name: Bundle.open(trained_place.models / f"{name}.zip") for name in ("fields", "net")}
    odd = {name: replace(bundle, facts=replace(bundle.facts, **changes)) for name, bundle in bundles.items()}
    with pytest.raises(FusionError, match=r"does not say what a bundle must say .* fit it again"):
        write_fused(tmp_path / "x.zip", parts_of(odd))
    assert not (tmp_path / "x.zip").exists()


def test_variants_that_would_be_called_alike_are_refused(trained_place):
    net = Bundle.open(trained_place.models / "net.zip")
    (known,) = net.variants.values()
    odd = replace(net, facts=replace(net.facts, variants={"a tiny-trained": known}, compared={}, runs=(),
                                     heads=("trees",)), variants={"a tiny-trained": known})  # fmt: skip
    with pytest.raises(FusionError, match="two variants would be called a tiny-trained"):
        _require_own_names(
            [Part("a", net, {"tiny-trained": "a tiny-trained"}), Part("b", odd, {"a tiny-trained": "a tiny-trained"})]
        )


def test_the_other_commands_take_a_fused_bundle(trained_place, fused, tmp_path):
    classes = tmp_path / "labelled"
    for path, kind in zip(sorted(trained_place.new.iterdir()), fused.classes, strict=True):
        (classes / kind).mkdir(parents=True)
        shutil.copy(path, classes / kind / path.name)
    said = invoke("evaluate", fused.path, "--data", classes, "--out", tmp_path / "out", "--jobs", 1)
    assert "As cross-validation promised?" in said and (tmp_path / "out" / "report.html").is_file()
    said = invoke("predict", fused.path, classes, "--out", tmp_path / "x.csv", "--jobs", 1)
    columns = list(pd.read_csv(tmp_path / "x.csv"))
    assert "4 of 4 images answered" in said and columns[:2] == ["image", "class"] and columns[-1] == "error"
    refused = invoke("robustness", trained_place.results / "net", code=2)
    assert "asked as a bundle" in refused
