import os

import numpy as np
import pytest
from scipy.ndimage import affine_transform

from finetune.pictures.affine import PCAM, AffineRanges, apply_map, draw_map, keras_map, moved_and_flipped, pcam

ASKED = 35.0, 12.0, np.array([1.2, -0.7]), np.array([0.8, 1.1])  # rotation, shear, shift, zoom


def image(side=24, seed=5):
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3)).astype(np.uint8)


@pytest.mark.parametrize("seed", range(4))
def test_pixels_are_taken_as_scipy_takes_them(seed):
    matrix, offset = draw_map(24, PCAM, np.random.default_rng(seed))
    channels = []
    for channel in range(3):
        values = image()[..., channel].astype(float)
        channels.append(affine_transform(values, matrix, offset, order=1, mode="nearest"))
    np.testing.assert_allclose(apply_map(image(), matrix, offset), np.stack(channels, axis=2), atol=1e-2)


def test_a_map_is_that_of_keras():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras.src.legacy.preprocessing.image")
    rotation, shear, (down, right), (of_rows, of_columns) = ASKED
    theirs = keras.apply_affine_transform(
        image().astype(np.float32), theta=rotation, tx=down, ty=right, shear=shear, zx=of_rows, zy=of_columns,
        row_axis=0, col_axis=1, channel_axis=2,
    )  # fmt: skip
    np.testing.assert_allclose(apply_map(image(), *keras_map(24, *ASKED)), theirs, atol=1e-2)


def test_a_map_has_the_numbers_with_which_keras_agreed():
    matrix, offset = keras_map(6, *ASKED)
    np.testing.assert_allclose(matrix, [[0.750198, 0.458861], [-0.804489, 0.655322]], atol=1e-6)
    np.testing.assert_allclose(offset, [-0.407763, 4.257405], atol=1e-5)


def test_an_angle_turns_the_image_about_its_centre():
    turned = apply_map(image(), *keras_map(24, 90.0, 0.0, np.zeros(2), np.ones(2)))
    np.testing.assert_allclose(turned, np.rot90(image()), atol=1e-2)


def test_channels_shift_together_by_less_than_a_grey_level():
    for seed in range(5):
        still = moved_and_flipped(image(), AffineRanges(0, 0, 0, 0), np.random.default_rng(seed))
        assert sorted(still.ravel()) == sorted(image().ravel())
    altered = pcam(image(), np.random.default_rng(0))
    assert altered.min() >= image().min()
    assert altered.max() <= image().max()
