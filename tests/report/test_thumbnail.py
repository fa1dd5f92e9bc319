import io

import numpy as np
import pytest
from PIL import Image

from report.thumbnail import SIDE, thumbnail


def opened(content):
    return Image.open(io.BytesIO(content))


def test_the_longer_side_is_bounded_and_the_shape_is_kept():
    small = opened(thumbnail(np.full((900, 1200, 3), 200, dtype=np.uint8)))
    assert small.format == "JPEG" and small.size == (SIDE, SIDE * 3 // 4)


def test_a_small_image_is_not_blown_up():
    assert opened(thumbnail(np.zeros((30, 20, 3), dtype=np.uint8))).size == (20, 30)


def test_colours_survive_and_bytes_repeat():
    image = np.zeros((400, 400, 3), dtype=np.uint8)
    image[:, :, 0] = 180
    assert thumbnail(image) == thumbnail(image[:, ::-1])
    assert np.abs(np.asarray(opened(thumbnail(image))).astype(int).mean(axis=(0, 1)) - [180, 0, 0]).max() < 4


@pytest.mark.parametrize(
    "shape, kind", [((4, 4), np.uint8), ((4, 4, 4), np.uint8), ((4, 4, 3), float), ((0, 4, 3), np.uint8)]
)
def test_another_kind_of_array_is_refused(shape, kind):
    with pytest.raises(ValueError, match="h, w, 3"):
        thumbnail(np.zeros(shape, dtype=kind))
