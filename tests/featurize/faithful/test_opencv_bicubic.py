"""Laws of the published program's resampling, against cv2 where it is at hand."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from featurize.faithful.opencv_bicubic import resample
from imaging.phantom import draw_field
from imaging.read import rescale, rescaled_size

SCALES = (0.25, 0.37, 0.5, 0.9, 1.3, 2.0)
SHAPES = ((37, 51), (64, 64), (101, 33), (5, 7))


def drawn(shape):
    return np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_that_of_cv2_to_one_level(shape, scale):
    cv2 = pytest.importorskip("cv2")
    image = drawn(shape)
    theirs = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    ours = resample(image, scale)
    assert ours.shape == theirs.shape
    assert abs(ours.astype(int) - theirs).max() <= 1


def test_it_is_keys_convolution_with_a_repeated_border():
    """Slowly, in float64, from the definition."""
    image, scale = drawn((6, 9)), 0.7
    height, width = rescaled_size(6, 9, scale)

    def kernel(x):
        a, x = -0.75, abs(x)
        if x <= 1:
            return (a + 2) * x**3 - (a + 3) * x**2 + 1
        return a * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0.0

    expected = np.zeros((height, width, 3))
    for row in range(height):
        for column in range(width):
            y, x = (row + 0.5) / scale - 0.5, (column + 0.5) / scale - 0.5
            for r in range(int(np.floor(y)) - 1, int(np.floor(y)) + 3):
                for c in range(int(np.floor(x)) - 1, int(np.floor(x)) + 3):
                    weight = kernel(y - r) * kernel(x - c)
                    expected[row, column] += weight * image[min(max(r, 0), 5), min(max(c, 0), 8)]
    assert abs(resample(image, scale) - expected.clip(0, 255)).max() <= 1


def test_plain_images_stay_plain_and_scale_one_changes_nothing():
    image = drawn((20, 30))
    assert resample(image, 1) is image
    flat = np.full((20, 30, 3), 77, np.uint8)
    for scale in SCALES:
        assert (resample(flat, scale) == 77).all()


def test_turned_images_give_turned_results():
    image = drawn((24, 16))
    turned = resample(image.transpose(1, 0, 2), 0.5).transpose(1, 0, 2)
    assert abs(turned.astype(int) - resample(image, 0.5)).max() <= 1
    assert_array_equal(resample(image[::-1, ::-1], 0.5)[::-1, ::-1], resample(image, 0.5))


def test_it_is_not_antialiased():
    """Stripes of a pixel vanish where they are averaged, and stay where four pixels decide."""
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, 1::4] = 255
    assert rescale(stripes, 1 / 4)[4:-4, 4:-4].mean() < 80 < 120 < resample(stripes, 1 / 4).mean()
    field = draw_field("benign", "p", 0, 128, 128, seed=0).image
    assert abs(resample(field, 0.5).astype(int) - rescale(field, 0.5)).mean() > 0.2
