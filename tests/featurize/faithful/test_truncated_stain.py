"""Laws of the published arithmetic: against its formulas, pixel by pixel, and against this program's own."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from featurize.faithful.truncated_stain import UNMIXING, exact_density, jitter_truncated, normalise_truncated, truncated
from imaging.phantom import draw_field
from imaging.stain import OK, REFERENCE, REFERENCE_SCALE, RUIFROK, fit_stain, jitter, normalise


@pytest.fixture(scope="module")
def field():
    return draw_field("insitu", "p", 0, 96, 80, seed=0).image


def test_the_inverse_is_that_of_ruifrok_and_johnston_to_about_two_digits():
    assert_allclose(UNMIXING, np.linalg.inv(RUIFROK).T, atol=0.013)


def test_a_jitter_is_the_published_formula_cut_off(field):
    gains = np.array([0.8, 1.25])
    for y, x in ((0, 0), (17, 40), (95, 79)):
        density = -np.log10((field[y, x].astype(float) + 1) / 240)
        amounts = UNMIXING @ density * [*gains, 1]
        light = 240 * 10 ** -(amounts @ RUIFROK) - 1
        assert_array_equal(jitter_truncated(field, gains)[y, x], np.floor(light.clip(0, 255)))


def test_a_normalisation_is_the_published_formula_cut_off(field):
    normalised, stain = normalise_truncated(field)
    assert stain.status == OK
    for y, x in ((0, 0), (17, 40), (95, 79)):
        density = -np.log((field[y, x].astype(float) + 1) / 240)
        amounts = np.linalg.lstsq(stain.matrix, density, rcond=None)[0] / stain.scale * REFERENCE_SCALE
        light = 240 * np.exp(-REFERENCE @ amounts)
        assert_array_equal(normalised[y, x], np.floor(light.clip(0, 255)))


def test_it_differs_from_this_programs_own_by_the_fraction_alone(field):
    """Cut off, not rounded: never brighter, and darker by one level at most; a jitter's inverse adds another."""
    down = normalise(field, fit_stain(field)).astype(int) - normalise_truncated(field)[0]
    assert set(np.unique(down)) == {0, 1} and 0.3 < down.mean() < 0.7
    gains = np.array([1.2, 0.9])
    apart = jitter(field, gains).astype(int) - jitter_truncated(field, gains)
    assert apart.min() >= -1 and apart.max() <= 3 and 0.2 < apart.mean() < 1.5


def test_a_jitter_by_one_is_not_quite_none(field):
    apart = field.astype(int) - jitter_truncated(field, np.ones(2))
    assert 0 < abs(apart).max() <= 3


def test_density_at_hand_changes_nothing(field):
    gains = np.array([1.3, 0.7])
    assert_array_equal(jitter_truncated(field, gains, exact_density(field)), jitter_truncated(field, gains))


def test_images_whose_stains_are_unclear_stay_as_they_are():
    white = np.full((20, 20, 3), 250, np.uint8)
    normalised, stain = normalise_truncated(white)
    assert normalised is white and stain.status != OK


def test_light_is_cut_off_and_clipped():
    light = np.array([[-1.0, 0.99], [255.0, 300.0], [7.9999, 8.0]])
    assert_array_equal(truncated(light, (1, 2, 3)), [[[0, 255, 7], [0, 255, 8]]])
