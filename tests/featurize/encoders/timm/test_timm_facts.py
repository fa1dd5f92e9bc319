"""Any network of timm: its facts are read off it, and what is of no use is refused with a reason."""

import sys

import pytest
import timm
import torch

from featurize.encoders.registry import ENCODERS, find_encoder
from featurize.encoders.timm.timm_facts import commercial_use, timm_encoder
from featurize.protocol import ProtocolError

FACTS = ("dim", "mean", "std", "parameters", "smallest", "input", "weights", "architecture", "arguments", "tokens",
         "register_tokens", "patch", "fixed_input", "interpolation", "hub")  # fmt: skip


@pytest.mark.parametrize("name", ["resnet18", "vit_small_patch16_224", "legacy_xception"])
def test_what_is_read_off_a_network_is_what_its_named_entry_says(name):
    entry = ENCODERS[name]
    found = find_encoder(f"timm:{entry.architecture}")
    for fact in FACTS:
        assert getattr(found, fact) == getattr(entry, fact), fact
    assert found.name == f"timm:{entry.architecture}" and found.library == "timm"


@pytest.mark.parametrize(
    ("name", "tokens", "dim", "fixed"),
    [
        ("swin_tiny_patch4_window7_224", "map", 768, True),  # channels last
        ("mixer_s32_224", "patches", 512, True),  # no token of a class
        ("deit_tiny_distilled_patch16_224", "cls", 192, True),
        ("regnety_002", "map", 368, False),
    ],
)
def test_maps_and_tokens_are_told_apart(name, tokens, dim, fixed):
    found = timm_encoder(f"timm:{name}")
    assert (found.tokens, found.dim, found.fixed_input, found.input) == (tokens, dim, fixed, 224)
    assert found.register_tokens == ("distilled" in name)


@pytest.mark.parametrize("name", ["vit_small_patch16_dinov3", "vit_tiny_patch16_dinov3_qkvb"])
def test_of_dinos_networks_the_token_of_the_class_is_read_and_the_registers_are_not(name):
    if not timm.is_model(name):
        pytest.skip("this timm has no such network")
    found = timm_encoder(f"timm:{name}")
    assert (found.tokens, found.register_tokens) == ("cls", 4)


def test_without_a_tag_the_usual_weights_are_meant():
    assert timm_encoder("timm:resnet18").architecture.startswith("resnet18.")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("timm:rsnet18", r"no network 'rsnet18'; the nearest names are resnet18"),
        ("timm:RESNET18", r"no network 'RESNET18'; the nearest names are resnet18"),
        ("timm:a/b", "no network 'a/b'"),
        ("timm:hf-hub:owner/name", "no network 'hf-hub:owner/name'"),
        ("timm:../../etc", "no network ''"),
        ("timm:", "no network ''"),
        ("timm:resnet18.nobody", r"no weights 'nobody'; it has .*tv_in1k"),
        ("timm:crossvit_9_240", "neither one feature map nor one row of tokens, but 2 of them"),
    ],
)
def test_what_is_of_no_use_is_refused_with_the_reason(name, words):
    with pytest.raises(ProtocolError, match=words):
        find_encoder(name)


def test_a_licence_in_a_word():
    assert [commercial_use(licence) for licence in ("apache-2.0", "MIT", "cc-by-nc-4.0", "dinov3-license", "")] == [
        "yes", "yes", "no", "see the licence", "see the licence"]  # fmt: skip


def test_the_mark_for_the_compiler_is_given_back():
    assert "timm" in sys.modules and torch.compiler.disable.__module__ == "torch.compiler"
