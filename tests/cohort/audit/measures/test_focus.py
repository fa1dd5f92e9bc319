"""Sharpness falls with blur, and noise is measured where there is any."""

import numpy as np
import pytest
from skimage.filters import gaussian

from cohort.audit.measures.focus import middle, noise_measures, noise_of, sharpness_measures
from imaging.phantom import draw_field


def test_blur_lowers_fine_contrast_more_than_coarse():
    sharp = draw_field("benign", "p1", 0, 96, 96, 0).image.mean(axis=2)
    before, after = sharpness_measures(sharp), sharpness_measures(gaussian(sharp, 1.5))
    assert after[0] < before[0] - 0.3
    assert after[2] < before[2] - 0.1


@pytest.mark.parametrize("deviation", [1, 5, 20])
def test_noise_is_its_standard_deviation(deviation):
    slope = np.add.outer(np.arange(200.0), np.arange(200.0)) / 4
    noisy = slope + np.random.default_rng(0).normal(0, deviation, slope.shape)
    assert noise_of(noisy) == pytest.approx(deviation, rel=0.05)


def test_a_flat_or_tiny_image_is_measured_too():
    flat = np.full((30, 30), 7.0)
    assert np.isfinite([*sharpness_measures(flat), *noise_measures(flat, flat)]).all()
    assert np.isfinite(sharpness_measures(flat[:1, :1])).all()
    assert np.isnan(noise_of(flat[:2]))


@pytest.mark.parametrize("shape", [(50, 60), (1000, 1000), (4, 9000), (9000, 4)])
def test_the_middle_is_no_larger_than_asked_for_and_begins_with_a_block(shape):
    numbered = np.arange(shape[0] * shape[1]).reshape(shape)
    window = middle(numbered, most=10000)
    row, column = divmod(int(window[0, 0]), shape[1])
    assert row % 8 == column % 8 == 0
    assert min(window.size, 10000) >= min(numbered.size, 5000)
    assert window.size <= 12000
