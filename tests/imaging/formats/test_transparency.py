"""Laws of transparency: it is white, and a picture of which nothing is seen is refused."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from imaging.formats.transparency import on_white
from imaging.read import ImageError, inspect, read_image


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)


def alpha_of(value):
    return np.full((20, 30), value, np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
@pytest.mark.parametrize("value", [0, 1, 25])
def test_a_picture_that_is_transparent_throughout_is_refused(suffix, value, tmp_path, pixels):
    """As white it would pass for a slide without tissue; where 1 stands for opaque, nobody saw its tissue either."""
    path = tmp_path / f"a{suffix}"
    Image.fromarray(np.dstack([pixels, alpha_of(value)])).save(
        path, **{"lossless": True, "exact": True} if suffix == ".webp" else {}
    )
    for read in (inspect, read_image):
        with pytest.raises(
            ImageError, match=rf"a\{suffix}: is transparent throughout .* alpha is {value} of 255.*without"
        ):
            read(path)


@pytest.mark.parametrize("mode", ["LA", "P", "RGB", "L"])
def test_so_is_one_without_a_channel_of_alpha(mode, tmp_path):
    """Grey with alpha, and one colour that a palette or the file declares transparent."""
    picture = Image.new("L" if mode == "LA" else mode, (30, 20), (7, 7, 7) if mode == "RGB" else 7)
    if mode == "LA":
        picture.putalpha(0)
    if mode == "P":
        picture.putpalette([10, 20, 30] * 8)
    colour = {"LA": None, "P": 7, "RGB": (7, 7, 7), "L": 7}[mode]
    picture.save(tmp_path / "a.png", **({} if colour is None else {"transparency": colour}))
    with pytest.raises(ImageError, match="is transparent throughout"):
        read_image(tmp_path / "a.png")


def test_one_visible_pixel_is_enough(tmp_path, pixels):
    alpha = alpha_of(0)
    alpha[3, 4] = 255
    Image.fromarray(np.dstack([pixels, alpha])).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png")
    assert_array_equal(image[3, 4], pixels[3, 4])
    assert (np.delete(image.reshape(-1, 3), 3 * 30 + 4, axis=0) == 255).all()


def test_what_is_opaque_stays_as_it_is(tmp_path, pixels):
    opaque = Image.fromarray(pixels)
    assert on_white(tmp_path, opaque) is opaque
    assert_array_equal(on_white(tmp_path, opaque.convert("RGBA")), pixels)
