"""Colours of an image against NumPy's own way."""

import numpy as np
import pytest

from cohort.audit.measures.image_colours import (
    brightest,
    colour_histogram,
    colour_means,
    darkest,
    every_nth,
    level_counts,
    stain_measures,
)
from imaging.phantom import draw_field


@pytest.fixture(scope="module")
def field():
    return draw_field("invasive", "p1", 0, 120, 100, 0)


def test_means_and_histogram_are_those_of_the_pixels(field):
    counts = level_counts(field.image)
    np.testing.assert_allclose(colour_means(counts), field.image.mean(axis=(0, 1)))
    shares = np.reshape(colour_histogram(counts), (3, 16))
    for channel in range(3):
        expected, _ = np.histogram(field.image[..., channel], bins=16, range=(0, 256))
        np.testing.assert_allclose(shares[channel], expected / 12000)


def test_stains_are_those_that_the_phantom_was_dyed_with(field):
    numbers, status = stain_measures(field.image)
    vectors = np.reshape(numbers[:6], (2, 3)).T
    assert status == "ok"
    assert (vectors * field.stain_matrix).sum(axis=0).min() > 0.97
    np.testing.assert_allclose(numbers[8:], field.concentrations.mean(axis=(0, 1)), rtol=0.5)


def test_glass_has_no_stains():
    numbers, status = stain_measures(np.full((40, 40, 3), 240, np.uint8))
    assert np.isnan(numbers).all()
    assert status == "little tissue"


def test_large_images_are_thinned_and_small_ones_not(field):
    assert every_nth(field.image, 12000) is field.image
    assert every_nth(field.image, 3000).shape == (60, 50, 3)


def test_darkest_and_brightest_channel(field):
    np.testing.assert_array_equal(darkest(field.image), field.image.min(axis=2))
    np.testing.assert_array_equal(brightest(field.image), field.image.max(axis=2))
