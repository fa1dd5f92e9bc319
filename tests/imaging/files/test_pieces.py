"""Laws of pieces: images of every kind have few, whoever writes them, and what has many is told in words."""

import io
import re
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from imaging.files.pieces import MOST_SCANS, SCAN, jpeg_segments, png_chunks, too_many_pieces

PIXELS = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)


def encoded(kind, mode="RGB", **options):
    Image.fromarray(PIXELS).convert(mode).save(file := io.BytesIO(), kind, **options)
    return file.getvalue()


def with_scans(count):
    """A progressive JPEG whose last scan is there so many times."""
    content = encoded("JPEG", "L", progressive=True)
    last = content.rfind(b"\xff\xc4")  # its table and the scan, as they stand before the end marker
    return content[:last] + content[last:-2] * count + content[-2:]


def with_segments(count):
    content = encoded("JPEG")
    return content[:2] + b"\xff\xfe\0\2" * count + content[2:]


def with_chunks(count):
    content = encoded("PNG")
    empty = struct.pack(">I", 0) + b"teSt" + struct.pack(">I", zlib.crc32(b"teSt"))
    return content[:33] + empty * count + content[33:]


@pytest.mark.parametrize("kind, options", [
    ("JPEG", {}), ("JPEG", {"progressive": True}), ("JPEG", {"restart_marker_blocks": 1}), ("PNG", {}), ("TIFF", {}),
    ("BMP", {}), ("WEBP", {}), ("JPEG", {"progressive": True, "exif": b"Exif\0\0" + bytes(60000)})])  # fmt: skip
def test_images_as_programs_write_them_have_few(kind, options):
    assert too_many_pieces(encoded(kind, **options)) == ""


def test_scans_are_counted_and_nothing_else_is_taken_for_one():
    assert [list(jpeg_segments(encoded("JPEG"))).count(SCAN), list(jpeg_segments(with_scans(7))).count(SCAN)] == [1, 12]
    exif = b"Exif\0\0" + b"\xff\xda" * 1000
    assert list(jpeg_segments(encoded("JPEG", exif=exif))).count(SCAN) == 1
    assert len(list(png_chunks(with_chunks(5)))) == len(list(png_chunks(encoded("PNG")))) + 5


@pytest.mark.parametrize("make, count, said", [
    (with_scans, 1000, f"drawn in more than {MOST_SCANS} scans"),
    (with_segments, 1_000_000, "more than 4,9.. segments"),
    (with_chunks, 300_000, "more than 4,5.. chunks")])  # fmt: skip
def test_a_small_file_of_many_pieces_is_told_in_words(make, count, said):
    assert re.search(said, too_many_pieces(make(count)))


@pytest.mark.parametrize("start", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"])
@pytest.mark.parametrize("filling", [b"", b"\xff", b"\0", b"\xff\0", b"\xff\xd0", b"\xff\xda\0\0"])
def test_any_bytes_end(start, filling):
    assert isinstance(too_many_pieces(start + filling * 3_000_000), str)
