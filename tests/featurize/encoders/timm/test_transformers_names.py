"""Weights published for transformers become timm's: each tensor has its place, and q, k, v are joined in this order."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from featurize.encoders.registry import ENCODERS
from featurize.encoders.timm.transformers_names import is_of_transformers, timm_names
from featurize.encoders.weights import load_network
from tests.featurize.encoders.timm.test_timm_networks import ARGUMENTS, TINY

SCALED = replace(TINY, arguments=(*ARGUMENTS, ("init_values", 1e-5)))


def as_transformers(state, prefix=""):
    """timm's tensors under the names that transformers gives a ViT, or a DINOv2 where layers have scales."""
    dino = "blocks.0.ls1.gamma" in state
    names = {"cls_token": "embeddings.cls_token", "pos_embed": "embeddings.position_embeddings"}
    block = {
        "attn.proj": "attention.output.dense",
        "norm1": "norm1" if dino else "layernorm_before",
        "norm2": "norm2" if dino else "layernorm_after",
        "mlp.fc1": "mlp.fc1" if dino else "intermediate.dense",
        "mlp.fc2": "mlp.fc2" if dino else "output.dense",
        "ls1.gamma": "layer_scale1.lambda1",
        "ls2.gamma": "layer_scale2.lambda1",
    }
    renamed = {}
    for name, value in state.items():
        if name.startswith("blocks."):
            _, number, layer = name.split(".", 2)
            for ours, theirs in block.items():
                layer = theirs + layer.removeprefix(ours) if layer.startswith(ours) else layer
            if layer.startswith("attn.qkv."):
                kind = layer.rpartition(".")[2]
                for part, piece in zip(("query", "key", "value"), value.chunk(3), strict=True):
                    renamed[f"{prefix}encoder.layer.{number}.attention.attention.{part}.{kind}"] = piece.clone()
            else:
                renamed[f"{prefix}encoder.layer.{number}.{layer}"] = value
        else:
            name = name.replace("patch_embed.proj", "embeddings.patch_embeddings.projection").replace(
                "norm.", "layernorm."
            )
            renamed[prefix + names.get(name, name)] = value
    return renamed | {f"{prefix}pooler.dense.bias": torch.zeros(3), f"{prefix}embeddings.mask_token": torch.zeros(3)}


@pytest.mark.parametrize("prefix", ["", "vit.", "dinov2."])
@pytest.mark.parametrize("encoder", [TINY, SCALED], ids=["vit", "dinov2"])
def test_every_tensor_finds_its_place(encoder, prefix, tmp_path):
    state = load_network(encoder, None).state_dict()
    renamed = as_transformers(state, prefix)
    assert is_of_transformers(renamed) and not is_of_transformers(state)
    found = timm_names(encoder, renamed)
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], value) for name, value in state.items())
    save_file({name: value.contiguous() for name, value in renamed.items()}, tmp_path / "tiny.safetensors")
    loaded = load_network(encoder, tmp_path / "tiny.safetensors").state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in state.items())


def test_gated_layers_are_timms_packed_ones():
    state = {
        "embeddings.patch_embeddings.projection.weight": torch.zeros(1),
        "encoder.layer.7.mlp.weights_in.weight": torch.ones(2),
        "encoder.layer.7.mlp.weights_out.bias": torch.ones(3),
    }
    assert set(timm_names(ENCODERS["midnight"], state)) == {
        "patch_embed.proj.weight", "blocks.7.mlp.fc1.weight", "blocks.7.mlp.fc2.bias"}  # fmt: skip


def test_positions_of_another_image_are_interpolated_and_the_class_keeps_its_own():
    state = load_network(TINY, None).state_dict()
    renamed = as_transformers(state)
    larger = torch.cat([torch.full((1, 1, 16), 7.0), torch.ones(1, 81, 16)], dim=1)
    found = timm_names(TINY, renamed | {"embeddings.position_embeddings": larger})["pos_embed"]
    assert found.shape == state["pos_embed"].shape
    assert (found[:, 0] == 7).all() and torch.allclose(found[:, 1:], torch.ones(()))
