"""Laws of the dense mode: a window's mean counts what it covers."""

import doctest
from dataclasses import replace
from itertools import product
from math import ceil, floor

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

import featurize.pooling
from benchmarks import reference
from featurize.pooling import pool_crops, pool_windows
from featurize.protocol import POOLINGS, Protocol
from imaging.crops import draw_boxes, turn_boxes, turn_view

HEIGHT, WIDTH, SIDE = 46, 61, 17


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def view(rng):
    return rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


@pytest.fixture
def maps(rng):
    """Maps of the sizes that networks leave, which do not divide the view's."""
    shapes = [(1, 5, 23, 30), (1, 7, 6, 7), (1, 3, 1, 2)]
    return [torch.from_numpy(rng.normal(size=shape).astype(np.float32)) for shape in shapes]


def slow_mean(cells, top, left, side, height, width):
    """Cell by cell: the mean of (channel, row, column) over a window, weighted by the area in common."""
    rows, columns = cells.shape[1:]
    y, x = np.array([top, top + side]) * rows / height, np.array([left, left + side]) * columns / width
    total, area = np.zeros(len(cells)), 0.0
    for row, column in product(range(floor(y[0]), min(ceil(y[1]), rows)), range(floor(x[0]), min(ceil(x[1]), columns))):
        tall = min(row + 1, y[1]) - max(row, y[0])
        wide = min(column + 1, x[1]) - max(column, x[0])
        total += tall * wide * cells[:, row, column]
        area += tall * wide
    return total / area


def integral_mean(cells, top, left, side, height, width):
    """By an integral image, whose values between its nodes are bilinear: four look-ups a window."""
    rows, columns = cells.shape[1:]
    integral = np.pad(cells.cumsum(axis=1).cumsum(axis=2), ((0, 0), (1, 0), (1, 0)))

    def up_to(y, x):
        across = np.array([[np.interp(x, range(columns + 1), line) for line in channel] for channel in integral])
        return np.array([np.interp(y, range(rows + 1), line) for line in across])

    (y0, y1), (x0, x1) = np.array([top, top + side]) * rows / height, np.array([left, left + side]) * columns / width
    return (up_to(y1, x1) - up_to(y0, x1) - up_to(y1, x0) + up_to(y0, x0)) / ((y1 - y0) * (x1 - x0))


@pytest.mark.parametrize("side", [2, 9, SIDE, 46])
def test_agrees_with_two_slow_versions(maps, rng, side):
    corners = draw_boxes(rng, HEIGHT, WIDTH, side, 15)[:, :2]
    pooled = pool_windows(maps, corners, side, HEIGHT, WIDTH)
    assert pooled.dtype == torch.float32
    assert pooled.shape == (15, 5 + 7 + 3)
    for slow in (slow_mean, integral_mean):
        expected = [
            np.concatenate([slow(part[0].double().numpy(), *corner, side, HEIGHT, WIDTH) for part in maps])
            for corner in corners
        ]
        assert_allclose(pooled, expected, rtol=1e-5, atol=1e-6)


def test_a_window_over_everything_is_the_global_mean(maps):
    pooled = pool_windows(maps, np.array([[0, 0]]), 50, 50, 50)
    assert_allclose(pooled[0], torch.cat([part.mean(dim=(2, 3))[0] for part in maps]), rtol=1e-5, atol=1e-6)


def test_a_window_on_whole_cells_is_the_mean_of_a_slice(rng):
    cells = torch.from_numpy(rng.normal(size=(1, 4, 6, 8)).astype(np.float32))  # cells of 16 pixels
    pooled = pool_windows([cells], np.array([[16, 48], [32, 0]]), 48, 96, 128)
    assert_allclose(pooled[0], cells[0, :, 1:4, 3:6].mean(dim=(1, 2)), rtol=1e-5, atol=1e-6)
    assert_allclose(pooled[1], cells[0, :, 2:5, 0:3].mean(dim=(1, 2)), rtol=1e-5, atol=1e-6)


def test_a_constant_map_has_one_mean_everywhere(rng):
    corners = draw_boxes(rng, HEIGHT, WIDTH, SIDE, 30)[:, :2]
    pooled = pool_windows([torch.full((1, 2, 5, 9), 7.25)], corners, SIDE, HEIGHT, WIDTH)
    assert_allclose(pooled, np.full((30, 2), 7.25), rtol=1e-6)


def test_four_quarters_average_to_the_whole(maps):
    quarters = pool_windows(maps, np.array([[3, 5], [3, 14], [12, 5], [12, 14]]), 9, HEIGHT, WIDTH)
    whole = pool_windows(maps, np.array([[3, 5]]), 18, HEIGHT, WIDTH)
    assert_allclose(quarters.mean(dim=0), whole[0], rtol=1e-4, atol=1e-6)


def test_is_linear_in_the_map(maps, rng):
    corners = draw_boxes(rng, HEIGHT, WIDTH, SIDE, 10)[:, :2]
    doubled = pool_windows([2 * part + 1 for part in maps], corners, SIDE, HEIGHT, WIDTH)
    assert_allclose(doubled, 2 * pool_windows(maps, corners, SIDE, HEIGHT, WIDTH) + 1, rtol=1e-5, atol=1e-5)


