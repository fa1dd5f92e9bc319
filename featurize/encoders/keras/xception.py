"""Xception (Chollet 2017, arXiv:1610.02357) as in Keras' applications."""

from collections import OrderedDict

from torch import Tensor, nn

from featurize.encoders.keras.keras_network import KerasNetwork, batch_norm
from featurize.encoders.keras.same_padding import SeparableConvolution, StridedMaxima

HALVING = {2: (128, 128), 3: (256, 256), 4: (728, 728), 13: (728, 1024)}  # channels of their two convolutions
SHORTCUTS = {block: number for number, block in enumerate(HALVING, start=1)}  # the numbers that Keras gives them


def separable(name: str, channels_in: int, channels: int) -> dict[str, nn.Module]:
    """A separable convolution of 3 x 3 and its batch norm."""
    return {name: SeparableConvolution(channels_in, channels, 3), f"{name}_bn": batch_norm(channels)}


class Block(nn.Module):
    """Separable convolutions, each after a ReLU but the first of block 2, and what is added to them."""

    def __init__(self, number: int, channels_in: int, widths: tuple[int, ...]):
        super().__init__()
        layers: dict[str, nn.Module] = {}
        channels = channels_in
        for place, width in enumerate(widths, start=1):
            if (number, place) != (2, 1):  # block 1 has ended in a ReLU
                layers[f"relu{place}"] = nn.ReLU()
            layers |= separable(f"block{number}_sepconv{place}", channels, width)
            channels = width
        self.shortcut: nn.Module = nn.Identity()
        if number in HALVING:
            layers["pool"] = StridedMaxima()
            shortcut = SHORTCUTS[number]
            beside = {
                f"conv2d_{shortcut}": nn.Conv2d(channels_in, channels, 1, 2, bias=False),
                f"batch_normalization_{shortcut}": batch_norm(channels),
            }
            self.shortcut = nn.Sequential(OrderedDict(beside))
        self.path = nn.Sequential(OrderedDict(layers))

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels_in, h, w) to (n, channels, h, w), or half of both, rounded up."""
        out: Tensor = self.path(x) + self.shortcut(x)
        return out


class Xception(KerasNetwork):
    """The global average of the last map, 2048."""

    def __init__(self) -> None:
        super().__init__()
        stem = {
            "block1_conv1": nn.Conv2d(3, 32, 3, 2, bias=False),
            "block1_conv1_bn": batch_norm(32),
            "relu1": nn.ReLU(),
            "block1_conv2": nn.Conv2d(32, 64, 3, bias=False),
            "block1_conv2_bn": batch_norm(64),
            "relu2": nn.ReLU(),
        }
        self.block1 = nn.Sequential(OrderedDict(stem))
        self.blocks = nn.Sequential()
        channels = 64
        for number in range(2, 14):
            widths = HALVING.get(number, (728, 728, 728))
            self.blocks.add_module(f"block{number}", Block(number, channels, widths))
            channels = widths[-1]
        last = separable("block14_sepconv1", 1024, 1536) | {"relu1": nn.ReLU()}
        last |= separable("block14_sepconv2", 1536, 2048) | {"relu2": nn.ReLU()}
        self.block14 = nn.Sequential(OrderedDict(last))

    def maps(self, x: Tensor) -> list[Tensor]:
        """See Network."""
        return [self.block14(self.blocks(self.block1(x)))]
