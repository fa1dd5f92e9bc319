"""Networks of timm without their classifiers: a feature map, or tokens."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from featurize.encoders.known.encoder import Argument, Encoder
from featurize.encoders.network import Network
from featurize.encoders.timm.lean_timm import timm

LAYERS: Mapping[str, Any] = {  # what an entry's arguments may name
    "timm.layers.SwiGLUPacked": timm.layers.SwiGLUPacked,
    "torch.nn.SiLU": nn.SiLU,
}
NORMS_EPS = "batch_norm_eps"  # an argument of ours: timm's entry has another than the weights were trained with


class TimmNetwork(Network):
    """One of timm's models behind our interface; files name parameters as the model does."""

    def __init__(self, model: nn.Module, encoder: Encoder):
        super().__init__()
        self.model = model
        self.dim = encoder.dim
        self.tokens = encoder.tokens
        self.classifiers = _heads(model)

    def maps(self, x: Tensor) -> list[Tensor]:
        """See Network; of tokens those of patches, in their places."""
        features = self.model.forward_features(x)  # type: ignore[operator]
        if self.tokens != "map":
            return [self._grid(features[:, self.model.num_prefix_tokens :])]
        is_last = features.shape[1] != self.dim  # channels: some networks put them there
        return [features.permute(0, 3, 1, 2) if is_last else features]

    def forward(self, x: Tensor) -> Tensor:
        """See Network; of tokens the class's, the mean of the patches', or both."""
        if self.tokens == "map":
            return super().forward(x)
        tokens = self.model.forward_features(x)  # type: ignore[operator]  # (n, token, channel)
        patches = tokens[:, self.model.num_prefix_tokens :].mean(dim=1)
        parts = {"cls": tokens[:, 0], "patches": patches}
        return torch.cat([parts[part] for part in self.tokens.split("+")], dim=1)

    def state_dict(self, *arguments: Any, **named: Any) -> Any:
        """The model's own, under its own names."""
        return self.model.state_dict(*arguments, **named)

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """The model's own, under its own names."""
        return self.model.load_state_dict(state, strict, assign)

    @staticmethod
    def _grid(patches: Tensor) -> Tensor:
        """Tokens (n, row * column, channel) of a square image as (n, channel, row, column)."""
        side = round(patches.shape[1] ** 0.5)
        return patches.transpose(1, 2).unflatten(2, (side, side))


def build_timm(encoder: Encoder) -> TimmNetwork:
    """The encoder's model of timm, without its classifier; its parameters are as timm draws them."""
    arguments = {name: resolved(value) for name, value in encoder.arguments}
    eps = arguments.pop(NORMS_EPS, None)
    name = encoder.built_as.partition(".")[0]
    model = timm.create_model(name, pretrained=False, num_classes=0, **arguments)
    if eps is not None:
        for layer in model.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eps = eps
    return TimmNetwork(model, encoder)


def resolved(value: Argument) -> Any:
    """A value of an entry's arguments as timm takes it: texts that name layers become them."""
    return LAYERS.get(value, value) if isinstance(value, str) else value


def _heads(model: nn.Module) -> tuple[str, ...]:
    """How the names of the classifier's parameters begin."""
    names = model.pretrained_cfg["classifier"]  # type: ignore[index,call-overload]
    return tuple(f"{name}." for name in ([names] if isinstance(names, str) else names))
