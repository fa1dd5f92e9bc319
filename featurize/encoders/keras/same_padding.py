"""TensorFlow's "same": a stride of 2 pads so that the windows cover everything, and what is odd goes below and right.

Torch pads alike on both sides, so that its windows lie one pixel off on images of even size. Sums on sizes are sums of
tensors where a network is traced: no branch may hang on a size.
"""

from math import inf

from torch import Tensor, nn
from torch.nn import functional


def pad_same(x: Tensor, kernel: int, value: float = 0.0) -> Tensor:
    """Pad (n, c, h, w) for windows of `kernel` (at least 2) rows and columns that move by 2."""
    above, below = _both_sides(x.shape[2], kernel)
    left, right = _both_sides(x.shape[3], kernel)
    return functional.pad(x, (left, right, above, below), value=value)


def _both_sides(size: int, kernel: int) -> tuple[int, int]:
    """What is padded before and after so many rows, so that ceil(size / 2) windows cover them."""
    both = kernel - 2 + size % 2
    before = both // 2
    return before, both - before


class StridedConvolution(nn.Conv2d):
    """A convolution that moves by 2 under "same" padding."""

    def __init__(self, channels_in: int, channels: int, kernel: int, groups: int = 1, bias: bool = True):
        super().__init__(channels_in, channels, kernel, stride=2, groups=groups, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) to (n, channel, h / 2, w / 2), rounded up."""
        return super().forward(pad_same(x, self.kernel_size[0]))


class StridedMaxima(nn.Module):
    """Maxima of 3 x 3 windows that move by 2 under "same" padding, which is never a maximum."""

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) to (n, c, h / 2, w / 2), rounded up."""
        return functional.max_pool2d(pad_same(x, 3, value=-inf), 3, stride=2)


class SeparableConvolution(nn.Module):
    """Keras' SeparableConv2D: a filter for each channel, then a 1 x 1 convolution; no bias, "same" padding."""

    def __init__(self, channels_in: int, channels: int, kernel: int, stride: int = 1):
        super().__init__()
        if stride == 1:
            depthwise = nn.Conv2d(channels_in, channels_in, kernel, 1, kernel // 2, groups=channels_in, bias=False)
        else:
            depthwise = StridedConvolution(channels_in, channels_in, kernel, groups=channels_in, bias=False)
        self.depthwise = depthwise
        self.pointwise = nn.Conv2d(channels_in, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels_in, h, w) to (n, channels, h, w), or half of both, rounded up."""
        out: Tensor = self.pointwise(self.depthwise(x))
        return out


def average_of_neighbours(x: Tensor) -> Tensor:
    """Means of 3 x 3 windows (n, c, h, w); at the border of those cells alone that there are."""
    return functional.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
