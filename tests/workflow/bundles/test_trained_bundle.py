"""Laws of bundles of trained networks: the networks of the run answer, as they did, and only where all of it fits."""

import json
from dataclasses import replace
from hashlib import sha256
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from boost.bundle.archive import LIST, Archive, BundleError
from boost.bundle.bundle import Bundle
from boost.fusion import fuse
from boost.recalibrated_table import recalibrated
from cohort.predictions import read_predictions
from tests.place import invoke
from tests.trained_place import as_test, settings, train
from workflow.answering.bundle_describer import describer_of
from workflow.answering.prediction import predict
from workflow.bundles.compatibility import protocols_of
from workflow.bundles.finished_run import open_finished
from workflow.bundles.seen_in_training import patients_of_training
from workflow.bundles.trained_bundle import answered, write_trained
from workflow.bundles.trained_card import promise_of
from workflow.external_test import expected_of, facts_of
from workflow.run_folder import RunError

pytestmark = pytest.mark.usefixtures("knows_tiny")


@pytest.fixture(scope="module")
def bundle(trained_place):
    return Bundle.open(trained_place.models / "net.zip")


def rewritten(source, path, change=lambda facts: None, members=()):
    """The bundle with other facts or members and right checksums; None takes a member away."""
    archive = Archive(source)
    kept = dict(zip(archive.members, archive.read(archive.members), strict=True)) | dict(members)
    kept = {name: content for name, content in kept.items() if content is not None}
    facts = archive.facts
    change(facts)
    known = {name: (len(content), sha256(content).hexdigest()) for name, content in kept.items()}
    text = json.dumps({"facts": facts, "members": known}).encode()
    with ZipFile(path, "w") as file:
        for name, content in [*kept.items(), (LIST, text)]:
            file.writestr(name, content)
        file.comment = f"histoboost 1 sha256 {sha256(text).hexdigest()}".encode()
    return path


def use(path):
    """Open a bundle and build its networks."""
    return describer_of(Bundle.open(path))


def test_it_says_what_it_was_made_of(bundle, trained_place):
    assert list(bundle.variants) == list(bundle.facts.trained) == ["tiny-trained"]
    assert len(bundle.models["tiny-trained"]) == 3 and sum(bundle.facts.counts.values()) == 24
    assert bundle.facts.patients == 3 and len(bundle.files) == 24 and protocols_of(bundle) == {}
    for words in ("trained end to end by the recipe tiny", "A network for each of 3 folds", "protocol",
                  "Recalibrated by a temperature", "Not a medical device"):  # fmt: skip
        assert words in bundle.card
    assert bundle.facts.data_set == "fields" and "images of the data set fields" in bundle.card, "not the run's name"
    assert "OPTIMISTIC" not in bundle.card
    with ZipFile(bundle.path) as file:
        assert {name.rpartition(".")[2] for name in file.namelist()} == {"md", "csv", "safetensors", "json"}


def test_its_table_is_that_of_the_run_and_so_is_its_rule(bundle, trained_place):
    run = read_predictions(trained_place.results / "net" / "fused.csv")
    fused = recalibrated(fuse(bundle.table))
    columns = [name for name in fused if name.startswith(("p_", "raw_"))]
    assert_allclose(fused[columns], run.set_index("image").loc[fused["image"], columns], atol=1e-5)
    assert bundle.decision.is_recalibrated and bundle.decision.spread > 0
    point = bundle.decision.operating
    assert len(expected_of(bundle, point.positive, point.rule).images) == 24


def test_the_same_run_is_the_same_file(bundle, trained_place, tmp_path):
    run = open_finished(trained_place.results / "net")
    done = [answered(run, member, "cpu") for member in run.members]
    assert write_trained(tmp_path / "net.zip", run, done) == []
    assert (tmp_path / "net.zip").read_bytes() == bundle.path.read_bytes()


def test_for_one_fold_the_answer_is_what_that_fold_answered(trained_place, tmp_path):
    """With one network, held-out images get from the bundle what they got in training."""
    images = train(trained_place, "whole", {"": settings(epochs=1)})[0][0].images
    _, table = train(trained_place, "tested", {"": settings()}, as_test(images), "the test")
    trained_place.fit("--run", trained_place.results / "tested")
    bundle = Bundle.open(trained_place.models / "tested.zip")
    tested = sorted(set(table["image"]))
    answers = list(predict(bundle, [trained_place.fields / name for name in tested], jobs=1))
    raw = np.array([list(answer.raw.values()) for answer in answers])
    wanted = table.set_index("image").loc[tested, [f"p_{name}" for name in bundle.classes]]
    assert_allclose(raw, wanted, atol=1e-5)
    assert not bundle.decision.is_recalibrated and not any(answer.trained_on for answer in answers)
    assert len(bundle.files) == 24 - len(tested) == sum(bundle.facts.counts.values())
    assert "tested on the" in bundle.card and "nothing was cross-validated" in bundle.card
    assert "24 images" not in facts_of(bundle)
    of_training = {patient for patient in images.cohort.patients if patient not in set(table["patient"])}
    assert patients_of_training(bundle) == of_training
    assert "was one test, on the images of the test" in promise_of(bundle.facts.training)
    _says_that_it_was_calibrated_on_them(trained_place, bundle, tested, tmp_path)


