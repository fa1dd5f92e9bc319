"""Laws of chance: a draw follows from what is drawn, and from nothing else."""

from itertools import product
from zlib import crc32

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from imaging.seeding import crop_rng, turn_rng, view_rng


def test_generators_are_made_as_the_design_says():
    """Anyone can recompute a draw from the names alone."""
    name = "Photos/Größe 1.tif"
    seeds = [13, crc32(name.encode("utf-8")), 4]
    assert_array_equal(view_rng(13, name, 4).random(5), np.random.default_rng(seeds).random(5))
    seeds += [400, 500]
    assert_array_equal(crop_rng(13, name, 4, 400, 0.5).random(5), np.random.default_rng(seeds).random(5))
    seeds[3] = 0
    assert_array_equal(turn_rng(13, name, 4, 0.5).random(5), np.random.default_rng(seeds).random(5))


def test_the_order_of_drawing_does_not_matter():
    keys = list(product((0, 13), ("a.tif", "b.tif"), range(3)))
    forward = [view_rng(*key).random() for key in keys]
    backward = [view_rng(*key).random() for key in reversed(keys)]
    assert forward == backward[::-1]


def test_everything_that_is_drawn_has_draws_of_its_own():
    crops = list(product((0, 13), ("a.tif", "b.tif"), range(3), (400, 650), (0.5, 1.0)))
    views = list(product((0, 13), ("a.tif", "b.tif"), range(3)))
    turns = list(product((0, 13), ("a.tif", "b.tif"), range(3), (0.5, 1.0)))
    keys = {crop_rng: crops, view_rng: views, turn_rng: turns}
    draws = [rng(*key).random() for rng, own in keys.items() for key in own]
    assert len(set(draws)) == len(crops) + len(views) + len(turns)


def test_gains_are_the_same_for_all_scales_and_boxes_for_equal_scales():
    assert crop_rng(0, "a", 0, 400, 0.5).random() == crop_rng(0, "a", 0, 400, 0.1 * 5).random()
    assert crop_rng(0, "a", 0, 400, 0.3).random() == crop_rng(0, "a", 0, 400, 0.1 + 0.2).random()


def test_zero_is_a_seed_and_a_negative_one_is_refused():
    assert view_rng(0, "a", 0).random() == view_rng(0, "a", 0).random() != view_rng(1, "a", 0).random()
    with pytest.raises(ValueError):
        view_rng(-1, "a", 0)
