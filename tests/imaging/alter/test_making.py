"""An image re-rendered as another was made."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from imaging.alter.making import JPEG, MAGNIFICATION, RANGE, SIZE, STAIN, TRAITS, former_quality, made_as, making_of
from imaging.alter.recompression import recompress
from imaging.phantom import draw_field
from imaging.stain import OK, fit_stain


def field(label="invasive", patient="p0", height=96, width=128):
    return draw_field(label, patient, 0, height, width, seed=3).image


def file_of(image, kind="PNG", **how):
    Image.fromarray(image).save(memory := BytesIO(), kind, **how)
    return memory.getvalue()


def making(image, kind="PNG", **how):
    return making_of(Path("a"), file_of(image, kind, **how))


@pytest.mark.parametrize("trait", TRAITS)
def test_its_own_making_changes_nothing(trait):
    image = field()
    again = made_as(image, making(image), [trait])
    assert np.abs(again.astype(int) - image).max() <= 1


def test_each_trait_becomes_the_others():
    image, other = field(), field("normal", "p7", 80, 160)
    assert made_as(image, making(other), [MAGNIFICATION]).shape == other.shape
    as_large = made_as(image, making(other), [SIZE])
    assert as_large.shape == other.shape
    assert_array_equal(as_large[:, 16:144], image[8:88])
    stained = fit_stain(made_as(image, making(other), [STAIN]))
    wanted = fit_stain(other)
    assert stained.status == OK == wanted.status
    assert np.abs(stained.scale / wanted.scale - 1).max() < 0.1
    assert np.abs(stained.matrix - wanted.matrix).max() < 0.1
    assert_array_equal(made_as(image, making(other, "JPEG", quality=30), [JPEG]), recompress(image, 30))
    assert_array_equal(made_as(image, making(other), [JPEG]), image)
    assert made_as(image, making(other, "JPEG", quality=30), [SIZE, STAIN, RANGE, JPEG]).shape == other.shape


def test_the_stain_stays_where_there_is_none():
    image, blank = field(), np.full((96, 128, 3), 250, np.uint8)
    assert_array_equal(made_as(image, making(blank), [STAIN]), image)
    assert_array_equal(made_as(blank, making(image), [STAIN]), blank)


@pytest.mark.parametrize("quality", [30, 50, 75])
def test_a_former_jpeg_compression_is_seen_and_given_to_another(quality):
    compressed = recompress(field(height=256, width=256), quality)
    assert former_quality(compressed) == quality
    other = field("normal", "p7", 256, 256)
    assert former_quality(other) is None
    assert_array_equal(made_as(other, making(compressed), [JPEG]), recompress(other, quality))


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (16, 200), (40, 40), (128, 128)])
@pytest.mark.parametrize("spread", [0, 0.3, 1])
def test_in_flat_or_few_pixels_no_former_compression_is_seen(size, spread):
    glass = np.clip(240 + np.random.default_rng(0).normal(0, spread, (*size, 3)), 0, 255).astype(np.uint8)
    assert former_quality(glass) is None
    assert former_quality(field(height=128, width=128)[: min(size[0], 47), : size[1]]) is None
