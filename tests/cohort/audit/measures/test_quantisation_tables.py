"""What the headers of a JPEG stream say, read from bytes that nobody is to be trusted with."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cohort.audit.measures.quantisation_tables import jpeg_measures, libjpeg_quality, read_jpeg_stream


def saved(**options):
    """A picture of noise as JPEG."""
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file := BytesIO(), "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("quality", [10, 49, 50, 75, 88, 95, 100])
def test_the_quality_that_libjpeg_was_asked_for_is_recognised_by_its_tables(quality):
    content = saved(quality=quality)
    stream = read_jpeg_stream(content)
    pillows = Image.open(BytesIO(content)).quantization
    assert stream.tables == tuple(tuple(table) for table in pillows.values())
    (luma, chroma, distance, _), _ = jpeg_measures(stream)
    assert (luma, chroma, distance) == (quality, quality, 0)


@pytest.mark.parametrize(("subsampling", "shared"), [("4:4:4", 1), ("4:2:2", 2), ("4:2:0", 4)])
def test_so_many_pixels_share_a_sample_of_colour(subsampling, shared):
    numbers, (_, words, _) = jpeg_measures(read_jpeg_stream(saved(subsampling=subsampling, progressive=True)))
    assert numbers[3] == shared
    assert words.endswith("progressive")


def test_another_table_is_as_far_from_libjpegs_as_its_values():
    table = np.array(read_jpeg_stream(saved(quality=80)).tables[0])
    assert libjpeg_quality(table + 0) == (80, 0)
    assert libjpeg_quality(table + np.eye(64, dtype=int)[5] * 3)[1] == pytest.approx(3 / 64)


def test_what_is_no_jpeg_has_no_tables():
    numbers, words = jpeg_measures(read_jpeg_stream(b""))
    assert np.isnan(numbers).all()
    assert words == ("", "", "")


def test_programs_show_in_the_layout_and_what_they_add_does_not():
    exif = Image.Exif()
    exif[271] = "Leica"
    plain, with_exif, progressive = saved(), saved(exif=exif, comment=b"x"), saved(progressive=True)
    layouts = [read_jpeg_stream(content).layout for content in (plain, with_exif, progressive)]
    assert layouts[0] == layouts[1] != layouts[2]


def test_no_bytes_make_it_fail():
    content = saved()
    rng = np.random.default_rng(1)
    for _ in range(200):
        mangled = np.frombuffer(content[: rng.integers(2, 700)], np.uint8).copy()
        mangled[rng.integers(0, len(mangled), 8)] = rng.integers(0, 256, 8)
        jpeg_measures(read_jpeg_stream(mangled.tobytes()))
    jpeg_measures(read_jpeg_stream(b"\xff\xd8" + b"\xff\xdb\0\0" * 5000))  # lengths that lead nowhere
