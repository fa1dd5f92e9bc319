"""Glass, ink and borders are seen, and tissue is none of them."""

import numpy as np
import pytest

from cohort.audit.measures.glass_and_pen import (
    background_measures,
    black_share,
    border_share,
    coloured_ink,
    frame_share,
)
from imaging.phantom import draw_field


def test_the_share_of_glass_is_that_of_its_pixels():
    image = draw_field("invasive", "p1", 0, 80, 100, 0).image.copy()
    before = background_measures(image)[0]
    image[:, 60:] = 238
    assert background_measures(image)[0] == pytest.approx(0.6 * before + 0.4, abs=0.1)


@pytest.mark.parametrize("ink", [(30, 160, 60), (40, 60, 190), (20, 18, 24)])
def test_ink_is_seen_and_tissue_is_not_ink(ink):
    image = draw_field("benign", "p2", 0, 80, 100, 0).image.copy()
    assert background_measures(image)[1] < 0.01
    image[20:40, 10:90] = ink
    assert background_measures(image)[1] == pytest.approx(0.2, abs=0.01)
    assert coloured_ink(image) + black_share(image) == pytest.approx(0.2, abs=0.01)


def test_borders_are_what_is_around_the_picture():
    is_border = np.zeros((10, 10), bool)
    assert border_share(is_border) == 0
    is_border[3:5, 3:5] = True  # in the middle
    assert border_share(is_border) == 0
    is_border[:2] = is_border[:, -5:] = True
    assert border_share(is_border) == pytest.approx(0.6)
    assert border_share(np.ones((4, 4), bool)) == 1


def test_black_and_white_borders_are_told_apart():
    image = draw_field("benign", "p2", 0, 80, 100, 0).image.copy()
    image[:20] = 0
    image[:, 90:] = 255
    _, _, black, white, _ = background_measures(image)
    assert (black, white) == pytest.approx((0, 0.1))  # the black rows end in white
    image[:, 90:] = 0
    _, pen, black, _, _ = background_measures(image)
    assert black == pytest.approx(1 - 0.75 * 0.9)
    assert pen < 0.01


@pytest.mark.parametrize("colour", [(128, 128, 128), (240, 240, 240), (200, 0, 0), (0, 0, 0)])
@pytest.mark.parametrize("where", [np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]])
def test_a_border_of_a_pixel_is_seen_whatever_its_colour_and_side(colour, where):
    image = draw_field("benign", "p2", 0, 80, 100, 0).image.copy()
    assert background_measures(image)[4] == 0
    image[where] = colour
    assert background_measures(image)[4] == pytest.approx(image[where].shape[0] / 8000)


def test_a_picture_of_one_colour_has_no_frame():
    assert frame_share(np.full((20, 20, 3), 128, np.uint8)) == 0
