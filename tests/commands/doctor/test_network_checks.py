"""Laws of doctor: it speaks of the networks that were asked for, waits for no server, and forbids nothing."""

import os
import socket
from time import perf_counter, sleep

import pytest
import torch

from commands.doctor import network_checks
from commands.doctor.asked_networks import PAPER, asked_networks
from commands.doctor.network_checks import reachable, weight_check, weight_checks
from featurize.encoders.known.photographs import PAPERS
from featurize.encoders.registry import ENCODERS, find_encoder
from featurize.encoders.sources.remembered_places import FOLDER, remember_place
from featurize.protocol import Protocol, ProtocolError
from featurize.store.file_format import Entry
from featurize.store.gather import store_path
from featurize.store.image_index import remember
from featurize.store.open_store import open_store
from featurize.store.variants import mark_finished, variant_files


@pytest.fixture(autouse=True)
def nothing_here(tmp_path, monkeypatch):
    """No download lies here, nothing is remembered, and no server is asked."""
    monkeypatch.setenv(FOLDER, os.fspath(tmp_path / "state"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: os.fspath(tmp_path / "torch"))
    monkeypatch.setattr("featurize.encoders.files.hub.hub_cache", lambda: tmp_path / "hub")
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("a connection"))


def test_without_a_name_it_is_about_what_was_described_last_and_else_about_the_paper(place, tmp_path):
    assert [encoder.name for encoder in asked_networks(None, place.folder / "cache").encoders] == ["squeezenet1_1"]
    assert [encoder.name for encoder in asked_networks(None, tmp_path).encoders] == list(PAPER)
    assert asked_networks(PAPER[::-1], tmp_path).run == "the paper's run"
    with pytest.raises(ProtocolError, match="unknown encoder"):
        asked_networks(["resnet49"], tmp_path)


@pytest.mark.parametrize("name", ENCODERS)
def test_what_is_lacking_comes_with_an_address_and_a_place(name):
    check = weight_check(find_encoder(name), "auto", online=False)
    if check.state != "ok":  # of an installed package
        assert check.state == "problem" and len(check.found) < 40
        assert "https://" in check.remedy and "--weights" in check.remedy
    assert "must not" not in check.found + check.remedy


@pytest.mark.parametrize("encoder", PAPERS, ids=lambda encoder: encoder.name)
def test_online_it_tells_what_extract_will_download(encoder):
    check = weight_check(encoder, "auto", online=True)
    assert check.state == "ok" and "will be downloaded by extract" in check.found and "MB" in check.found


def test_a_folder_that_an_earlier_run_was_given_is_looked_into(tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "vgg16.safetensors").write_bytes(b"own")
    remember_place(tmp_path / "weights", {"vgg16": ""})
    check = weight_check(ENCODERS["vgg16"], "auto", online=False)
    assert check.state == "note" and os.fspath(tmp_path / "weights") in check.found and "--weights" in check.remedy


def test_only_the_networks_that_were_asked_for_have_lines(monkeypatch):
    monkeypatch.setattr(network_checks, "reachable", lambda pages: set(pages))
    checks = list(weight_checks([ENCODERS["vgg16"], ENCODERS["uni"]], "auto", offline=False))
    assert [check.what for check in checks] == ["weights of vgg16", "weights of uni", "other weights"]
    assert checks[1].state == "note" and "asked for" in checks[1].found


def test_offline_no_server_is_asked(monkeypatch):
    monkeypatch.setattr(network_checks, "urlopen", lambda *_, **__: pytest.fail("a server was asked"))
    checks = list(weight_checks(PAPERS, "auto", offline=True))
    assert {check.state for check in checks[:-1]} == {"problem"}


def test_servers_that_never_answer_are_waited_for_together_and_not_long(monkeypatch):
    monkeypatch.setattr(network_checks, "PATIENCE", 0.1)

    def silent(*_, **__):
        sleep(2)
        raise OSError("no answer")

    monkeypatch.setattr(network_checks, "urlopen", silent)
    started = perf_counter()
    assert reachable([f"https://{number}.example" for number in range(5)]) == set()
    assert perf_counter() - started < 1.5


def described(folder, encoders, second):
    """What an extraction leaves in the folder of a data set; second: since when it lies there."""
    stores = []
    for encoder in encoders:
        protocol = Protocol(encoder, "digest", crop=64, crops=1, views=2)
        path = store_path(folder.parent, folder.name, protocol)
        path.parent.mkdir(parents=True, exist_ok=True)
        stores.append(open_store(path, protocol, {"dim": 3}, [Entry("a.png", "a", "p", "1")]))
    remember(folder, {}, {}, variant_files(stores))
    mark_finished(folder, stores)
    for path in folder.iterdir():
        os.utime(path, (second, second))


def test_it_is_about_the_latest_extraction_and_not_about_all_that_the_cache_has(tmp_path):
    described(tmp_path / "set", ["vgg16"], second=1)
    described(tmp_path / "set", ["squeezenet1_1", "resnet50"], second=3)
    described(tmp_path / "older", ["resnet18"], second=2)
    assert {encoder.name for encoder in asked_networks(None, tmp_path).encoders} == {"resnet50", "squeezenet1_1"}
    described(tmp_path / "set", ["vgg16"], second=4)
    assert [encoder.name for encoder in asked_networks(None, tmp_path).encoders] == ["vgg16"]
    (tmp_path / "set" / "images.json").write_text("damaged")
    assert len(asked_networks(None, tmp_path).encoders) == 3, "then nobody knows which was the latest"