def test_turning_a_map_with_its_boxes_changes_nothing(maps, rng):
    """A network that looks at single pixels gives turned maps for a turned view."""
    boxes = draw_boxes(rng, HEIGHT, WIDTH, SIDE, 10)
    plain = pool_windows(maps, boxes[:, :2], SIDE, HEIGHT, WIDTH)
    for symmetry in range(8):
        turned = [turn_view(part[0].permute(1, 2, 0), symmetry).permute(2, 0, 1)[None] for part in maps]
        size = (WIDTH, HEIGHT) if symmetry % 2 else (HEIGHT, WIDTH)
        corners = turn_boxes(boxes, SIDE, HEIGHT, WIDTH, symmetry)
        assert_allclose(pool_windows(turned, corners, SIDE, *size), plain, rtol=1e-4, atol=1e-6)


def test_is_exact_for_a_network_without_borders(view, rng):
    """Where no convolution looks past a crop's edge, dense and exact are the same."""
    network = nn.Conv2d(3, 6, kernel_size=4, stride=4).requires_grad_(False)
    pixels = torch.from_numpy(view[:44, :60]).permute(2, 0, 1)[None].float()  # a whole number of strides
    boxes = 4 * rng.integers(0, [8, 12], (10, 2))
    crops = [pixels[:, :, top : top + 16, left : left + 16] for top, left in boxes]
    exact = torch.cat([network(crop).mean(dim=(2, 3)) for crop in crops])
    assert_allclose(pool_windows([network(pixels)], boxes, 16, 44, 60), exact, rtol=1e-4, atol=1e-3)


def test_memory_layout_and_half_precision_do_not_matter(maps, rng):
    corners = draw_boxes(rng, HEIGHT, WIDTH, SIDE, 10)[:, :2]
    halved = [part.half() for part in maps]
    plain = pool_windows([part.float() for part in halved], corners, SIDE, HEIGHT, WIDTH)
    strided = [part.contiguous(memory_format=torch.channels_last) for part in halved]
    assert_allclose(pool_windows(strided, corners, SIDE, HEIGHT, WIDTH), plain, rtol=1e-5, atol=1e-6)


def power_mean(features, *power):
    """The tested function, on arrays."""
    return featurize.pooling.power_mean(torch.from_numpy(features.copy()), *power).numpy()


@pytest.fixture
def features():
    """Signed, so that cube roots of negative means occur."""
    return np.random.default_rng(0).normal(size=(20, 300)).astype(np.float32)


@pytest.mark.parametrize("power", [1, 2, 3, 3.5, 8])
def test_agrees_with_the_slow_version(features, power):
    pooled = power_mean(features, power)
    assert pooled.dtype == np.float32
    assert pooled.shape == (300,)
    assert_allclose(pooled, reference.power_mean(features, power), rtol=1e-6)


def test_is_the_papers_formula_where_features_are_positive(features):
    positive = np.abs(features).astype(np.float64)
    assert_allclose(power_mean(positive), np.cbrt((positive**3).mean(axis=0)), rtol=1e-6)


def test_power_one_is_the_mean(features):
    assert_allclose(power_mean(features, 1), features.mean(axis=0), rtol=1e-5, atol=1e-7)


def test_is_odd_and_homogeneous(features):
    assert_array_equal(power_mean(-features), -power_mean(features))
    assert_allclose(power_mean(4 * features), 4 * power_mean(features), rtol=1e-6)


def test_equal_crops_are_their_own_mean(features):
    assert_allclose(power_mean(np.repeat(features[:1], 5, axis=0)), features[0], rtol=1e-6)
    assert_allclose(power_mean(features[:1]), features[0], rtol=1e-6)


def test_grows_with_the_power_from_mean_to_maximum(features):
    positive = np.abs(features)
    means = np.array([power_mean(positive, power) for power in (1, 2, 3, 10, 100)])
    assert (np.diff(means, axis=0) > 0).all()
    assert (means <= positive.max(axis=0)).all()


def test_the_order_of_the_crops_does_not_matter(features):
    assert_allclose(power_mean(features[::-1]), power_mean(features), rtol=1e-6)


def test_zeros_stay_zero_and_nothing_is_nan(features):
    assert not power_mean(np.zeros((4, 3), np.float32)).any()
    assert np.isfinite(power_mean(features * 1e-12)).all()
    assert np.isfinite(power_mean(features * 1e12)).all()


def test_the_examples_hold():
    assert doctest.testmod(featurize.pooling).failed == 0


# a view's descriptor


def test_a_view_is_pooled_as_the_protocol_says(rng):
    features = torch.from_numpy(rng.normal(size=(9, 5)).astype(np.float32))
    protocol = Protocol("squeezenet1_1", "")
    by_pooling = {pooling: pool_crops(features, replace(protocol, pooling=pooling)) for pooling in POOLINGS}
    assert_array_equal(by_pooling["3-norm"], power_mean(features.numpy(), 3.0))
    assert_allclose(by_pooling["mean"], features.numpy().mean(axis=0), rtol=1e-5, atol=1e-7)
    assert_array_equal(by_pooling["mean+std"][:5], by_pooling["mean"])
    assert_allclose(by_pooling["mean+std"][5:], features.numpy().std(axis=0), rtol=1e-5)
    for pooling, found in by_pooling.items():
        assert found.dtype == torch.float32
        assert found.shape == (replace(protocol, pooling=pooling).width(5),)


def test_a_single_crop_has_its_own_features_and_no_deviation(rng):
    features = torch.from_numpy(rng.normal(size=(1, 4)).astype(np.float32))
    for pooling in POOLINGS:
        pooled = pool_crops(features, Protocol("squeezenet1_1", "", pooling=pooling))
        assert_allclose(pooled[:4], features[0], rtol=1e-6)
        assert (pooled[4:] == 0).all()
