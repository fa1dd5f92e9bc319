"""Weights under the names of the library transformers (ViT, DINOv2) to those of timm, for networks published so."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from featurize.encoders.known.encoder import Encoder

TRANSFORMERS = "those of transformers"
PREFIX = re.compile(r"^(?:vit|dinov2|model)\.(?=embeddings\.|encoder\.|layernorm\.)")
MARK = "embeddings.patch_embeddings.projection.weight"
UNUSED = ("pooler.", "classifier.", "embeddings.mask_token")
ATTENTION = re.compile(r"encoder\.layer\.(\d+)\.attention\.attention\.(query|key|value)\.(weight|bias)")
RULES = (  # regular expressions and what takes their place, all in turn
    (r"^embeddings\.cls_token$", "cls_token"),
    (r"^embeddings\.position_embeddings$", "pos_embed"),
    (r"^embeddings\.patch_embeddings\.projection\.", "patch_embed.proj."),
    (r"^layernorm\.", "norm."),
    (r"^encoder\.layer\.(\d+)\.", r"blocks.\1."),
    (r"\.attention\.output\.dense\.", ".attn.proj."),
    (r"\.intermediate\.dense\.", ".mlp.fc1."),
    (r"\.output\.dense\.", ".mlp.fc2."),
    (r"\.mlp\.weights_in\.", ".mlp.fc1."),
    (r"\.mlp\.weights_out\.", ".mlp.fc2."),
    (r"\.layernorm_before\.", ".norm1."),
    (r"\.layernorm_after\.", ".norm2."),
    (r"\.layer_scale([12])\.lambda1$", r".ls\1.gamma"),
)


def is_of_transformers(state: Mapping[str, Tensor]) -> bool:
    """Whether names are those of transformers."""
    return any(name.endswith(MARK) for name in state)


def timm_names(encoder: Encoder, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under timm's names: queries, keys and values are one layer there, in this order.

    Positions of another image size are interpolated as transformers does whenever it runs: bicubic, not antialiased.
    """
    renamed: dict[str, Tensor] = {}
    parts: dict[tuple[str, str], dict[str, Tensor]] = {}  # of a block's weight or bias: query, key and value
    for full_name, value in state.items():
        name = PREFIX.sub("", full_name)
        if name.startswith(UNUSED):
            continue
        found = ATTENTION.fullmatch(name)
        if found:
            parts.setdefault((found[1], found[3]), {})[found[2]] = value
            continue
        for pattern, replacement in RULES:
            name = re.sub(pattern, replacement, name)
        renamed[name] = value
    for (block, kind), by_part in parts.items():
        if len(by_part) == 3:
            joined = torch.cat([by_part["query"], by_part["key"], by_part["value"]])
            renamed[f"blocks.{block}.attn.qkv.{kind}"] = joined
    positions = renamed.get("pos_embed")
    if positions is not None and positions.dim() == 3 and encoder.patch:
        renamed["pos_embed"] = _for_side(positions, encoder.input // encoder.patch)
    return renamed


def _for_side(positions: Tensor, side: int) -> Tensor:
    """Positions (1, 1 + token, channel), the class's first, for a square of so many patches."""
    was = round((positions.shape[1] - 1) ** 0.5)
    if was == side or was**2 != positions.shape[1] - 1:
        return positions
    grid = positions[:, 1:].float().unflatten(1, (was, was)).permute(0, 3, 1, 2)  # (1, channel, row, column)
    resized = interpolate(grid, size=(side, side), mode="bicubic", align_corners=False)
    return torch.cat([positions[:, :1].float(), resized.flatten(2).transpose(1, 2)], dim=1)
