"""Laws of the tail: a picture that ends before its file says so is found, and one with a border is left in peace."""

import io

import numpy as np
import pytest
from PIL import Image

from imaging.phantom import draw_field
from imaging.truncation import END, lacks_its_tail

KINDS = [{"quality": 60, "optimize": True}, {"quality": 85, "subsampling": 0}, {"quality": 95, "subsampling": 1}]


def encoded(image, **options):
    Image.fromarray(image).save(file := io.BytesIO(), "JPEG", **options)
    return file.getvalue()


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.fixture(scope="module")
def field():
    return draw_field("benign", "p", 0, 192, 256, 0).image


@pytest.mark.parametrize("options", KINDS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_cut_file_with_an_end_marker_is_found(options, share, field):
    whole = encoded(field, **options)
    cut = whole[: int(share * len(whole))] + END
    assert lacks_its_tail(cut, decoded(cut))
    assert not lacks_its_tail(whole, decoded(whole))


@pytest.mark.parametrize("options", [*KINDS, {"progressive": True}])
@pytest.mark.parametrize("colour", [0, 137, 255])
@pytest.mark.parametrize("height", [16, 50, 150, 192])
def test_a_border_of_one_colour_is_part_of_the_picture(options, colour, height, field):
    bordered = field.copy()
    bordered[-height:] = colour
    data = encoded(bordered, **options)
    assert not lacks_its_tail(data, decoded(data))


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xda\0\2", b"\xff\xd8" + b"\xff" * 50, bytes(100)])
def test_what_is_no_jpeg_is_not_its_business(data):
    image = np.zeros((64, 64, 3), np.uint8)
    image[0] = 255
    assert not lacks_its_tail(data, image)
