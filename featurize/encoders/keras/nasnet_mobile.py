"""NASNet-A mobile (Zoph et al. 2018, arXiv:1707.07012, figure 4 and appendix) as in Keras' applications.

Each cell takes the outputs of the two cells before it. Keras pads with zeros before it takes maxima and means in a
reduction cell, and those zeros count.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from featurize.encoders.keras.keras_network import KerasNetwork, batch_norm
from featurize.encoders.keras.same_padding import SeparableConvolution, average_of_neighbours, pad_same

STEM = 32  # channels of the first convolution
FILTERS = 44  # of the first normal cells; twice as many after each reduction
NORMAL_CELLS = 4  # between reductions
MOMENTUM = 0.0003  # of batch norm; Keras writes .9997 here


def slow_norm(channels: int) -> nn.BatchNorm2d:
    """Batch norm whose moving statistics hardly follow a single batch."""
    return batch_norm(channels, MOMENTUM)


def separable_twice(name: str, channels_in: int, filters: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """ReLU, separable convolution and batch norm, twice; the first may halve."""
    layers: dict[str, nn.Module] = {}
    for number in (1, 2):
        layers[f"relu_{number}"] = nn.ReLU()
        layers[f"separable_conv_{number}_{name}"] = SeparableConvolution(channels_in, filters, kernel, stride)
        layers[f"separable_conv_{number}_bn_{name}"] = slow_norm(filters)
        channels_in, stride = filters, 1
    return nn.Sequential(OrderedDict(layers))


def projected(convolution: str, norm: str, channels_in: int, filters: int) -> nn.Sequential:
    """ReLU, 1 x 1 convolution and batch norm."""
    layers = {
        "relu": nn.ReLU(),
        convolution: nn.Conv2d(channels_in, filters, 1, bias=False),
        norm: slow_norm(filters),
    }
    return nn.Sequential(OrderedDict(layers))


class Halved(nn.Module):
    """The output of the cell before, where it is twice as large: every other pixel, and those one down and right."""

    def __init__(self, name: str, channels_in: int, filters: int):
        super().__init__()
        halves = [(f"adjust_conv_{n}_{name}", nn.Conv2d(channels_in, filters // 2, 1, bias=False)) for n in (1, 2)]
        self.halves = nn.ModuleDict(OrderedDict(halves))
        self.norms = nn.ModuleDict({f"adjust_bn_{name}": slow_norm(filters)})

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels_in, h, w) to (n, filters, h / 2, w / 2), rounded up."""
        x = torch.relu(x)
        shifted = functional.pad(x, (0, 1, 0, 1))[:, :, 1:, 1:]
        parts = []
        for convolution, pixels in zip(self.halves.values(), (x, shifted), strict=True):
            parts.append(convolution(pixels[:, :, ::2, ::2]))
        x = torch.cat(parts, dim=1)
        for norm in self.norms.values():
            x = norm(x)
        return x


class Cell(nn.Module):
    """What both kinds of cells begin with: the outputs of the last cell and of the one before as `filters` channels."""

    def __init__(self, kind: str, name: str, channels: int, before: int, filters: int, adjust: str):
        super().__init__()
        self.last = projected(f"{kind}_conv_1_{name}", f"{kind}_bn_1_{name}", channels, filters)
        self.before: nn.Module = nn.Identity()
        if adjust == "halve":
            self.before = Halved(name, before, filters)
        if adjust == "project":
            self.before = projected(f"adjust_conv_projection_{name}", f"adjust_bn_{name}", before, filters)


class NormalCell(Cell):
    """Keeps the size; 6 * filters channels."""

    def __init__(self, name: str, channels: int, before: int, filters: int, adjust: str):
        super().__init__("normal", name, channels, before, filters, adjust)
        self.left1 = separable_twice(f"normal_left1_{name}", filters, filters, 5)
        self.right1 = separable_twice(f"normal_right1_{name}", filters, filters, 3)
        self.left2 = separable_twice(f"normal_left2_{name}", filters, filters, 5)
        self.right2 = separable_twice(f"normal_right2_{name}", filters, filters, 3)
        self.left5 = separable_twice(f"normal_left5_{name}", filters, filters, 3)

    def forward(self, last: Tensor, before: Tensor) -> Tensor:
        """(n, channels, h, w) and the output of the cell before to (n, 6 * filters, h, w)."""
        last, before = self.last(last), self.before(before)
        around = average_of_neighbours(before)
        sums = [
            self.left1(last) + self.right1(before),
            self.left2(before) + self.right2(before),
            average_of_neighbours(last) + before,
            around + around,
            self.left5(last) + last,
        ]
        return torch.cat([before, *sums], dim=1)


class ReductionCell(Cell):
    """Halves the size; 4 * filters channels."""

    def __init__(self, name: str, channels: int, before: int, filters: int, adjust: str):
        super().__init__("reduction", name, channels, before, filters, adjust)
        of_before = before if adjust == "keep" else filters
        self.left1 = separable_twice(f"reduction_left1_{name}", filters, filters, 5, stride=2)
        self.right1 = separable_twice(f"reduction_right1_{name}", of_before, filters, 7, stride=2)
        self.right2 = separable_twice(f"reduction_right2_{name}", of_before, filters, 7, stride=2)
        self.right3 = separable_twice(f"reduction_right3_{name}", of_before, filters, 5, stride=2)
        self.left4 = separable_twice(f"reduction_left4_{name}", filters, filters, 3)

    def forward(self, last: Tensor, before: Tensor) -> Tensor:
        """(n, channels, h, w) and the output of the cell before to (n, 4 * filters, h / 2, w / 2), rounded up."""
        last, before = self.last(last), self.before(before)
        padded = pad_same(last, 3)
        maxima = functional.max_pool2d(padded, 3, stride=2)
        means = functional.avg_pool2d(padded, 3, stride=2)
        first = self.left1(last) + self.right1(before)
        second = maxima + self.right2(before)
        third = means + self.right3(before)
        fourth = second + average_of_neighbours(first)
        fifth = self.left4(first) + maxima
        return torch.cat([second, third, fourth, fifth], dim=1)


class NASNetMobile(KerasNetwork):
    """The global average of the last map, 1056."""

    def __init__(self) -> None:
        super().__init__()
        self.stem_conv1 = nn.Conv2d(3, STEM, 3, 2, bias=False)
        self.stem_bn1 = slow_norm(STEM)
        stem_1 = ReductionCell("stem_1", STEM, STEM, FILTERS // 4, "keep")
        stem_2 = ReductionCell("stem_2", FILTERS, STEM, FILTERS // 2, "halve")
        self.cells = nn.ModuleList([stem_1, stem_2])
        before, last = FILTERS, 2 * FILTERS  # channels of the last two outputs
        for part in range(3):
            filters = FILTERS * 2**part
            first = NORMAL_CELLS * part + min(part, 1)  # Keras' numbers leave 4 out
            if part > 0:
                self.cells.append(ReductionCell(f"reduce_{first - 1}", last, before, filters, "project"))
                before, last = last, 4 * filters
            for number in range(first, first + NORMAL_CELLS):
                adjust = "halve" if number == first else "project"
                self.cells.append(NormalCell(str(number), last, before, filters, adjust))
                before, last = last, 6 * filters

    def maps(self, x: Tensor) -> list[Tensor]:
        """See Network."""
        last = before = self.stem_bn1(self.stem_conv1(x))
        for cell in self.cells:
            last, before = cell(last, before), last
        return [torch.relu(last)]
