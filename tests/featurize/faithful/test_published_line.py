"""Laws of the published program's line: an image is described as by its steps, and no two variants share a draw."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from featurize.descriptor import describe_image, drawn_together, prepare_image
from featurize.faithful.opencv_bicubic import resample
from featurize.faithful.published_line import PublishedViews, name_of_draws, published_start
from featurize.faithful.truncated_stain import jitter_truncated, normalise_truncated
from featurize.pooling import power_mean
from featurize.protocol import RAKHLIN, Protocol, ProtocolError
from imaging.crops import draw_boxes, take_crops, turn
from imaging.phantom import draw_field
from imaging.seeding import crop_rng, view_rng
from imaging.stain import draw_gains
from tests.featurize.random_networks import random_digest, random_pool

NAME = "squeezenet1_1"  # small; the networks of Keras have tests of their own


@pytest.fixture(scope="module")
def image():
    return draw_field("insitu", "p", 0, 150, 170, seed=0).image


def protocol(crop=48, **settings):
    digest = random_digest(NAME)
    return Protocol(NAME, digest, crop=crop, scale=0.5, crops=2, views=2, style=RAKHLIN, **settings)


def described(image, *protocols):
    return describe_image("a", prepare_image(image, protocols), protocols, random_pool())


def test_a_row_is_what_the_steps_give_one_after_the_other(image):
    asked = protocol()
    row = described(image, asked)[asked.key]
    normalised, stain = normalise_truncated(resample(image, 0.5))
    for view in range(2):
        name = name_of_draws("a", asked)
        gains = draw_gains(view_rng(asked.seed, name, view))
        jittered = jitter_truncated(normalised, gains)
        boxes = draw_boxes(crop_rng(asked.seed, name, view, 48, 0.5), *jittered.shape[:2], 48, 2)
        crops = take_crops(turn(jittered), boxes, 48)
        with random_pool().lend(asked) as runner:
            pooled = power_mean(runner.features(torch.from_numpy(crops)))
        assert_array_equal(row.gains[view], gains)
        assert_array_equal(row.boxes[view], boxes)
        assert_allclose(row.descriptors[view], pooled, rtol=1e-4, atol=1e-5)
    assert_array_equal(row.stain_matrix, stain.matrix)


def test_variants_draw_anew_and_do_not_change_each_other(image):
    one, other, ours = protocol(48), protocol(56), replace(protocol(48), style="histoboost")
    together = described(image, one, other, ours)
    assert not np.array_equal(together[one.key].gains, together[other.key].gains)
    for asked in (one, other, ours):
        alone = described(image, asked)[asked.key]
        assert_array_equal(alone.descriptors, together[asked.key].descriptors)
    assert drawn_together(one) != drawn_together(other)
    sharing = [replace(asked, style="histoboost") for asked in (one, other)]
    rows = described(image, *sharing)
    assert_array_equal(rows[sharing[0].key].gains, rows[sharing[1].key].gains)


def test_it_is_a_protocol_of_its_own():
    faithful = protocol()
    ours = replace(faithful, style="histoboost")
    assert faithful.key != ours.key and faithful.variant == f"{ours.variant}-faithful"
    for settings in ({"stain": "none"}, {"pooling": "mean"}):
        with pytest.raises(ProtocolError, match="paper's program"):
            replace(faithful, **settings)
    with pytest.raises(ProtocolError, match="dense"):
        replace(faithful, mode="dense")


def test_views_start_from_the_published_image_and_are_cut_off(image):
    start, stain = published_start(image, 0.5)
    assert start.shape == (75, 85, 3) and stain.status == "ok"
    views = PublishedViews(start, "cpu")
    gains = np.array([1.3, 0.7])
    views.jitter(gains)
    assert_array_equal(views.whole(0), jitter_truncated(start, gains))
    boxes = np.array([[3, 4, 0], [5, 6, 5]], np.int32)
    assert_array_equal(views.crops(boxes, 40)[0], jitter_truncated(start, gains)[3:43, 4:44])