def _says_that_it_was_calibrated_on_them(trained_place, bundle, tested, tmp_path):
    assert [image for image, _ in bundle.tested_files()] == tested
    table = pd.read_csv(trained_place.fields / "manifest.csv").assign(
        image=lambda rows: [str(trained_place.fields / name) for name in rows["image"]]
    )
    is_tested = [any(image.endswith(name) for name in tested) for image in table["image"]]
    table[is_tested].to_csv(tmp_path / "tested.csv", index=False)
    said = invoke("evaluate", bundle.path, "--data", tmp_path / "tested.csv", "--out", tmp_path / "out", "--jobs", 1)
    assert "were fitted to 8 of these very images" in " ".join(said.split())
    page = (tmp_path / "out" / "report.html").read_text()
    for words in ("was one test, on the images of the test", "were fitted to 8 of these very images",
                  "learned on the images of its own test, the test"):  # fmt: skip
        assert words in page, words


def test_selection_on_the_test_is_said_on_the_card(trained_place):
    train(trained_place, "chosen", {"": settings(epochs=1, select_on="test", symmetries=1)})
    trained_place.fit("--run", trained_place.results / "chosen")
    bundle = Bundle.open(trained_place.models / "chosen.zip")
    assert "OPTIMISTIC" in bundle.card and list(bundle.variants) == ["tiny-trained-selected-on-test"]
    assert bundle.decision.spread == 0, "one view is as good as many"
    assert describer_of(bundle).count == 1


def test_members_are_averaged_by_their_logits_where_the_recipe_says_so(trained_place):
    members = {name: settings(seed=seed, averaging="logits", symmetries=4) for name, seed in (("1", 1), ("2", 2))}
    train(trained_place, "pair", members)
    trained_place.fit("--run", trained_place.results / "pair")
    bundle = Bundle.open(trained_place.models / "pair.zip")
    run = read_predictions(trained_place.results / "pair" / "fused.csv").set_index("image")
    fused = fuse(bundle.table)
    raw = [f"raw_{name}" for name in bundle.classes]
    assert_allclose(fused[[f"p_{name}" for name in bundle.classes]], run.loc[fused["image"], raw], atol=1e-5)
    (voting,) = bundle.facts.voting
    image = trained_place.new / "test0.png"
    with describer_of(bundle) as describer:
        from imaging.read import read_image

        views = describer.prepare(read_image(image), "", "x").views(range(4))
    classes = len(bundle.classes)
    folds = [views[name].astype(float).reshape(4, -1, classes).mean(axis=1) for name in bundle.variants]
    logits = np.log(folds).mean(axis=(0, 1))
    (answer,) = predict(bundle, [image], jobs=1)
    assert voting.averaging == "logits"
    assert_allclose(list(answer.raw.values()), np.exp(logits) / np.exp(logits).sum(), rtol=1e-6)


def test_a_run_of_another_command_and_a_lost_or_changed_network_are_told(trained_place, tmp_path):
    with pytest.raises(RunError, match=r"is a run of cv, not of finetune; .* without --run"):
        open_finished(trained_place.results / "fields")
    with pytest.raises(RunError, match="is no folder of a run"):
        open_finished(tmp_path)
    run = open_finished(trained_place.results / "net")
    (member,) = run.members
    with pytest.raises(RunError, match=r"fold-9\.safetensors is missing"):
        member.selected(9)
    with pytest.raises(RunError, match="has changed since the run was written"):
        replace(member, digests={"1": "0"}).selected(1)
    with pytest.raises(RunError, match=r"first\.safetensors is missing"):
        replace(member, folder=tmp_path).first()
    with pytest.raises(RunError, match="the decoded images"):
        run.pictures(replace(member.settings, input=17))


