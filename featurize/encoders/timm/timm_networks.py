"""Networks of timm without their classifiers: a feature map, or tokens."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from featurize.encoders.known.encoder import Encoder
from featurize.encoders.network import Network
from featurize.encoders.timm.lean_timm import timm

LAYERS: Mapping[str, Any] = {  # what an entry's arguments may name
    "timm.layers.SwiGLUPacked": timm.layers.SwiGLUPacked,
    "torch.nn.SiLU": nn.SiLU,
}
NORMS_EPS = "batch_norm_eps"  # an argument of ours, where timm's network has another than the weights were trained with


class TimmNetwork(Network):
    """One of timm's models behind our interface; files name parameters as the model does."""

    def __init__(self, model: nn.Module, encoder: Encoder):
        super().__init__()
        self.model = model
        self.dim = encoder.dim
        self.tokens = encoder.tokens
        self.prefix = prefix_tokens(model)
        self.classifiers = _heads(model)
        self.register_load_state_dict_pre_hook(self._under_model)

    def maps(self, x: Tensor) -> list[Tensor]:
        """See Network; of tokens those of the patches, in their places."""
        features = self.model.forward_features(x)  # type: ignore[operator]
        if self.tokens == "map":
            return [channels_first(features, self.dim)]
        patches = features[:, self.prefix :]  # (n, row * column, channel)
        side = round(patches.shape[1] ** 0.5)
        return [patches.transpose(1, 2).unflatten(2, (side, side))]

    def forward(self, x: Tensor) -> Tensor:
        """See Network; of tokens the class's, the mean of the patches', or both."""
        if self.tokens == "map":
            return super().forward(x)
        features = self.model.forward_features(x)  # type: ignore[operator]  # (n, token, channel)
        parts = []
        for part in self.tokens.split("+"):
            token = features[:, 0] if part == "cls" else features[:, self.prefix :].mean(dim=1)
            parts.append(self._normed(token))
        return torch.cat(parts, dim=1)

    def state_dict(self, *arguments: Any, **named: Any) -> Any:
        """The model's own, under its own names."""
        return self.model.state_dict(*arguments, **named)

    @staticmethod
    def _under_model(network: nn.Module, state_dict: dict[str, Any], prefix: str, *further: Any) -> None:
        """Before loading, alone or within another module: the model's own names become those of its place here."""
        for name in [name for name in state_dict if name.startswith(prefix)]:
            state_dict[f"{prefix}model.{name.removeprefix(prefix)}"] = state_dict.pop(name)

    def _normed(self, token: Tensor) -> Tensor:
        """A few networks norm what is pooled, not the tokens."""
        norm = getattr(self.model, "fc_norm", None)
        return token if norm is None else norm(token)


def build_timm(encoder: Encoder) -> TimmNetwork:
    """The encoder's model of timm, without its classifier; its parameters are as timm draws them."""
    arguments = {name: LAYERS.get(str(value), value) for name, value in encoder.arguments}
    eps = arguments.pop(NORMS_EPS, None)
    model = timm.create_model(encoder.built_as.partition(".")[0], pretrained=False, num_classes=0, **arguments)
    if eps is not None:
        for layer in model.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eps = eps
    return TimmNetwork(model, encoder)


def channels_first(features: Tensor, dim: int) -> Tensor:
    """A feature map as (n, channel, row, column); some networks put the channels last."""
    return features if features.shape[1] == dim else features.permute(0, 3, 1, 2)


def prefix_tokens(model: nn.Module) -> int:
    """How many tokens stand before those of the patches: the class's and registers."""
    pools_class = getattr(model, "global_pool", None) == "token"
    return int(getattr(model, "num_prefix_tokens", pools_class))  # type: ignore[arg-type]


def _heads(model: nn.Module) -> tuple[str, ...]:
    """How the names of the classifier's parameters begin."""
    names = model.pretrained_cfg["classifier"] or ()  # type: ignore[index,call-overload]
    return tuple(f"{name}." for name in ([names] if isinstance(names, str) else names))
