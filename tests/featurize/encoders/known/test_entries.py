"""The entries tell the truth: what is built has the width, the size, the patches and the tokens that they say."""

import json
import re
from dataclasses import asdict, replace

import pytest
from timm.models import get_pretrained_cfg
from torch import nn

from featurize.encoders.known.encoder import Encoder
from featurize.encoders.known.of_timm import of_timm
from featurize.encoders.known.pathology import PATHOLOGY
from featurize.encoders.known.photographs import OTHERS, PAPERS
from featurize.encoders.networks import build_uninitialised
from featurize.encoders.registry import ENCODERS
from featurize.encoders.timm.timm_networks import prefix_tokens

OF_TIMM = [name for name, encoder in ENCODERS.items() if encoder.library == "timm"]
TRANSFORMERS = [name for name in OF_TIMM if ENCODERS[name].tokens != "map"]
CONVOLUTIONAL = [name for name in OF_TIMM if ENCODERS[name].tokens == "map"]
DEPTHS = {"small": 12, "base": 12, "large": 24, "huge": 32, "giant": 40}  # blocks, by the second word of timm's names


def shallow(encoder, blocks):
    """The network with so many blocks, and without numbers: the giants do not fit into a test."""
    arguments = {**dict(encoder.arguments), "depth": blocks}
    return build_uninitialised(replace(encoder, arguments=tuple(arguments.items()))).model


def size(model):
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_a_transformer_is_what_its_entry_says(name):
    encoder = ENCODERS[name]
    one, two = shallow(encoder, 1), shallow(encoder, 2)
    depth = dict(encoder.arguments).get("depth", DEPTHS[encoder.built_as.split("_")[1]])
    assert size(one) + (depth - 1) * (size(two) - size(one)) == encoder.parameters
    assert encoder.dim == one.embed_dim * len(encoder.tokens.split("+"))
    assert one.patch_embed.patch_size == (encoder.patch, encoder.patch)
    assert prefix_tokens(one) == 1 + encoder.register_tokens
    built_for = dict(encoder.arguments).get("img_size", encoder.input)
    assert encoder.fixed_input and (built_for == encoder.input or dict(encoder.arguments)["dynamic_img_size"])
    assert encoder.input % encoder.patch == 0 and encoder.smallest == 1


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_a_convolutional_network_is_what_its_entry_says(name):
    encoder = ENCODERS[name]
    model = build_uninitialised(encoder).model
    assert size(model) == encoder.parameters and model.num_features == encoder.dim
    assert not encoder.fixed_input and encoder.patch is None and encoder.register_tokens == 0


@pytest.mark.parametrize("encoder", OTHERS, ids=lambda encoder: encoder.name)
def test_facts_are_those_that_timm_tells(encoder):
    config = get_pretrained_cfg(encoder.architecture)
    assert (encoder.mean, encoder.std) == (config.mean, config.std)
    assert encoder.input == config.input_size[1] and encoder.interpolation == config.interpolation
    assert encoder.hub in (config.hf_hub_id, config.url)
    if config.license:  # earlier versions of timm do not tell
        assert encoder.licence.lower() == config.license


def test_xception_has_the_eps_of_keras():
    network = build_uninitialised(ENCODERS["legacy_xception"])
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    assert {norm.eps for norm in norms} == {1e-3} and len(norms) > 30


@pytest.mark.parametrize("encoder", ENCODERS.values(), ids=lambda encoder: encoder.name)
def test_an_entry_is_complete_and_fits_into_json_and_file_names(encoder):
    assert json.loads(json.dumps(asdict(encoder)))["name"] == encoder.name and hash(encoder)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", encoder.name)
    assert encoder.licence and encoder.paper and encoder.commercial in ("yes", "no")
    assert len(encoder.mean) == len(encoder.std) == 3 and min(encoder.std) > 0
    assert encoder.pooling and encoder.interpolation in ("bilinear", "bicubic")


def test_pathology_networks_have_a_hub_a_resolution_or_none_and_say_what_may_be_done():
    for encoder in PATHOLOGY:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", encoder.hub), encoder.name
        assert all(0.1 <= mpp <= 4 for mpp in encoder.mpp)
        assert ("NC" in encoder.licence or "non-commercial" in encoder.licence) <= (encoder.commercial == "no")
        assert encoder.gated != "yes"


def test_two_widths_under_one_name_are_two_entries_of_the_same_weights():
    for name in ("virchow", "virchow2", "h0_mini", "midnight"):
        both, alone = ENCODERS[name], ENCODERS[f"{name}_cls"]
        assert (both.tokens, alone.tokens) == ("cls+patches", "cls") and both.dim == 2 * alone.dim
        assert (both.hub, both.arguments, both.architecture) == (alone.hub, alone.arguments, alone.architecture)
        assert alone.name in both.remark


def test_what_entries_of_timm_share_is_said_once():
    usual = of_timm("resnet10t.c3_in1k", 512, 4_900_000, "nobody")
    assert isinstance(usual, Encoder) and usual.name == "resnet10t" and usual.hub == "timm/resnet10t.c3_in1k"
    assert of_timm("vit_tiny_patch16_224.x", 192, 1, "nobody", tokens="cls").fixed_input
    assert [encoder.name for encoder in PAPERS][:3] == ["resnet50", "inception_v3", "vgg16"]
