"""The encoders as networks: torchvision's layers without the classifiers, and how features are read off them."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from featurize.encoders.lean_torchvision import models
from featurize.encoders.registry import IMAGENET, Encoder


class Stages(nn.Module):
    """A network without its classifier: layers in a row, of which some are looked at.

    Parameters keep the names that they have in torchvision's files, which may put all layers under one prefix.
    """

    def __init__(self, layers: Mapping[str, nn.Module], taps: Sequence[str], prefix: str = ""):
        super().__init__()
        self.prefix, self.taps = prefix, frozenset(taps)
        row = nn.Sequential(OrderedDict(layers))
        for name, layer in {prefix: row}.items() if prefix else row.named_children():
            self.add_module(name, layer)

    def maps(self, x: Tensor) -> list[Tensor]:
        """Normalised pixels (n, 3, h, w) to the feature maps (n, channel, row, column) that are looked at."""
        maps = []
        for name, layer in (self.get_submodule(self.prefix) if self.prefix else self).named_children():
            x = layer(x)
            if name in self.taps:
                maps.append(x)
        return maps

    def forward(self, x: Tensor) -> Tensor:
        """Normalised pixels (n, 3, h, w) to the global averages of the maps, concatenated (n, dim)."""
        return torch.cat([part.mean(dim=(2, 3)) for part in self.maps(x)], dim=1)


class FromPixels(nn.Module):
    """A network that takes pixels as they are stored."""

    def __init__(self, stages: Stages, encoder: Encoder, as_maps: bool):
        super().__init__()
        self.stages = stages
        self.as_maps = as_maps
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", 255 * torch.tensor(encoder.mean).view(3, 1, 1))
        self.register_buffer("std", 255 * torch.tensor(encoder.std).view(3, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor | list[Tensor]:
        """(n, h, w, 3) uint8 to averages (n, dim), or to feature maps when `as_maps`."""
        channels_first = pixels.permute(0, 3, 1, 2).float()
        x = (channels_first - self.mean) / self.std
        x = x.to(next(self.stages.parameters()).dtype)
        return self.stages.maps(x) if self.as_maps else self.stages(x)


class FromImageNet(nn.Module):
    """From the usual ImageNet normalisation to [-1, 1], on which InceptionV3 was trained; without it: nonsense."""

    def forward(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) to the same shape."""
        mean, std = (torch.tensor(facts, device=x.device, dtype=x.dtype).view(3, 1, 1) for facts in IMAGENET)
        return x * (std / 0.5) + (mean - 0.5) / 0.5


def resnet50() -> Stages:
    """ResNet-50: the global average of the last convolution, 2048."""
    layers = dict(models.resnet50().named_children())
    del layers["avgpool"], layers["fc"]
    return Stages(layers, taps=["layer4"])


def inception_v3() -> Stages:
    """InceptionV3: the global average of the last convolution, 2048."""
    layers = dict(models.inception_v3(aux_logits=False, init_weights=False).named_children())
    layers = {name: layer for name, layer in layers.items() if name not in ("avgpool", "dropout", "fc", "AuxLogits")}
    return Stages({"input": FromImageNet(), **layers}, taps=["Mixed_7c"])


def vgg16() -> Stages:
    """VGG-16: averages after the last convolution (and its ReLU) of blocks 2, 3, 4 and 5, 128 + 256 + 512 + 512."""
    layers = dict(models.vgg16(init_weights=False).features[:30].named_children())
    return Stages(layers, taps=["8", "15", "22", "29"], prefix="features")


def squeezenet1_1() -> Stages:
    """SqueezeNet 1.1: the global average of the last feature map, 512."""
    return Stages(dict(models.squeezenet1_1().features.named_children()), taps=["12"], prefix="features")


BUILDERS = {build.__name__: build for build in (resnet50, inception_v3, vgg16, squeezenet1_1)}  # by encoder