def weights(**arrays):
    from safetensors.numpy import save

    return save(arrays)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not the weights of a network"),
        (b"\xff" * 100, "has no such size"),
        (weights(a=np.zeros(2, np.float64)), "is float64; weights are float32"),
        (weights(a=np.full(2, np.nan, np.float32)), "not finite"),
        (weights(a=np.full(2, np.inf, np.float32)), "not finite"),
        (weights(a=np.zeros(2, np.float32)), "not those of its network"),
        (weights(**{"x" * 301: np.zeros(1, np.float32)}), "at most 300 characters"),
        (weights(**{f"layer{number}": np.zeros(1, np.float32) for number in range(30_000)}), "30,000 tensors"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_weights_of_another_kind_are_refused(bundle, tmp_path, content, words):
    for member in ("networks/0/1.safetensors", "networks/0/first.safetensors"):
        with pytest.raises(BundleError, match=words):
            use(rewritten(bundle.path, tmp_path / "x.zip", members=[(member, content)]))


def variant(facts):
    return facts["variants"]["tiny-trained"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda facts: variant(facts)["training"].update(input=10**9), "input is a whole number from 16 to 2048"),
        (lambda facts: variant(facts)["training"].update(input=32), "answers only for descriptors of its own"),
        (lambda facts: variant(facts)["training"].update(stain="none"), "answers only for descriptors of its own"),
        (lambda facts: variant(facts)["training"].update(network="../../x"), "is not one of this version"),
        (lambda facts: variant(facts)["training"].update(network="timm:nothing_9"), "is not one of this version"),
        (lambda facts: variant(facts)["training"].update(network=5), "is not one of this version"),
        (lambda facts: variant(facts)["training"].update(later=1), "is not one of this version"),
        (lambda facts: variant(facts).pop("training"), "is not one of this version"),
        (lambda facts: variant(facts).update(training=[]), "is not one of this version"),
        (lambda facts: variant(facts).update(key="0"), "answers only for descriptors of its own"),
        (lambda facts: facts["stain"].update(white=1), "another way of describing"),
        (lambda facts: variant(facts)["network"].update(dim=16), "fit it again"),
        (lambda facts: variant(facts)["network"].update(dim=13), "fit it again|fit again"),
        (lambda facts: facts["compared"]["tiny-trained, untrained"]["network"].update(dim=5), "fit again"),
        (lambda facts: facts.update(compared={}), "fit it again"),
        (lambda facts: facts["runs"][0].update(heads=["trees"]), "fit"),
        (lambda facts: facts["runs"][0].update(heads=["networks", "trees"]), "fit it again"),
        (lambda facts: facts["runs"][0].update(averaging="x"), "fit it again"),
        (lambda facts: facts["runs"][0].update(variants=[]), "fit it again"),
        (lambda facts: facts.update(runs=facts["runs"] * 2), "fit it again"),
        (lambda facts: facts["models"].update({"tiny-trained": facts["models"]["tiny-trained"][:2]}), "fit it again"),
    ],
)  # fmt: skip
def test_facts_that_do_not_fit_are_refused(bundle, tmp_path, change, words):
    with pytest.raises(BundleError, match=words):
        use(rewritten(bundle.path, tmp_path / "x.zip", change))


class OfOneSide(nn.Module):
    """Takes images of one side alone, as a vision transformer of timm."""

    def forward(self, pixels):
        """What a user sees of another side is our own words."""
        raise AssertionError("Input height (16) doesn't match model (224).")


def test_a_network_that_takes_another_side_alone_is_refused(bundle, monkeypatch):
    monkeypatch.setattr("workflow.answering.network_views.comparing", replaced)
    with pytest.raises(BundleError, match="does not take images of 16 pixels"):
        describer_of(bundle)


def replaced(first):
    """A classifier with another body."""
    first.body = OfOneSide()
    return first


@pytest.mark.parametrize(
    ("member", "content"),
    [("networks/0/9.safetensors", b"x"), ("networks/evil", b""), ("networks/0/2.safetensors", None),
     ("networks/0/first.safetensors", None), ("tested.csv", b""), ("tested.csv", b"\xff\xfe"),
     ("tested.csv", b"image\na.png\n")],
)  # fmt: skip
def test_networks_too_many_or_too_few_and_odd_tables_are_refused(bundle, tmp_path, member, content):
    with pytest.raises(BundleError, match=r"fit it again|x\.zip.*tested\.csv"):
        Bundle.open(rewritten(bundle.path, tmp_path / "x.zip", members=[(member, content)]))


def test_columns_of_another_network_are_refused(bundle, tmp_path):
    first, second = (f"models/0/networks/{number}-0.safetensors" for number in (1, 2))
    (content,) = bundle.archive.read([second])
    with pytest.raises(BundleError, match="columns of its own"):
        Bundle.open(rewritten(bundle.path, tmp_path / "x.zip", members=[(first, content)]))
    for content in (b"", weights(**{"first column": np.array([3])}), weights(**{"first column": np.array([-4])})):
        with pytest.raises(BundleError, match="fit"):
            Bundle.open(rewritten(bundle.path, tmp_path / "x.zip", members=[(first, content)]))


def test_a_bundle_that_was_only_rewritten_answers_alike(bundle, trained_place, tmp_path):
    image = [trained_place.new / "test1.png"]
    again = Bundle.open(rewritten(bundle.path, tmp_path / "x.zip"))
    (one,), (other,) = predict(bundle, image, jobs=1), predict(again, image, jobs=1)
    assert_array_equal(list(one.raw.values()), list(other.raw.values()))
