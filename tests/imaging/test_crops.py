"""Laws of crops: where they may lie, how they are turned, and what does not fit."""

import warnings

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from benchmarks import reference
from imaging.crops import CropTooLarge, draw_boxes, require_fit, take_crops, turn, turn_boxes, turn_view

HEIGHT, WIDTH, SIDE = 46, 61, 17  # of a view and the boxes in it


@pytest.fixture
def image():
    """No two pixels are alike."""
    return np.random.default_rng(0).permutation(20 * 30 * 3).reshape(20, 30, 3)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def view(rng):
    return rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def turned(image, symmetry):
    return np.asarray(turn_view(image[:20, :20], symmetry))


@pytest.mark.parametrize("symmetry", range(8))
def test_a_crop_agrees_with_the_slow_version(image, symmetry):
    for top, left, side in [(0, 0, 20), (3, 11, 7), (19, 29, 1), (0, 10, 20)]:
        expected = reference.crop(image, top, left, symmetry, side)
        (crop,) = take_crops(turn(image), np.array([[top, left, symmetry]]), side)
        assert_array_equal(crop, expected)


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


def test_an_image_is_turned_as_its_crops_are(image):
    """The whole image, which is not a square, in all symmetries; a row of each lies in one piece."""
    for dtype in (np.uint8, np.float32, np.int64):
        source = image.astype(dtype)
        for symmetry, result in enumerate(turn(source)):
            expected = np.rot90(source, symmetry % 4)
            assert_array_equal(result, expected[:, ::-1] if symmetry >= 4 else expected)
            assert result[0].flags.c_contiguous
            assert result.dtype == dtype


def test_crops_are_those_of_the_rule_in_the_order_of_their_boxes(image):
    source = image.astype(np.uint8)
    for side in (1, 6, 20):
        boxes = draw_boxes(np.random.default_rng(1), 20, 30, side, 64)
        crops = take_crops(turn(source), boxes, side)
        assert crops.shape == (64, side, side, 3)
        assert crops.dtype == np.uint8
        assert crops.flags.c_contiguous
        for box, crop in zip(boxes, crops, strict=True):
            assert_array_equal(crop, reference.crop(source, *box, side))


def test_an_image_need_not_lie_in_one_piece(image):
    source = image[::-1, ::2]
    boxes = draw_boxes(np.random.default_rng(2), 20, 15, 9, 16)
    for box, crop in zip(boxes, take_crops(turn(source), boxes, 9), strict=True):
        assert_array_equal(crop, reference.crop(source, *box, 9))


def test_a_locked_image_is_turned_without_a_warning(image):
    locked = image.copy()
    locked.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_array_equal(turn(locked)[4], image[:, ::-1])


def test_an_array_can_be_used_again(image):
    first, second = (draw_boxes(np.random.default_rng(seed), 20, 30, 6, 9) for seed in (1, 2))
    out = take_crops(turn(image), first, 6)
    assert take_crops(turn(image), second, 6, out) is out
    assert_array_equal(out, take_crops(turn(image), second, 6))
    with pytest.raises(ValueError, match=r"longer|shorter"):
        take_crops(turn(image), second[:5], 6, out)


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


@pytest.mark.parametrize("symmetry", range(8))
def test_a_view_turns_as_its_crops_do(view, rng, symmetry):
    whole = view[:HEIGHT, :HEIGHT]
    assert_array_equal(turn_view(whole, symmetry), reference.crop(whole, 0, 0, symmetry, HEIGHT))
    turned = turn_view(view, symmetry)
    assert turned.is_contiguous()
    boxes = draw_boxes(rng, HEIGHT, WIDTH, SIDE, 20)
    corners = turn_boxes(boxes, SIDE, HEIGHT, WIDTH, symmetry)
    for (top, left, _), (new_top, new_left) in zip(boxes, corners, strict=True):
        expected = reference.crop(view, top, left, symmetry, SIDE)
        assert_array_equal(turned[new_top : new_top + SIDE, new_left : new_left + SIDE], expected)


def test_tensors_turn_like_arrays_and_not_at_all_for_symmetry_0(view):
    for symmetry in range(8):
        assert torch.equal(turn_view(torch.from_numpy(view), symmetry), turn_view(view, symmetry))
    assert_array_equal(turn_view(view, 0), view)


def test_boxes_stay_where_they_are_in_an_unturned_view_and_inside_in_a_turned_one(rng):
    boxes = draw_boxes(rng, HEIGHT, WIDTH, SIDE, 200)
    assert_array_equal(turn_boxes(boxes, SIDE, HEIGHT, WIDTH, 0), boxes[:, :2])
    for symmetry in range(8):
        corners = turn_boxes(boxes, SIDE, HEIGHT, WIDTH, symmetry)
        room = np.array([HEIGHT, WIDTH][:: -1 if symmetry % 2 else 1]) - SIDE
        assert (corners >= 0).all()
        assert (corners <= room).all()
