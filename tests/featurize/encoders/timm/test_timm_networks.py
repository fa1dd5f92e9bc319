"""Laws of timm's networks: which tokens are read, under which names, and that company changes nothing."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from featurize.encoders.inference import TorchRunner
from featurize.encoders.network import FromPixels
from featurize.encoders.openvino_runner import ConvertedNetwork, OpenVinoRunner, TorchRequest
from featurize.encoders.registry import ENCODERS
from featurize.encoders.timm.timm_networks import build_timm, channels_first
from featurize.encoders.weights import load_network, weights_digest

WIDTH, SIDE, PATCH, REGISTERS = 16, 32, 8, 4
ARGUMENTS = (("img_size", SIDE), ("patch_size", PATCH), ("embed_dim", WIDTH), ("depth", 2), ("num_heads", 2))
TINY = replace(
    ENCODERS["uni"], name="tiny", dim=WIDTH, input=SIDE, patch=PATCH, parameters=10_000, arguments=ARGUMENTS, hub=""
)
WITH_REGISTERS = replace(
    TINY, name="tiny_reg", register_tokens=REGISTERS, arguments=(*ARGUMENTS, ("reg_tokens", REGISTERS))
)
BOTH = replace(WITH_REGISTERS, name="tiny_both", tokens="cls+patches", dim=2 * WIDTH)
LIKE_VIRCHOW = replace(
    BOTH,
    name="tiny_swiglu",
    arguments=(
        *BOTH.arguments,
        ("mlp_layer", "timm.layers.SwiGLUPacked"),
        ("act_layer", "torch.nn.SiLU"),
        ("init_values", 1e-5),
    ),
)
LITE = ENCODERS["tf_efficientnet_lite0"]
NETWORKS = {encoder.name: encoder for encoder in (TINY, BOTH, LIKE_VIRCHOW, LITE)}


@cache
def network(encoder):
    return load_network(encoder, None)


def images(count=4, side=SIDE, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8))


@torch.inference_mode()
def features(encoder, pixels):
    return FromPixels(network(encoder), encoder, as_maps=False)(pixels)


@torch.inference_mode()
def tokens(encoder, pixels):
    """All tokens (n, token, channel), as timm gives them."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (encoder.mean, encoder.std))
    return network(encoder).model.forward_features((pixels.permute(0, 3, 1, 2) / 255 - mean) / std)


