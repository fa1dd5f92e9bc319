"""What a network is made of: its layers, and its parameters as PyTorch and as Keras count them."""

from collections.abc import Iterator
from typing import NamedTuple

from torch import nn

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


class LayerRow(NamedTuple):
    """A layer that has parameters of its own."""

    name: str
    kind: str
    shape: str  # of its weight
    parameters: int  # as PyTorch counts them


def torch_count(network: nn.Module) -> int:
    """Values that training may change."""
    return sum(parameter.numel() for parameter in network.parameters())


def keras_count(network: nn.Module) -> int:
    """Keras counts the two moving statistics of each channel of a batch norm too."""
    statistics = sum(2 * module.num_features for module in network.modules() if isinstance(module, NORMS))
    return torch_count(network) + statistics


def layer_rows(network: nn.Module) -> Iterator[LayerRow]:
    """Each layer with parameters of its own, in the order in which they are written."""
    for name, module in network.named_modules():
        own = list(module.parameters(recurse=False))
        if own:
            shape = " x ".join(map(str, own[0].shape))
            yield LayerRow(name, type(module).__name__, shape, sum(parameter.numel() for parameter in own))
