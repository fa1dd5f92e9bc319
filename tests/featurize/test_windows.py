"""Laws of windows: they cover the image evenly, and each is described as a crop is that is alone in its view."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from featurize.descriptor import describe_image, prepare_image
from featurize.pooling import pool_windows
from featurize.protocol import MEAN_AND_STD, RAKHLIN, WHOLE, Protocol, ProtocolError
from featurize.windows import (
    MANY,
    MOST_WINDOWS,
    cut,
    describe_windows,
    upright_view,
    why_no_windows,
    window_corners,
)
from imaging.phantom import draw_field
from tests.featurize.random_networks import random_digest, random_pool

EXACT = Protocol("squeezenet1_1", "", crop=64, scale=1.0, crops=2, views=2)


@pytest.fixture(scope="module")
def image():
    return draw_field("insitu", "p", 0, 100, 120, seed=0).image


def protocol(**settings):
    return replace(EXACT, weights=random_digest("squeezenet1_1"), **settings)


@pytest.mark.parametrize(
    ("height", "width", "crop"),
    [(64, 64, 64), (65, 64, 64), (64, 300, 64), (768, 896, 400), (97, 101, 13), (50, 50, 1), (2000, 3000, 100)],
)
def test_windows_cover_the_image_evenly_from_edge_to_edge(height, width, crop):
    corners = window_corners(height, width, crop)
    for length, starts in zip((height, width), corners.T, strict=True):
        places = np.unique(starts)
        assert places[0] == 0 and places[-1] == length - crop
        steps = np.diff(places)
        assert not len(steps) or (steps.min() > 0 and steps.max() <= crop and np.ptp(steps) <= 1)
        if len(corners) < MANY // 4 and len(steps):
            assert steps.max() <= -(-crop // 4), "where there is time for it, four windows cover a point along an axis"
    assert len(np.unique(corners, axis=0)) == len(corners) <= max(MANY, -(-height // crop) * -(-width // crop))


def test_what_has_no_window_or_too_many_is_refused():
    with pytest.raises(ProtocolError, match="no window of 64 fits 200 x 63 pixels"):
        window_corners(63, 200, 64)
    with pytest.raises(ProtocolError, match=f"more than {MOST_WINDOWS:,}; cut the image"):
        window_corners(8192, 8192, 32)


def test_the_descriptor_of_a_window_is_that_of_a_crop_alone_in_its_view(image):
    pool, alone = random_pool(), protocol()
    prepared = prepare_image(image, [alone])
    corners = window_corners(100, 120, 64)
    described = np.concatenate(list(describe_windows(prepared, alone, pool, corners)))
    assert described.shape == (len(corners), 512) and described.dtype == np.float32
    normalised = prepared.start(alone)[0]
    with pool.lend(alone) as runner:
        for (top, left), row in list(zip(corners, described, strict=True))[::7]:
            crop = torch.from_numpy(normalised[top : top + 64, left : left + 64][None].copy())
            assert_allclose(row, runner.features(crop)[0], rtol=1e-4, atol=1e-5)  # the root of one cube


def test_a_dense_window_lies_on_the_maps_of_the_whole_image(image):
    pool, dense = random_pool(), protocol(mode="dense")
    prepared = prepare_image(image, [dense])
    corners = window_corners(100, 120, 64)
    described = np.concatenate(list(describe_windows(prepared, dense, pool, corners)))
    with pool.lend(dense) as runner:
        maps = runner.maps(torch.tensor(prepared.start(dense)[0]))
    assert_allclose(described, pool_windows(maps, corners, 64, 100, 120), rtol=1e-4, atol=1e-5)


def test_the_only_window_of_an_image_is_its_only_crop():
    """Grey has no stains that could be jittered, so that views differ in their symmetry alone, and some are upright."""
    grey = np.random.default_rng(0).integers(60, 200, (80, 80, 1), dtype=np.uint8).repeat(3, axis=2)
    pool, alone = random_pool(), protocol(crop=80, crops=1, views=24, stain="none")
    prepared = prepare_image(grey, [alone])
    (described,) = describe_windows(prepared, alone, pool, window_corners(80, 80, 80))
    row = describe_image("x", prepared, [alone], pool)[alone.key]
    upright = row.boxes[:, 0, 2] == 0
    assert 0 < upright.sum() < 24
    assert_allclose(row.descriptors[upright], described.repeat(upright.sum(), axis=0), rtol=1e-5, atol=1e-6)


def test_fixed_input_gets_windows_of_its_size_and_the_published_line_its_own_jitter(image):
    pool = random_pool()
    resized = protocol(input=32)
    (described, *_) = describe_windows(prepare_image(image, [resized]), resized, pool, np.array([[0, 0], [9, 3]]))
    assert described.shape == (2, 512)
    published = protocol(style=RAKHLIN)
    start = prepare_image(image, [published]).start(published)[0]
    view = upright_view(start, published, "cpu")
    assert view.shape == start.shape and np.abs(view.numpy().astype(int) - start).max() <= 3, "it truncates"
    assert_array_equal(upright_view(start, EXACT, "cpu"), start)
    assert_array_equal(cut(torch.from_numpy(start.copy()), np.array([[5, 7]]), 9)[0], start[5:14, 7:16])


def test_who_cannot_be_asked_about_a_window_says_why():
    assert why_no_windows(EXACT) == "" == why_no_windows(replace(EXACT, mode="dense"))
    assert "deviate from each other" in why_no_windows(replace(EXACT, pooling=MEAN_AND_STD))
    assert why_no_windows(replace(EXACT, pooling=MEAN_AND_STD, crops=1)) == ""
    assert "as a whole" in why_no_windows(replace(EXACT, mode=WHOLE))