@pytest.mark.parametrize(
    ("read", "width"), [("cls", WIDTH), ("patches", WIDTH), ("cls+patches", 2 * WIDTH), ("patches+cls", 2 * WIDTH)]
)
@pytest.mark.parametrize("registers", [0, REGISTERS])
def test_tokens_are_read_as_the_entry_says_and_registers_are_in_no_mean(read, width, registers):
    base = WITH_REGISTERS if registers else TINY
    encoder = replace(base, tokens=read, dim=width)
    found, every = features(encoder, images()), tokens(encoder, images())
    assert every.shape[1] == 1 + registers + (SIDE // PATCH) ** 2
    parts = {"cls": every[:, 0], "patches": every[:, 1 + registers :].mean(dim=1)}
    expected = torch.cat([parts[part] for part in read.split("+")], dim=1)
    assert_close(found, expected, atol=1e-5, rtol=1e-5)
    if registers:
        with_them = every[:, 1:].mean(dim=1)
        assert (parts["patches"] - with_them).abs().max() > 1e-3


def test_the_token_of_the_class_is_what_timm_itself_classifies_by():
    with torch.inference_mode():
        x = torch.randn(2, 3, SIDE, SIDE)
        assert_close(network(TINY)(x), network(TINY).model(x))
        pooled = network(LITE).model(torch.nn.functional.interpolate(x, size=(64, 64)))
        assert_close(network(LITE)(torch.nn.functional.interpolate(x, size=(64, 64))), pooled, atol=1e-5, rtol=1e-4)


def test_maps_are_the_patches_in_their_places():
    with torch.inference_mode():
        (grid,) = FromPixels(network(BOTH), BOTH, as_maps=True)(images(2))
    assert grid.shape == (2, WIDTH, SIDE // PATCH, SIDE // PATCH)
    assert_close(grid.mean(dim=(2, 3)), features(BOTH, images(2))[:, WIDTH:], atol=1e-5, rtol=1e-5)
    assert_close(grid[:, :, 0, 1], tokens(BOTH, images(2))[:, 1 + REGISTERS + 1], atol=1e-5, rtol=1e-5)


def test_channels_that_come_last_are_put_first():
    last = torch.randn(2, 3, 5, 7)
    assert channels_first(last, 7).shape == (2, 7, 3, 5) and channels_first(last, 3) is last
    assert torch.equal(channels_first(last, 7)[:, :, 1, 2], last[:, 1, 2])


@pytest.mark.parametrize("kind", ["torch", "openvino"])
@pytest.mark.parametrize("name", NETWORKS)
def test_company_and_order_change_no_feature_and_every_runner_agrees(name, kind):
    encoder = NETWORKS[name]
    side = encoder.input if encoder.fixed_input else 65
    given = images(4, side)
    if kind == "openvino":
        pytest.importorskip("openvino")
        runner = OpenVinoRunner(ConvertedNetwork(network(encoder), encoder))
    else:
        runner = TorchRunner(network(encoder), encoder, "cpu", "float32")
        runner.batch = 4
    together = runner.features(given)
    alone = torch.cat([runner.features(crop[None]) for crop in given])
    order = torch.tensor([2, 0, 3, 1])
    scale = together.abs().max()
    assert together.shape == (4, encoder.dim) and together.dtype == torch.float32
    assert (alone - together).abs().max() < 1e-4 * scale
    assert (runner.features(given[order]) - together[order]).abs().max() < 1e-4 * scale
    assert (features(encoder, given) - together).abs().max() < 1e-4 * scale


@pytest.mark.parametrize("fault", ["raises", "differs"])
def test_a_network_that_openvino_cannot_follow_runs_in_torch_and_that_is_said(fault, monkeypatch):
    pytest.importorskip("openvino")
    encoder = replace(TINY, name="timm:tiny")
    stranger, convert = ConvertedNetwork(load_network(BOTH, None), BOTH), ConvertedNetwork.for_size

    def another(converted, as_maps, height, width):
        if fault == "raises":
            raise RuntimeError("no such layer")
        return convert(stranger, as_maps, height, width)

    monkeypatch.setattr(ConvertedNetwork, "for_size", another)
    monkeypatch.setattr(ConvertedNetwork, "of_size", another)
    runner = OpenVinoRunner(ConvertedNetwork(network(TINY), encoder))
    with pytest.warns(UserWarning, match="timm:tiny runs in PyTorch"):
        found = runner.features(images())
        maps = runner.maps(images()[0])
    assert_close(found, features(TINY, images()), atol=1e-5, rtol=1e-4)
    assert maps[0].shape == (1, WIDTH, SIDE // PATCH, SIDE // PATCH)


def test_a_network_that_is_another_at_each_size_is_followed_at_that_size(monkeypatch):
    pytest.importorskip("openvino")
    monkeypatch.setattr(ConvertedNetwork, "for_size", lambda *_: (_ for _ in ()).throw(RuntimeError("another size")))
    runner = OpenVinoRunner(ConvertedNetwork(network(TINY), replace(TINY, name="timm:tiny")))
    assert_close(runner.features(images()), features(TINY, images()), atol=1e-5, rtol=1e-4)
    (compiled,) = runner.compiled.values()
    assert not isinstance(compiled.request, TorchRequest)


@pytest.mark.parametrize("name", NETWORKS)
def test_random_weights_are_seeded_leave_nothing_unset_and_tell_images_apart(name):
    encoder = NETWORKS[name]
    again = load_network(encoder, None)
    assert weights_digest(again) == weights_digest(network(encoder))
    assert all(value.isfinite().all() for value in again.state_dict().values())
    side = encoder.input if encoder.fixed_input else 64
    found = features(encoder, images(3, side) // torch.tensor([1, 2, 4])[:, None, None, None])
    spread = (found - found.mean(dim=0)).norm() / found.norm()
    assert found.isfinite().all() and spread > 0.01


@pytest.mark.parametrize("encoder", [TINY, LITE], ids=lambda encoder: encoder.name)
def test_parameters_have_timms_names_and_classifiers_are_known(encoder):
    built = build_timm(encoder)
    assert set(built.state_dict()) == set(built.model.state_dict())
    assert not [name for name in built.state_dict() if name.startswith(built.classifiers)]
    assert built.classifiers == (("head.",) if encoder is TINY else ("classifier.",))
    built.load_state_dict(network(encoder).model.state_dict())
    assert weights_digest(built) == weights_digest(network(encoder))


def test_what_is_pooled_is_normed_where_the_network_does_so():
    encoder = replace(TINY, tokens="patches", arguments=(*ARGUMENTS, ("global_pool", "avg")))
    built = build_timm(encoder).eval()
    torch.nn.init.uniform_(built.model.fc_norm.weight)
    with torch.inference_mode():
        x = torch.randn(2, 3, SIDE, SIDE)
        assert_close(built(x), built.model(x))


def test_parameters_are_saved_and_loaded_alone_and_as_part_of_another_module():
    one, other = (build_timm(TINY) for _ in range(2))
    other.load_state_dict(one.state_dict())
    assert_close(other.state_dict(), one.state_dict())
    whole, further = (torch.nn.Sequential(build_timm(TINY), torch.nn.Linear(WIDTH, 2)) for _ in range(2))
    further.load_state_dict(whole.state_dict())
    assert_close(dict(further.named_parameters()), dict(whole.named_parameters()))
