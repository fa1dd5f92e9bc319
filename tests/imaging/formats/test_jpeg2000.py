"""Laws of JPEG 2000: read where Pillow reads it right, refused with the reason where it would read something else."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from imaging.formats.jpeg2000 import CODESTREAM, LEAST_HEADER, why_misread
from imaging.read import ImageError, inspect, read_image

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)


@pytest.mark.parametrize("suffix", [".jp2", ".j2k"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_eight_bits_come_back(suffix, mode, tmp_path):
    picture = Image.fromarray(PIXELS).convert(mode)
    picture.save(tmp_path / f"a{suffix}")
    assert_array_equal(read_image(tmp_path / f"a{suffix}"), np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_what_is_transparent_is_white(mode, tmp_path):
    picture = Image.fromarray(PIXELS).convert(mode)
    alpha = Image.new("L", picture.size, 255)
    alpha.paste(0, (0, 0, 10, 20))
    picture.putalpha(alpha)
    picture.save(tmp_path / "a.jp2")
    image = read_image(tmp_path / "a.jp2")
    assert (image[:, :10] == 255).all() and (image[:, 10:] != 255).any()


def test_deep_grey_is_refused(tmp_path):
    Image.fromarray(np.zeros((8, 8), np.uint16)).save(tmp_path / "a.jp2")
    with pytest.raises(ImageError, match="more than 8 bits a channel; save it as 8-bit RGB"):
        read_image(tmp_path / "a.jp2")


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        (0, 15, "has 16 bits a channel"),
        (0, 3, "has 4 bits a channel"),
        (0, 0x87, "negative values"),
        (1, 2, "channels of unlike size"),
        (2, 2, "channels of unlike size"),
    ],
)
@pytest.mark.parametrize("suffix", [".jp2", ".j2k"])
def test_what_pillow_would_take_for_eight_bits_is_refused(suffix, field, value, why, tmp_path):
    """It opens colour of any depth as RGB."""
    path = tmp_path / f"a{suffix}"
    Image.fromarray(PIXELS).save(path)
    content = bytearray(path.read_bytes())
    first = content.find(CODESTREAM) + len(CODESTREAM) + LEAST_HEADER + field
    content[first : first + 9 : 3] = [value] * 3
    path.write_bytes(content)
    for read in (inspect, read_image):
        with pytest.raises(ImageError, match=rf"{why}.*; save it as 8-bit RGB"):
            read(path)


def test_colours_that_are_not_red_green_and_blue_are_refused(tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "a.jp2")
    content = (tmp_path / "a.jp2").read_bytes()
    at = content.find(b"colr") + 7
    assert why_misread(content) == ""
    assert "none of grey, RGB and CMYK" in why_misread(content[:at] + (14).to_bytes(4, "big") + content[at + 4 :])
    assert "not understood" in why_misread(content[:60])
