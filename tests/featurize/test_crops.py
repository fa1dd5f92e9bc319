"""Laws of crops: where they may lie, how they are turned, and what does not fit."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from benchmarks import reference
from featurize.crops import CropTooLarge, draw_boxes, require_fit, take_crop, take_crops


@pytest.fixture
def image():
    """No two pixels are alike."""
    return np.random.default_rng(0).permutation(20 * 30 * 3).reshape(20, 30, 3)


def turned(image, symmetry):
    return take_crop(image[:20, :20], np.array([0, 0, symmetry]), 20)


@pytest.mark.parametrize("symmetry", range(8))
def test_a_crop_agrees_with_the_slow_version(image, symmetry):
    for top, left, side in [(0, 0, 20), (3, 11, 7), (19, 29, 1), (0, 10, 20)]:
        expected = reference.crop(image, top, left, symmetry, side)
        assert_array_equal(take_crop(image, np.array([top, left, symmetry]), side), expected)


@pytest.mark.parametrize("symmetry", range(8))
def test_every_pixel_goes_where_the_rule_says(image, symmetry):
    """Counter-clockwise, the right column becomes the top row; the mirror swaps left and right afterwards."""
    expected = image[:20, :20]
    for _ in range(symmetry % 4):
        expected = np.array([[expected[row, 19 - out] for row in range(20)] for out in range(20)])
    if symmetry >= 4:
        expected = np.array([[row[19 - column] for column in range(20)] for row in expected])
    assert_array_equal(turned(image, symmetry), expected)


def test_the_eight_symmetries_are_different_and_closed(image):
    all_eight = {turned(image, symmetry).tobytes() for symmetry in range(8)}
    assert len(all_eight) == 8
    assert {turned(turned(image, a), b).tobytes() for a in range(8) for b in range(8)} == all_eight


def test_round_trips(image):
    assert_array_equal(turned(image, 0), image[:20, :20])
    for symmetry, inverse in enumerate([0, 3, 2, 1, 4, 5, 6, 7]):
        assert_array_equal(turned(turned(image, symmetry), inverse), turned(image, 0))


def test_crops_are_stacked_in_the_order_of_their_boxes(image):
    boxes = draw_boxes(np.random.default_rng(1), 20, 30, 6, 9)
    crops = take_crops(image, boxes, 6)
    assert crops.shape == (9, 6, 6, 3)
    assert crops.flags.c_contiguous
    assert_array_equal(take_crops(image, boxes[::-1], 6), crops[::-1])
    for box, crop in zip(boxes, crops, strict=True):
        assert_array_equal(crop, take_crop(image, box, 6))


def test_boxes_reach_every_place_and_never_leave_the_image():
    boxes = draw_boxes(np.random.default_rng(0), 9, 12, 6, 4000)
    assert boxes.dtype == np.int32
    assert boxes.shape == (4000, 3)
    for column, places in zip(boxes.T, (9 - 6 + 1, 12 - 6 + 1, 8), strict=True):
        counts = np.bincount(column, minlength=places)
        assert len(counts) == places
        assert counts.min() > 0.7 * 4000 / places, "uniform"


def test_an_exact_fit_has_one_place():
    boxes = draw_boxes(np.random.default_rng(0), 8, 8, 8, 20)
    assert not boxes[:, :2].any()
    assert len(set(boxes[:, 2])) > 1


def test_equal_generators_draw_equal_boxes():
    first, second = (draw_boxes(np.random.default_rng(3), 50, 60, 20, 7) for _ in range(2))
    assert_array_equal(first, second)


@pytest.mark.parametrize(("height", "width"), [(384, 512), (512, 384), (649, 2000)])
def test_a_crop_that_does_not_fit_is_refused_with_name_size_and_options(height, width):
    with pytest.raises(
        CropTooLarge, match=rf"650 .* b001.tif \({width} x {height} after scale 0.5\).*--crops.*--scale"
    ):
        require_fit(height, width, 650, "b001.tif", 0.5)
    with pytest.raises(CropTooLarge):
        draw_boxes(np.random.default_rng(0), height, width, 650, 1)
    require_fit(650, 650, 650, "b001.tif")
