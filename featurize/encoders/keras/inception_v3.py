"""InceptionV3 (Szegedy et al. 2016, arXiv:1512.00567) as in Keras' applications.

Its average-pool branches do not count padding, those of torchvision do.
"""

from collections.abc import Iterator
from itertools import count

import torch
from torch import Tensor, nn

from featurize.encoders.keras.keras_network import KerasNetwork, batch_norm
from featurize.encoders.keras.same_padding import average_of_neighbours

Size = tuple[int, int]  # rows, columns of a kernel
ONE, THREE, FIVE, ROW, COLUMN = (1, 1), (3, 3), (5, 5), (1, 7), (7, 1)
Layers = tuple[tuple[int, Size], ...]  # channels and kernels of convolutions in a row


class Unit(nn.Module):
    """A convolution without bias, batch norm and ReLU; the padding keeps the size, or there is none ("valid")."""

    def __init__(self, number: int, channels_in: int, channels: int, kernel: Size, stride: int, valid: bool):
        super().__init__()
        padding = (0, 0) if valid else (kernel[0] // 2, kernel[1] // 2)
        self.names = f"conv2d_{number}", f"batch_normalization_{number}"
        self.add_module(self.names[0], nn.Conv2d(channels_in, channels, kernel, stride, padding, bias=False))
        self.add_module(self.names[1], batch_norm(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels_in, h, w) to (n, channels, rows, columns)."""
        for name in self.names:
            x = self.get_submodule(name)(x)
        return torch.relu(x)


class Units:
    """Makes units, numbered in the order in which Keras makes them."""

    def __init__(self) -> None:
        self.numbers: Iterator[int] = count(1)

    def one(self, channels_in: int, channels: int, kernel: Size, stride: int = 1, valid: bool = False) -> Unit:
        """The next unit."""
        return Unit(next(self.numbers), channels_in, channels, kernel, stride, valid)

    def row(self, channels_in: int, layers: Layers, halves: bool = False) -> nn.Sequential:
        """Units one after the other; the last may halve, without padding."""
        row = nn.Sequential()
        for place, (channels, kernel) in enumerate(layers, start=1):
            at_end = halves and place == len(layers)
            row.append(self.one(channels_in, channels, kernel, 2 if at_end else 1, at_end))
            channels_in = channels
        return row


class Pooled(nn.Module):
    """Means of neighbours, and a 1 x 1 convolution of them."""

    def __init__(self, unit: Unit):
        super().__init__()
        self.unit = unit

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels_in, h, w) to (n, channels, h, w)."""
        out: Tensor = self.unit(average_of_neighbours(x))
        return out


class Fork(nn.Module):
    """A row of units that ends in a 1 x 3 and a 3 x 1 convolution side by side."""

    def __init__(self, units: Units, channels_in: int, layers: Layers):
        super().__init__()
        self.stem = units.row(channels_in, layers)
        self.across = units.one(384, 384, (1, 3))
        self.down = units.one(384, 384, (3, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels_in, h, w) to (n, 768, h, w)."""
        x = self.stem(x)
        return torch.cat([self.across(x), self.down(x)], dim=1)


class Mixed(nn.Module):
    """Branches side by side."""

    def __init__(self, *branches: nn.Module):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels_in, h, w) to the channels of all branches."""
        return torch.cat([branch(x) for branch in self.branches], dim=1)


def fine(units: Units, channels_in: int, pooled: int) -> Mixed:
    """A block on the map of 35 x 35 cells (of an input of 299)."""
    return Mixed(
        units.one(channels_in, 64, ONE),
        units.row(channels_in, ((48, ONE), (64, FIVE))),
        units.row(channels_in, ((64, ONE), (96, THREE), (96, THREE))),
        Pooled(units.one(channels_in, pooled, ONE)),
    )


def middle(units: Units, width: int) -> Mixed:
    """A block on the map of 17 x 17 cells."""
    long = (width, ONE), (width, COLUMN), (width, ROW), (width, COLUMN), (192, ROW)
    return Mixed(
        units.one(768, 192, ONE),
        units.row(768, ((width, ONE), (width, ROW), (192, COLUMN))),
        units.row(768, long),
        Pooled(units.one(768, 192, ONE)),
    )


def coarse(units: Units, channels_in: int) -> Mixed:
    """A block on the map of 8 x 8 cells."""
    return Mixed(
        units.one(channels_in, 320, ONE),
        Fork(units, channels_in, ((384, ONE),)),
        Fork(units, channels_in, ((448, ONE), (384, THREE))),
        Pooled(units.one(channels_in, 192, ONE)),
    )


def to_middle(units: Units) -> Mixed:
    """From 35 x 35 cells to 17 x 17."""
    return Mixed(
        units.row(288, ((384, THREE),), halves=True),
        units.row(288, ((64, ONE), (96, THREE), (96, THREE)), halves=True),
        nn.MaxPool2d(3, 2),
    )


def to_coarse(units: Units) -> Mixed:
    """From 17 x 17 cells to 8 x 8."""
    return Mixed(
        units.row(768, ((192, ONE), (320, THREE)), halves=True),
        units.row(768, ((192, ONE), (192, ROW), (192, COLUMN), (192, THREE)), halves=True),
        nn.MaxPool2d(3, 2),
    )


class InceptionV3(KerasNetwork):
    """The global average of the last map, 2048."""

    def __init__(self) -> None:
        super().__init__()
        units = Units()
        self.stem = nn.Sequential(
            units.one(3, 32, THREE, 2, valid=True),
            units.one(32, 32, THREE, valid=True),
            units.one(32, 64, THREE),
            nn.MaxPool2d(3, 2),
            units.one(64, 80, ONE),
            units.one(80, 192, THREE, valid=True),
            nn.MaxPool2d(3, 2),
        )
        self.mixed = nn.Sequential(
            fine(units, 192, 32),
            fine(units, 256, 64),
            fine(units, 288, 64),
            to_middle(units),
            *(middle(units, width) for width in (128, 160, 160, 192)),
            to_coarse(units),
            coarse(units, 1280),
            coarse(units, 2048),
        )

    def maps(self, x: Tensor) -> list[Tensor]:
        """See Network."""
        return [self.mixed(self.stem(x))]
