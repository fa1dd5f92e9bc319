"""Laws of TensorFlow's "same", against its definition: ceil(size / stride) windows, what is odd below and right."""

from math import ceil

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from featurize.encoders.keras.same_padding import (
    SeparableConvolution,
    StridedConvolution,
    StridedMaxima,
    average_of_neighbours,
)


def windows(x, kernel, stride):
    """Where each window of (h, w) lies, by the definition: {(row, column): the cells (y, x) in the image}."""
    places = []
    for size in x.shape:
        count = ceil(size / stride)
        before = max(0, (count - 1) * stride + kernel - size) // 2
        places.append(
            [range(start, start + kernel) for start in range(-before, (count - 1) * stride - before + 1, stride)]
        )
    for row, rows in enumerate(places[0]):
        for column, columns in enumerate(places[1]):
            inside = [(r, c) for r in rows for c in columns if r in range(x.shape[0]) and c in range(x.shape[1])]
            yield (row, column), inside, (rows[0], columns[0])


def slowly(x, kernel, stride, reduce):
    """A plane (h, w) reduced window by window."""
    out = np.zeros([ceil(size / stride) for size in x.shape])
    for place, inside, corner in windows(x, kernel, stride):
        out[place] = reduce(x, inside, corner)
    return out


@pytest.mark.parametrize("size", [(8, 9), (7, 6), (5, 5)])
@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_strided_convolutions_see_what_the_definition_says(size, kernel):
    layer = StridedConvolution(1, 1, kernel, bias=False)
    x, weight = torch.randn(size), layer.weight[0, 0].detach().numpy()

    def product(plane, inside, corner):
        return sum(plane[r, c] * weight[r - corner[0], c - corner[1]] for r, c in inside)

    assert_allclose(layer(x[None, None])[0, 0].detach(), slowly(x.numpy(), kernel, 2, product), atol=1e-5)


@pytest.mark.parametrize("size", [(8, 9), (7, 6)])
def test_maxima_and_means_are_of_cells_that_there_are(size):
    x = -1 - torch.rand(size)  # all below the zero of a padding
    maxima = slowly(x.numpy(), 3, 2, lambda plane, inside, corner: max(plane[place] for place in inside))
    means = slowly(x.numpy(), 3, 1, lambda plane, inside, corner: np.mean([plane[place] for place in inside]))
    assert_allclose(StridedMaxima()(x[None, None])[0, 0], maxima, atol=1e-6)
    assert_allclose(average_of_neighbours(x[None, None])[0, 0], means, atol=1e-6)


@pytest.mark.parametrize("stride", [1, 2])
def test_separable_convolutions_filter_each_channel_and_then_mix(stride):
    layer = SeparableConvolution(3, 4, 3, stride)
    x = torch.randn(1, 3, 8, 9)
    filtered = torch.cat([torch.randn(1, 0, ceil(8 / stride), ceil(9 / stride))] + [
        torch.from_numpy(slowly(x[0, channel].numpy(), 3, stride, of_filter(layer, channel))).float()[None, None]
        for channel in range(3)
    ], dim=1)  # fmt: skip
    mixed = torch.einsum("oc,nchw->nohw", layer.pointwise.weight[:, :, 0, 0], filtered)
    assert_allclose(layer(x).detach(), mixed.detach(), atol=1e-5)


def of_filter(layer, channel):
    weight = layer.depthwise.weight[channel, 0].detach().numpy()

    def product(plane, inside, corner):
        return sum(plane[r, c] * weight[r - corner[0], c - corner[1]] for r, c in inside)

    return product
