"""The encoders as networks: torchvision's layers without the classifiers, and how features are read off them."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from featurize.encoders.known.encoder import IMAGENET
from featurize.encoders.lean_torchvision import models
from featurize.encoders.network import Network


class Stages(Network):
    """A network without its classifier: layers in a row, of which some are looked at.

    Parameters keep the names that they have in torchvision's files, which may put all layers under one prefix.
    """

    layers_in_order = True  # of those that are folded

    def __init__(self, layers: Mapping[str, nn.Module], taps: Sequence[str], prefix: str = ""):
        super().__init__()
        self.prefix, self.taps = prefix, frozenset(taps)
        self.classifiers = ("classifier.",) if prefix else ("fc.", "AuxLogits.")
        row = nn.Sequential(OrderedDict(layers))
        for name, layer in {prefix: row}.items() if prefix else row.named_children():
            self.add_module(name, layer)

    def maps(self, x: Tensor) -> list[Tensor]:
        """See Network."""
        maps = []
        for name, layer in (self.get_submodule(self.prefix) if self.prefix else self).named_children():
            x = layer(x)
            if name in self.taps:
                maps.append(x)
        return maps


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
