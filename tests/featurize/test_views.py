"""Laws of the views: what a device does with tensors is what the CPU does with arrays."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from benchmarks import reference
from featurize.views import CpuViews, DeviceViews, open_views
from imaging.crops import draw_boxes
from imaging.phantom import draw_field
from imaging.stain import fit_stain, jitter, normalise

GAINS = [(1.0, 1.0), (0.7, 1.3), (1.3, 0.7), (1.21, 0.94)]
KINDS = {"arrays": CpuViews, "tensors": lambda image: DeviceViews(image, torch.device("cpu"))}


@pytest.fixture(scope="module")
def image():
    field = draw_field("benign", "p", 0, 120, 168, seed=0).image
    return normalise(field, fit_stain(field))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gains", GAINS)
def test_a_view_is_the_reference_to_one_grey_level(kind, gains, image):
    views = KINDS[kind](image)
    views.jitter(np.array(gains))
    expected = reference.jitter(image, np.array(gains)).astype(int)
    assert np.abs(np.asarray(views.whole(0)).astype(int) - expected).max() <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_unit_gains_give_the_image_itself(kind, image):
    views = KINDS[kind](image)
    views.jitter(np.array([0.8, 1.1]))
    views.jitter(np.array([1.0, 1.0]))
    assert_array_equal(views.whole(0), image)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", [1, 32, 97])
def test_crops_are_those_of_the_boxes(kind, side, image):
    views = KINDS[kind](image)
    for gains in GAINS[1:3]:  # a second view takes the place of the first
        views.jitter(np.array(gains))
        boxes = draw_boxes(np.random.default_rng(side), 120, 168, side, 24)
        expected = np.stack([reference.crop(np.asarray(views.whole(0)), *box, side) for box in boxes])
        found = views.crops(boxes, side)
        assert found.dtype == torch.uint8
        assert_array_equal(found, expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("symmetry", range(8))
def test_the_whole_view_is_turned_like_a_crop(kind, symmetry, image):
    square = np.ascontiguousarray(image[:, :120])
    expected = reference.crop(square, 0, 0, symmetry, 120)
    assert_array_equal(KINDS[kind](square).whole(symmetry), expected)


def test_the_device_decides(image):
    assert isinstance(open_views(image, "cpu"), CpuViews)
    assert isinstance(open_views(image, "meta"), DeviceViews)


@pytest.mark.parametrize("kind", KINDS)
def test_a_view_along_own_stains_is_that_of_the_plain_function(kind):
    field = draw_field("benign", "p", 0, 60, 80, seed=0).image
    matrix = fit_stain(field).matrix
    views = KINDS[kind](field)
    views.jitter(np.array([1.3, 0.7]), matrix)
    expected = jitter(field, np.array([1.3, 0.7]), matrix=matrix).astype(int)
    assert np.abs(np.asarray(views.whole(0)).astype(int) - expected).max() <= 1
