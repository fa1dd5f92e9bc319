"""Laws of the weights: a file gives its network or a plain error, and random weights are the same everywhere."""

import os
from hashlib import sha256
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from safetensors.torch import save_file
from torchvision import models

from featurize.encoders.network import FromPixels
from featurize.encoders.registry import ENCODERS
from featurize.encoders.sources import automatic, published_file
from featurize.encoders.weights import WeightsError, find_weights, load_network, weights_digest
from tests.cohort.downloads.local_server import serving
from tests.featurize.random_networks import TORCHVISION

CPU = torch.device("cpu")
SQUEEZENET = ENCODERS["squeezenet1_1"]


@torch.inference_mode()
def encode(network, encoder):
    """Features of the test's pixels as the plain network gives them."""
    return FromPixels(network, encoder, as_maps=False)(torch.from_numpy(pixels())).numpy()


@pytest.fixture
def state():
    torch.manual_seed(3)
    return models.squeezenet1_1(weights=None).state_dict()


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """Torch's own folder of downloads, empty, and no way to the network."""

    def offline(*_):
        raise URLError("no route to host")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: os.fspath(tmp_path / "hub"))
    monkeypatch.setattr("urllib.request.HTTPSHandler.https_open", offline)
    monkeypatch.setattr("cohort.downloads.download.WAIT", 0)
    return tmp_path / "hub" / "checkpoints"


def pixels(side=96):
    return np.random.default_rng(1).integers(0, 256, (2, side, side, 3), dtype=np.uint8)


