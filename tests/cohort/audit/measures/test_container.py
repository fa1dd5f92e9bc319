"""Size and format of a file."""

from io import BytesIO
from math import exp, log

import pytest
from PIL import Image

from cohort.audit.measures.container import bytes_per_pixel, format_words, size_measures


def opened(format, mode="RGB", **options):
    Image.new(mode, (40, 20), 120 if mode == "L" else (120, 60, 90)).save(file := BytesIO(), format, **options)
    return Image.open(file)


def test_size_aspect_and_bytes():
    assert size_measures(20, 40) == (20, 40, 2, pytest.approx(log(800)))
    assert exp(bytes_per_pixel(b"1234", 2, 4)[0]) == pytest.approx(0.5)


def test_formats_differ_in_words():
    words = {
        format_words(opened("PNG"), ""),
        format_words(opened("PNG", "L"), ""),
        format_words(opened("TIFF"), ""),
        format_words(opened("TIFF", compression="tiff_lzw"), ""),
        format_words(opened("JPEG"), "baseline"),
        format_words(opened("JPEG"), "progressive"),
    }
    assert len(words) == 6
    assert ("PNG", "L", "") in words
