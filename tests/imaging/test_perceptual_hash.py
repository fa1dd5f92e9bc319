"""Laws of the perceptual hash: copies are near, other tissue is far, and blank images are not copies of each other."""

import io
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from imaging.perceptual_hash import BLANK, NEAR, perceptual_hash
from imaging.phantom import draw_field
from imaging.read import read_image


def distance(first, second):
    """How many of 64 bits differ."""
    return (int(first, 16) ^ int(second, 16)).bit_count()


@pytest.fixture(scope="module")
def fields():
    """Synthetic fields of all classes."""
    return [draw_field(label, "p", n, 192, 256, 0).image for label in ("normal", "invasive") for n in range(3)]


def recoded(image, size=1.0, **options):
    picture = Image.fromarray(image)
    picture = picture.resize((round(picture.width * size), round(picture.height * size)), Image.Resampling.BICUBIC)
    if options:
        picture.save(file := io.BytesIO(), **options)
        picture = Image.open(file)
    return np.asarray(picture)


def assert_copies_are_near_and_others_far(images):
    for image in images:
        own = perceptual_hash(image)
        assert len(own) == 16 and int(own, 16).bit_count() == 32
        for copy in (
            recoded(image, format="JPEG", quality=80),
            recoded(image, 0.5),
            recoded(image, 0.7),
            recoded(image, 2),
        ):
            assert distance(own, perceptual_hash(copy)) <= NEAR
    for one, other in combinations(map(perceptual_hash, images), 2):
        assert distance(one, other) > NEAR


def test_copies_are_near_and_other_tissue_is_far(fields):
    assert_copies_are_near_and_others_far(fields)


def test_so_it_is_on_real_tissue(shared):
    assert_copies_are_near_and_others_far(
        [read_image(p) for p in sorted((shared / "data" / "ucsb").rglob("*.jpg"))[::4]]
    )


def test_blank_images_are_like_nothing_not_even_each_other():
    for colour in (0, 128, 255):
        flat = np.full((40, 50, 3), colour, np.uint8)
        assert perceptual_hash(flat) == BLANK
    noisy = np.random.default_rng(0).integers(240, 244, (400, 500, 3), np.uint8)
    assert perceptual_hash(noisy) == BLANK, "noise is not a picture"


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (50, 50)])
def test_any_size_has_a_hash(shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    assert len(perceptual_hash(image)) == 16
