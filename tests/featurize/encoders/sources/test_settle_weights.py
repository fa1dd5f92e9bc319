"""Laws of finding weights again: the digest decides, places that are gone are passed over, a named place wins."""

import os
import shutil
import warnings
from hashlib import sha256

import pytest
import torch
from safetensors.torch import save_file

from featurize.encoders.encoder_pool import EncoderPool
from featurize.encoders.registry import ENCODERS
from featurize.encoders.sources import automatic, known_origins
from featurize.encoders.sources.known_origins import KNOWN_ORIGINS, KnownOrigin, with_origin
from featurize.encoders.sources.remembered_files import is_published, remembered_files
from featurize.encoders.sources.remembered_places import FOLDER, remember_place, remembered_places
from featurize.encoders.sources.settle_weights import remember_named, settle_weights
from featurize.encoders.weights import WeightsError, find_all_weights, find_weights, load_network

NAME = "squeezenet1_1"
ENCODER = ENCODERS[NAME]


@pytest.fixture
def state(tmp_path, monkeypatch):
    """Nothing is remembered yet, and no download lies here; none is made."""
    monkeypatch.setenv(FOLDER, os.fspath(tmp_path / "state"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: os.fspath(tmp_path / "torch"))
    monkeypatch.setattr(automatic, "fetch", lambda *_, **__: pytest.fail("a download"))


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Two folders with different weights in files of one name; the digest of each."""
    folder = tmp_path_factory.mktemp("weights")
    digests = {}
    for seed in (1, 2):
        (folder / str(seed)).mkdir()
        path = folder / str(seed) / f"{NAME}.safetensors"
        state = load_network(ENCODER, None, seed=seed).state_dict()
        save_file({name: value.contiguous() for name, value in state.items()}, path)
        digests[folder / str(seed)] = EncoderPool({NAME: path}).digest(NAME)
    return digests


def settled(digest, source="auto", offline=True):
    """What a pool takes; the digest of it, and what was said."""
    with EncoderPool({}) as pool, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = settle_weights(pool, NAME, digest, source, offline)
        return pool.weights[NAME].parent, found, [str(one.message) for one in said]


def test_weights_are_found_in_the_folder_that_an_earlier_run_was_given(state, networks):
    folder, digest = next(iter(networks.items()))
    assert settled(digest, os.fspath(folder)) == (folder, digest, [])
    where, found, said = settled(digest, offline=False)  # a download would fail the test
    assert (where, found) == (folder, digest)
    assert len(said) == 1 and os.fspath(folder) in said[0]


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_files_of_one_name_the_digest_decides(turned, state, networks):
    for folder in sorted(networks, reverse=turned):
        remember_place(folder, {NAME: ""})
    for folder, digest in networks.items():
        assert settled(digest)[:2] == (folder, digest)


def test_what_the_file_says_of_a_digest_is_not_believed(state, networks):
    (first, digest), (second, _) = networks.items()
    remember_place(first, {NAME: ""})
    remember_place(second, {NAME: digest})  # where another file lies by now
    assert settled(digest)[:2] == (first, digest)


def test_places_that_are_gone_moved_or_damaged_are_passed_over(state, networks, tmp_path):
    folder, digest = next(iter(networks.items()))
    remember_place(folder, {NAME: digest})
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / f"{NAME}.safetensors").write_bytes(b"half")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for place in (damaged, tmp_path / "circle", tmp_path / "gone", tmp_path / ("x" * 300)):
        remember_place(place, {NAME: digest})
    remember_place(tmp_path / ("y" * 300), {"vgg16": ""})
    assert settled(digest)[:2] == (folder, digest)


def test_a_single_file_counts_for_the_network_that_it_was_given_for(state, networks):
    folder, digest = next(iter(networks.items()))
    remember_named(os.fspath(folder / f"{NAME}.safetensors"), {NAME: digest})
    assert settled(digest)[:2] == (folder, digest)
    assert list(remembered_files(ENCODERS["vgg16"])) == []


def test_a_place_that_is_named_wins_though_its_digest_is_another(state, networks):
    (first, digest), (second, other) = networks.items()
    remember_place(first, {NAME: digest})
    assert settled(digest, os.fspath(second))[:2] == (second, other)
    assert [place.path for place in remembered_places()] == [first]  # what did not serve is not remembered


def test_where_no_place_has_the_digest_the_way_by_hand_is_told(state, networks):
    for folder, digest in networks.items():
        remember_place(folder, {NAME: digest})
    with pytest.raises(WeightsError, match="on a machine that is online get"):
        settled("0" * 64)


def test_words_for_sources_are_no_places(state):
    remember_named("auto", {NAME: ""})
    remember_named("random", {NAME: ""})
    assert remembered_places() == []


def test_auto_takes_remembered_weights_only_where_they_are_the_published_ones(state, networks, monkeypatch):
    folder, digest = next(iter(networks.items()))
    remember_place(folder, {NAME: digest})
    with pytest.raises(WeightsError, match=r"not here.*an earlier run had weights of its own from"):
        find_all_weights([ENCODER], "auto", offline=True)
    path = folder / f"{NAME}.safetensors"
    content = sha256(path.read_bytes()).hexdigest()
    for known in (KnownOrigin(NAME, digest, "other bytes", "", ""), KnownOrigin(NAME, "", content, "", "")):
        for module in ("weights.KNOWN_ORIGINS", "sources.remembered_files.BY_SHA256"):
            table = (known,) if module.endswith("ORIGINS") else {known.sha256: known}
            monkeypatch.setattr(f"featurize.encoders.{module}", table)
        assert is_published(ENCODER, path) == (known.sha256 == content)
        with pytest.warns(UserWarning, match="which an earlier run here was given"):
            assert find_weights(ENCODER, "auto", offline=True) == path


def test_a_copy_elsewhere_is_found_when_the_first_is_gone(state, networks, tmp_path):
    folder, digest = next(iter(networks.items()))
    copy = shutil.copytree(folder, tmp_path / "copy")
    other = shutil.copytree(folder, tmp_path / "other")
    remember_place(copy, {NAME: digest})
    remember_place(other, {NAME: digest})
    shutil.rmtree(other)
    assert settled(digest)[:2] == (copy, digest)


@pytest.mark.parametrize("origin", KNOWN_ORIGINS, ids=lambda origin: origin.encoder)
def test_who_trained_weights_is_said_where_their_digest_is_known(origin):
    facts = {"digest": origin.digest, "weights": "unknown", "licence": "unknown", "dim": 3}
    assert with_origin(facts) == {**facts, "weights": origin.weights, "licence": origin.licence}
    assert "unknown" not in (origin.weights, origin.licence) and origin.encoder in ENCODERS
    published = facts | {"weights": "published", "licence": "MIT"}
    assert with_origin(published) == published


@pytest.mark.parametrize("facts", [{}, {"weights": "unknown"}, {"weights": "unknown", "digest": ["x"]}])
def test_what_is_not_known_stays_unknown(facts):
    assert with_origin(facts) == facts
    assert known_origins.UNKNOWN == "unknown"
