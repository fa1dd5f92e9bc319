"""ResNet-50 as Keras 2.1 had it (He et al. 2016, arXiv:1512.03385), for the weights that Keras published with it.

It halves in the 1 x 1 convolution, where torchvision's halves in the 3 x 3; convolutions have biases; batch norm has
an epsilon of 1e-3; the first convolution pads as TensorFlow does; and the averages of 7 x 7 cells before the
classifier, which are right for 224 pixels, stay where the classifier is left out.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from featurize.encoders.keras.keras_network import BlueFirst, KerasNetwork, batch_norm
from featurize.encoders.keras.same_padding import StridedConvolution

BLOCKS = {2: "abc", 3: "abcd", 4: "abcdef", 5: "abc"}  # of each stage
WINDOW = 7  # cells that are averaged together; cells that fill no window are left out


class Bottleneck(nn.Module):
    """A residual block; the first of each stage has a convolution beside it, and halves but for that of stage 2."""

    def __init__(self, block: str, channels_in: int, width: int, stride: int):
        super().__init__()
        conv, norm = f"res{block}_branch", f"bn{block}_branch"
        self.path = nn.Sequential(
            OrderedDict(
                {
                    f"{conv}2a": nn.Conv2d(channels_in, width, 1, stride),
                    f"{norm}2a": batch_norm(width),
                    "relu_a": nn.ReLU(),
                    f"{conv}2b": nn.Conv2d(width, width, 3, padding=1),
                    f"{norm}2b": batch_norm(width),
                    "relu_b": nn.ReLU(),
                    f"{conv}2c": nn.Conv2d(width, 4 * width, 1),
                    f"{norm}2c": batch_norm(4 * width),
                }
            )
        )
        self.shortcut: nn.Module = nn.Identity()
        if block.endswith("a"):
            beside = {f"{conv}1": nn.Conv2d(channels_in, 4 * width, 1, stride), f"{norm}1": batch_norm(4 * width)}
            self.shortcut = nn.Sequential(OrderedDict(beside))

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels_in, h, w) to (n, 4 * width, h, w), or half of both, rounded up."""
        return torch.relu(self.path(x) + self.shortcut(x))


class ResNet50(KerasNetwork):
    """The averages of windows of 7 x 7 cells of the last map, averaged, 2048."""

    def __init__(self) -> None:
        super().__init__()
        self.blue_first = BlueFirst()
        self.conv1 = StridedConvolution(3, 64, 7)
        self.bn_conv1 = batch_norm(64)
        self.pool1 = nn.MaxPool2d(3, 2)  # without padding
        self.blocks = nn.Sequential()
        channels = 64
        for stage, letters in BLOCKS.items():
            width = 64 * 2 ** (stage - 2)
            for letter in letters:
                stride = 2 if letter == "a" and stage > 2 else 1
                self.blocks.add_module(f"res{stage}{letter}", Bottleneck(f"{stage}{letter}", channels, width, stride))
                channels = 4 * width

    def maps(self, x: Tensor) -> list[Tensor]:
        """See Network."""
        x = torch.relu(self.bn_conv1(self.conv1(self.blue_first(x))))
        return [self.blocks(self.pool1(x))]

    def forward(self, x: Tensor) -> Tensor:
        """(n, 3, h, w) to (n, 2048): for 400 pixels the top-left 49 of 13 x 13 cells, for 224 and 650 all of them.

        An average of windows that do not overlap is the average of the cells that they hold.
        """
        cells = self.maps(x)[0]
        rows, columns = (size // WINDOW * WINDOW for size in cells.shape[2:])
        return cells[:, :, :rows, :columns].mean(dim=(2, 3))
