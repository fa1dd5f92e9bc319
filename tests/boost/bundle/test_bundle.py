"""Laws of a bundle: all models vote, on its own descriptors only, and nothing in the file is believed unseen."""

import doctest
import json
from hashlib import sha256
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import boost.bundle.bundle
from boost.bundle.archive import LIST, Archive, BundleError
from boost.bundle.bundle import Bundle


@pytest.fixture(scope="module")
def bundle(small):
    return Bundle.open(small.path)


def test_it_says_what_it_was_told(bundle, small):
    assert bundle.classes == ("normal", "benign", "invasive")
    assert {name: len(models) for name, models in bundle.models.items()} == {"wide": 6, "narrow": 6}
    assert bundle.card == "# Card\n" and len(bundle.files) == 36 and bundle.files["0" * 63 + "7"] == "07.png"
    assert len(bundle.table) == 72 and list(bundle.table)[:5] == ["image", "label", "patient", "fold", "model"]
    assert bundle.decision.operating.positive == ("invasive",) and "0.90" in bundle.decision.limits


def test_the_vote_is_the_mean_of_views_models_and_variants(bundle, small):
    slow = []
    for name, images in small.variants.items():
        for model in bundle.models[name]:
            slow.append([model.predict(image).mean(axis=0) for image in images])
    vote = bundle.predict_proba(small.variants)
    assert vote == pytest.approx(np.mean(slow, axis=0), abs=1e-12) and vote.sum(axis=1) == pytest.approx(1)
    assert (vote.argmax(axis=1) == small.cohort.codes).mean() > 0.7, "they were trained on these"


def test_a_view_is_answered_alike_whatever_it_is_asked_with(bundle, small):
    whole = bundle.view_probabilities(small.variants)
    part = bundle.view_probabilities({name: array[4:5, 2:4] for name, array in small.variants.items()})
    assert_array_equal(part[0], whole[4, 2:4])
    order = dict(reversed(small.variants.items()))
    assert_array_equal(bundle.view_probabilities(order), whole)


def test_descriptors_of_another_kind_are_refused(bundle, small):
    wide, narrow = small.variants["wide"], small.variants["narrow"]
    for wrong, why in [
        ({"wide": wide}, "wants descriptors of"),
        ({"wide": wide, "narrow": narrow, "third": wide}, "wants descriptors of"),
        ({"wide": narrow, "narrow": narrow}, "with the network it was made with"),
        ({"wide": wide.astype(float), "narrow": narrow}, "float32"),
        ({"wide": wide, "narrow": narrow[:5]}, "same images and views"),
        ({"wide": wide, "narrow": narrow[:, :2]}, "same images and views"),
    ]:
        with pytest.raises(BundleError, match=why):
            bundle.predict_proba(wrong)
    with pytest.raises(ValueError, match="finite"):
        bundle.predict_proba({"wide": wide * np.float32(np.nan), "narrow": narrow})


def test_descriptors_of_another_protocol_are_refused(bundle):
    keys = {"wide": "00000006", "narrow": "00000004"}
    bundle.require(keys)
    with pytest.raises(BundleError, match="made under protocol ffffffff, not 00000006"):
        bundle.require(keys | {"wide": "ffffffff"})
    with pytest.raises(BundleError, match="are missing"):
        bundle.require({"wide": "00000006"})


def test_no_member_is_a_pickle_and_none_is_unlisted(small):
    archive = Archive(small.path)
    assert {name.rpartition(".")[2] for name in archive.members} == {"md", "csv", "safetensors", "txt"}


def rewritten(small, path, change=lambda listed: None, members=()):
    """The bundle with another list, other members and right checksums: what an ill will could make of it."""
    archive = Archive(small.path)
    kept = dict(zip(archive.members, archive.read(archive.members), strict=True)) | dict(members)
    known = {name: (len(content), sha256(content).hexdigest()) for name, content in kept.items()}
    listed = {"facts": archive.facts, "members": known}
    change(listed["facts"])
    text = json.dumps(listed).encode()
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        for name, content in [*kept.items(), (LIST, text)]:
            file.writestr(name, content)
        file.comment = f"histoboost 1 sha256 {sha256(text).hexdigest()}".encode()
    return path


def test_a_rewritten_bundle_is_read_if_nothing_is_wrong_in_it(small, tmp_path, bundle):
    again = Bundle.open(rewritten(small, tmp_path / "x.zip"))
    assert_array_equal(again.predict_proba(small.variants), bundle.predict_proba(small.variants))


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: facts.clear(),
        lambda facts: facts.pop("reading"),
        lambda facts: facts.pop("variants"),
        lambda facts: facts.pop("models"),
        lambda facts: facts.update(variants={}),
        lambda facts: facts.update(variants=[1, 2]),
        lambda facts: facts["variants"]["wide"].pop("network"),
        lambda facts: facts["variants"]["wide"].update(network={"dim": "many"}),
        lambda facts: facts["variants"]["wide"].update(network={"dim": 7}),
        lambda facts: facts["variants"].update(wide=None),
        lambda facts: facts["reading"].update(classes=["a", "b"]),
        lambda facts: facts["models"].update(wide=[]),
        lambda facts: facts["models"].update(wide=["card.md"]),
        lambda facts: facts["models"].update(wide=["../../etc/passwd"]),
        lambda facts: facts["models"].update(wide=facts["models"]["wide"] * 2),
        lambda facts: facts["models"].update(wide=5),
        lambda facts: facts["models"].update(wide=facts["models"]["narrow"]),
        lambda facts: facts.update(heads=[]),
        lambda facts: facts.update(heads=None),
        lambda facts: facts.update(heads="trees"),
        lambda facts: facts.update(heads=["forest"]),
        lambda facts: facts.update(heads=[["trees"]]),
        lambda facts: facts.update(heads=[1]),
        lambda facts: facts.update(heads=["trees", "trees"]),
        lambda facts: facts.update(heads=["trees", "logistic"]),
        lambda facts: facts.update(heads=["logistic"]),
        lambda facts: facts.update(heads=["shares"], models={f"{n}/shares": m for n, m in facts["models"].items()}),
    ],
)
def test_facts_that_do_not_fit_are_refused(small, tmp_path, change):
    with pytest.raises(BundleError, match="again"):
        Bundle.open(rewritten(small, tmp_path / "x.zip", change))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("predictions.csv", b""),
        ("predictions.csv", b"\xff\xfe"),
        ("predictions.csv", b'a,b\n"1'),
        ("images.csv", b"image\n1\n"),
        ("images.csv", b""),
        ("card.md", b"\xff"),
        ("outliers.safetensors", b"no"),
        ("models/0/1-0.txt", b"tree\n"),
        ("models/0/1-0.txt", b"\xff"),
    ],
)
def test_members_of_another_kind_are_refused(small, tmp_path, name, content):
    with pytest.raises(BundleError, match="again"):
        Bundle.open(rewritten(small, tmp_path / "x.zip", members=[(name, content)]))


def test_the_documented_examples(small, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert (
        doctest.testmod(boost.bundle.bundle, extraglobs={"path": small.path, "descriptors": small.variants}).failed == 0
    )
