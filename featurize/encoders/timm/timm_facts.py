"""The facts about any network of timm, from what timm says of it and from a look at what it gives."""

import warnings
from difflib import get_close_matches
from functools import cache, partial
from math import isqrt
from typing import Any

import torch
from torch import Tensor, nn

from featurize.encoders.known.encoder import Encoder
from featurize.encoders.known.photographs import OTHERS
from featurize.encoders.timm.lean_timm import timm
from featurize.encoders.timm.timm_networks import prefix_tokens
from featurize.protocol import ProtocolError

PREFIX = "timm:"
PERMISSIVE = ("apache-2.0", "mit", "bsd-3-clause", "cc-by-4.0")
ARGUMENTS = {entry.architecture: entry.arguments for entry in OTHERS}  # without which they would be wrong
TRAINS_CLASS = "dino"  # in names: networks whose makers read the class's token, also where timm does not
NEAREST = 3  # names that an error tells


@cache
def timm_encoder(name: str) -> Encoder:
    """The entry of `timm:NAME[.TAG]`; raises ProtocolError for a name, tag or network that is of no use here."""
    asked = name.removeprefix(PREFIX)
    _require_known(name, asked)
    model = _without_numbers(asked)
    config: dict[str, Any] = model.pretrained_cfg  # type: ignore[assignment]
    side = config["input_size"][1]
    features = _features(model, name, side)
    tokens, dim = _kind(model, features)
    prefix = prefix_tokens(model) if tokens != "map" else 0
    fixed = tokens != "map" or bool(config.get("fixed_input_size")) or not _takes(model, side + 1)
    weights = ".".join(filter(None, (config["architecture"], config.get("tag"))))
    licence = config.get("license") or ""
    return Encoder(
        name=name,
        dim=dim,
        mean=tuple(config["mean"]),
        std=tuple(config["std"]),
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        smallest=1 if fixed else _smallest(model, side),
        input=side,
        weights=weights,
        licence=licence or "not stated by timm",
        paper=config.get("paper_name") or config.get("origin_url") or "see timm",
        library="timm",
        architecture=weights,
        arguments=ARGUMENTS.get(weights, ()),
        tokens=tokens,
        register_tokens=max(prefix - _has_class(model), 0),
        patch=_patch(features, prefix, side) if tokens != "map" else None,
        fixed_input=fixed,
        interpolation=config.get("interpolation", "bicubic"),
        commercial=commercial_use(licence),
        hub=config.get("hf_hub_id") or config.get("url") or "",
    )


def commercial_use(licence: str) -> str:
    """What a licence's short name says of commercial use: yes, no, or to read it."""
    if licence.lower() in PERMISSIVE:
        return "yes"
    return "no" if "nc" in licence.lower().split("-") else "see the licence"


def _require_known(name: str, asked: str) -> None:
    """Refuse a network or tag that timm has not, with the names that are nearest to it."""
    network, _, tag = asked.partition(".")
    networks = timm.list_models()
    if network not in networks:
        nearest = get_close_matches(network.lower(), networks, NEAREST, cutoff=0.3)
        raise ProtocolError(f"timm has no network {network!r}; the nearest names are {', '.join(nearest) or 'none'}")
    tags = [full.partition(".")[2] for full in timm.list_models(f"{network}.*", pretrained=True)]
    if tag and tag not in tags:
        raise ProtocolError(f"{name}: timm's {network} has no weights {tag!r}; it has {', '.join(tags) or 'none'}")


def _without_numbers(asked: str) -> nn.Module:
    """timm's model on the device where layers have shapes and no numbers, however large it is."""
    build = partial(timm.create_model, asked, pretrained=False, num_classes=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that timm has renamed
        try:
            with torch.device("meta"):
                return build().eval()
        except (NotImplementedError, RuntimeError):  # earlier versions of timm look at numbers while they build
            return build().eval().to("meta")


def _features(model: nn.Module, name: str, side: int) -> Tensor:
    """What a network gives for an image of this side; raises ProtocolError unless that is one map or row of tokens."""
    features = _try(model, side)
    if isinstance(features, Exception):
        raise ProtocolError(f"{name} does not run on {side} x {side} pixels ({features}); choose another network")
    if not isinstance(features, Tensor) or features.dim() not in (3, 4):
        raise ProtocolError(
            f"{name} gives neither one feature map nor one row of tokens, but {_in_words(features)}; choose another "
            "network"
        )
    return features


def _in_words(features: object) -> str:
    """What a network gives, for a message."""
    if isinstance(features, Tensor):
        return f"numbers of shape {tuple(features.shape)}"
    return f"{len(features)} of them" if isinstance(features, list | tuple | dict) else type(features).__name__


def _kind(model: nn.Module, features: Tensor) -> tuple[str, int]:
    """How features (1, ...) are read, and their width."""
    if features.dim() == 3:
        architecture: str = model.pretrained_cfg["architecture"]  # type: ignore[index,assignment]
        trains_class = bool(_has_class(model)) and TRAINS_CLASS in architecture
        reads_class = trains_class or getattr(model, "global_pool", None) == "token"
        return ("cls" if reads_class else "patches"), features.shape[2]
    width = getattr(model, "num_features", None)
    is_last = width == features.shape[3] != features.shape[1]
    return "map", features.shape[3] if is_last else features.shape[1]


def _has_class(model: nn.Module) -> int:
    """1 for a network with a token of the class, else 0."""
    return int(getattr(model, "cls_token", None) is not None)


def _patch(features: Tensor, prefix: int, side: int) -> int | None:
    """The side of a patch in pixels, of tokens (1, token, channel) of a square image."""
    patches = features.shape[1] - prefix
    return side // isqrt(patches) if patches else None


def _smallest(model: nn.Module, side: int) -> int:
    """The side of the smallest image that a network takes, one that takes any above."""
    if _takes(model, 1):
        return 1
    too_small, enough = 1, side
    while enough - too_small > 1:
        between = (too_small + enough) // 2
        if _takes(model, between):
            enough = between
        else:
            too_small = between
    return enough


def _takes(model: nn.Module, side: int) -> bool:
    features = _try(model, side)
    return isinstance(features, Tensor) and features.numel() > 0


def _try(model: nn.Module, side: int) -> object:
    """What a network gives for an image of this side, or the error."""
    try:
        with torch.inference_mode():
            return model.forward_features(torch.zeros(1, 3, side, side, device="meta"))  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001  # any, of thousands of networks
        return error