def published(name):
    """A network of torchvision's with random weights, classifiers and batch-norm statistics."""
    torch.manual_seed(7)
    if name == "inception_v3":
        network = models.inception_v3(weights=None, transform_input=True, init_weights=False)
    else:
        network = models.resnet50(weights=None)
    network.eval()
    norms = [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None
        norm.train()
    with torch.inference_mode():  # without statistics of its own a random network says the same of every image
        network(torch.randn(4, 3, 96, 96))
    return network.eval()


@pytest.mark.parametrize("name", ["resnet50", "inception_v3"])
def test_features_equal_torchvisions_own_last_average(name, tmp_path):
    encoder, full = ENCODERS[name], published(name)
    torch.save(full.state_dict(), tmp_path / f"{name}.pth")
    seen = []
    full.avgpool.register_forward_hook(lambda _, inputs, output: seen.append(output.flatten(1)))
    given = torch.from_numpy(pixels()).permute(0, 3, 1, 2) / 255
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.inference_mode():
        full((given - mean) / std)
    network = load_network(encoder, find_weights(encoder, os.fspath(tmp_path)))
    expected = seen[0].numpy()
    assert_allclose(encode(network, encoder), expected, rtol=1e-4, atol=1e-4 * expected.max())


def test_safetensors_and_torch_files_give_the_same_network(state, tmp_path):
    save_file(state, tmp_path / "squeezenet1_1.safetensors")
    torch.save(state, tmp_path / "squeezenet1_1.pth")
    torch.save(state, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    files = ("squeezenet1_1.safetensors", "squeezenet1_1.pth", "old.pth")
    assert len({weights_digest(load_network(SQUEEZENET, tmp_path / name)) for name in files}) == 1
    without = {name: value for name, value in state.items() if not name.startswith("classifier")}
    save_file(without, tmp_path / "bare.safetensors")
    assert weights_digest(load_network(SQUEEZENET, tmp_path / "bare.safetensors")) == weights_digest(
        load_network(SQUEEZENET, tmp_path / "old.pth")
    )


def test_a_changed_parameter_is_another_digest(state, tmp_path):
    torch.save(state, tmp_path / "a.pth")
    state["features.0.bias"][0] += 1e-3
    torch.save(state, tmp_path / "b.pth")
    assert weights_digest(load_network(SQUEEZENET, tmp_path / "a.pth")) != weights_digest(
        load_network(SQUEEZENET, tmp_path / "b.pth")
    )


@pytest.mark.parametrize("name", ["safetensors", "pth", "published"])
def test_a_folder_is_searched_for_all_names(name, state, tmp_path):
    url = models.get_weight(SQUEEZENET.weights).url
    file = tmp_path / (Path(url).name if name == "published" else f"squeezenet1_1.{name}")
    file.write_bytes(b"")
    assert find_weights(SQUEEZENET, os.fspath(tmp_path)) == file


@pytest.mark.parametrize("name", TORCHVISION)
def test_a_missing_file_is_named_with_its_place(name, tmp_path):
    with pytest.raises(WeightsError) as error:
        find_weights(ENCODERS[name], os.fspath(tmp_path))
    url = models.get_weight(ENCODERS[name].weights).url
    assert f"{name}.safetensors" in str(error.value)
    assert Path(url).name in str(error.value) and os.fspath(tmp_path) in str(error.value)


def test_another_networks_weights_are_refused(state, tmp_path):
    wide = dict(state) | {"features.0.bias": torch.zeros(65)}
    more = dict(state) | {"features.99.weight": torch.zeros(1)}
    less = {name: value for name, value in state.items() if name != "features.3.squeeze.bias"}
    for number, wrong in enumerate((wide, more, less, {})):
        torch.save(wrong, tmp_path / f"{number}.pth")
        with pytest.raises(WeightsError, match="another network"):
            load_network(SQUEEZENET, tmp_path / f"{number}.pth")


def test_weights_that_are_not_finite_are_refused_where_they_matter(state, tmp_path):
    state["classifier.1.weight"][0] = torch.nan  # torchvision's VGG-16 file is like this
    torch.save(state, tmp_path / "classifier.pth")
    load_network(SQUEEZENET, tmp_path / "classifier.pth")
    state["features.0.bias"][0] = torch.nan
    torch.save(state, tmp_path / "features.pth")
    with pytest.raises(WeightsError, match=r"features\.0\.bias is not finite"):
        load_network(SQUEEZENET, tmp_path / "features.pth")


@pytest.mark.parametrize("content", [[torch.zeros(2)], torch.zeros(2), {"state_dict": {"a": torch.zeros(2)}}, {1: 2}])
def test_what_is_not_a_state_dict_is_refused(content, tmp_path):
    torch.save(content, tmp_path / "odd.pth")
    with pytest.raises(WeightsError, match="state_dict"):
        load_network(SQUEEZENET, tmp_path / "odd.pth")


class Intruder:
    def __reduce__(self):
        return os.mkdir, ("intruder-was-here",)


@pytest.mark.parametrize("modern", [True, False])
def test_code_in_a_file_is_refused_and_never_run(modern, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"features.0.weight": Intruder()}, "evil.pth", _use_new_zipfile_serialization=modern)
    with pytest.raises(WeightsError, match=r"evil\.pth"):
        load_network(SQUEEZENET, Path("evil.pth"))
    assert [path.name for path in tmp_path.iterdir()] == ["evil.pth"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["safetensors", "zip", "legacy"])
def test_a_damaged_file_is_refused_or_read_but_never_breaks(kind, tmp_path):
    whole = tmp_path / "whole.bin"
    if kind == "safetensors":
        save_file({"a": torch.ones(20)}, whole)
    else:
        torch.save({"a": torch.ones(20)}, whole, _use_new_zipfile_serialization=kind == "zip")
    rng, good = np.random.default_rng(0), whole.read_bytes()
    file = tmp_path / ("a.safetensors" if kind == "safetensors" else "a.pth")
    for number in range(120):
        bad = bytearray(good)
        bad[rng.integers(len(bad))] ^= 1 << rng.integers(8)
        file.write_bytes(bad[: rng.integers(len(bad))] if number % 2 else bad)
        with pytest.raises(WeightsError):  # at the least, it is not SqueezeNet
            load_network(SQUEEZENET, file)


@pytest.mark.parametrize("name", ["squeezenet1_1", "resnet50"])  # without batch norm, and with it
def test_random_weights_are_the_same_for_any_number_of_threads(name):
    digests = []
    before = torch.get_num_threads()
    for threads in (1, 3):
        torch.set_num_threads(threads)
        torch.manual_seed(threads)  # nor does the global generator matter
        digests.append(weights_digest(load_network(ENCODERS[name], find_weights(ENCODERS[name], "random"))))
        assert torch.get_num_threads() == threads
    torch.set_num_threads(before)
    assert digests[0] == digests[1]


def test_random_weights_leave_the_global_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    load_network(ENCODERS["squeezenet1_1"], None)
    assert torch.equal(torch.rand(3), expected)


def test_auto_without_a_network_says_which_file_to_put_where(hub):
    with pytest.raises(WeightsError) as error:
        find_weights(SQUEEZENET, "auto")
    url = models.get_weight(SQUEEZENET.weights).url
    assert url in str(error.value) and os.fspath(hub / Path(url).name) in str(error.value)


def test_auto_refuses_a_download_folder_that_cannot_be_made(hub, tmp_path):
    (tmp_path / "hub").write_text("in the way")
    with pytest.raises(WeightsError, match="could not be downloaded"):
        find_weights(SQUEEZENET, "auto")


def test_auto_reports_a_damaged_file(hub):
    hub.mkdir(parents=True)
    file = hub / Path(models.get_weight(SQUEEZENET.weights).url).name
    file.write_bytes(b"half a download")
    with pytest.raises(WeightsError, match=r"damaged.*delete"):
        find_weights(SQUEEZENET, "auto")


def test_auto_downloads_once_and_verifies(hub, state, tmp_path, monkeypatch):
    torch.save(state, tmp_path / "server.pth")
    content = (tmp_path / "server.pth").read_bytes()
    name = f"net-{sha256(content).hexdigest()[:8]}.pth"
    with serving(content) as server:
        server.cut_after = [1000]  # a large download goes on where it broke off
        for module in (automatic, published_file):
            monkeypatch.setattr(module, "download_url", lambda encoder: f"{server.url}/{name}")
        first = find_weights(SQUEEZENET, "auto")
        assert find_weights(SQUEEZENET, "auto") == first == hub / name
        assert server.asked == [None, "bytes=1000-"]
    load_network(SQUEEZENET, first)


@pytest.mark.parametrize("name", TORCHVISION)
def test_the_published_names_hold_the_start_of_a_digest(name):
    prefix = Path(models.get_weight(ENCODERS[name].weights).url).stem.rsplit("-", 1)[1]
    assert len(prefix) == 8 and int(prefix, 16) >= 0


def test_the_real_squeezenet_loads(shared):
    path = find_weights(SQUEEZENET, os.fspath(shared / "weights"))
    features = encode(load_network(SQUEEZENET, path), SQUEEZENET)
    assert np.isfinite(features).all() and features.max() > 0.1


def test_offline_nothing_is_downloaded_and_the_way_by_hand_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr("featurize.encoders.sources.automatic.fetch", lambda *a, **k: pytest.fail("a network call"))
    with pytest.raises(WeightsError, match=r"not be downloaded; on a machine that is online get https://.*pth and put"):
        find_weights(ENCODERS["resnet50"], "auto", offline=True)
