"""Laws of files from strangers: what may be asked of a decoder is bounded, in bytes, pieces, pixels and at once."""

import os
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from threading import Lock
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from PIL import Image

import imaging.read as reading
from imaging.files.memory_budget import MemoryBudget
from imaging.read import ImageError, content_hash, image_size, inspect, read_header, read_image
from tests.imaging.files.test_pieces import with_chunks, with_scans, with_segments
from tests.imaging.formats.test_jpeg2000_pieces import KINDS, in_small_pieces
from tests.imaging.formats.tiff_files import tiff
from tests.imaging.test_read import png

ROOT = Path(__file__).resolve().parents[2]


def bounded(code, *arguments, memory=700 << 20, seconds=20):
    """What code prints in a process that may take no more memory and time than that."""
    if sys.platform != "linux":
        pytest.skip("only Linux holds a process to a limit of memory")
    limits = f"import resource, sys; resource.setrlimit(resource.RLIMIT_AS, ({memory},) * 2)\n"
    command = [sys.executable, "-W", "ignore", "-c", limits + code, *map(str, arguments)]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # each thread takes room for its stack
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


INSPECT = """
from pathlib import Path
from imaging.read import ImageError, inspect
for name in sys.argv[1:]:
    try:
        print(inspect(Path(name)).width)
    except ImageError as error:
        print(error)
"""


def sparse(path, size):
    """A whole image with a tail of zeros that takes no room on the disk."""
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path)
    with path.open("r+b") as file:
        file.truncate(size)
    return path


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp", ".webp"])
@pytest.mark.parametrize("size", [(1 << 29) + 1, 2 << 30, 1 << 40])
def test_the_bytes_of_a_file_are_bounded_before_any_is_read(suffix, size, tmp_path):
    path = sparse(tmp_path / f"a{suffix}", size)
    for read in (inspect, read_image, content_hash):
        with pytest.raises(ImageError, match=r"more than 536,870,912 bytes, the most that are read\); save it anew"):
            read(path)


def test_files_of_many_pieces_are_refused_in_bounded_memory_and_time(tmp_path):
    contents = {"scans.jpg": with_scans(1000), "segments.jpg": with_segments(3_000_000)}
    contents |= {"chunks.png": with_chunks(1_000_000), "tags.tif": many_tags(3000)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    lines = bounded(INSPECT, *(tmp_path / name for name in contents), memory=500 << 20).splitlines()
    for line, said in zip(lines, ("64 scans", "segments", "chunks", "100,000 tags"), strict=True):
        assert said in line and "save it anew" in line


def test_a_picture_in_countless_or_huge_pieces_is_refused_in_bounded_memory(tmp_path):
    """A JPEG 2000 file of 300 bytes took 7 GB, a TIFF of 64 x 64 pixels 1.7 GB."""
    contents = {f"{kind}.jp2": in_small_pieces(kind) for kind in KINDS}
    contents["tile.tif"] = tiff(np.zeros((8, 8, 3), int), tile=16, tags={322: (4, [20_000]), 323: (4, [20_000])})
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    lines = bounded(INSPECT, *(tmp_path / name for name in contents), memory=500 << 20).splitlines()
    for line in lines:
        assert "tiles" in line and "save it as 8-bit RGB" in line
    assert len(lines) == len(contents)


def many_tags(pages):
    """A TIFF of so many pages with 200 tags each."""
    fields = [(256, 8), (257, 8), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 8), (279, 64)]
    fields += [(40000 + number, 0) for number in range(200)]
    entries = b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in fields)
    content = bytearray(struct.pack("<2sHI", b"II", 42, 72) + bytes(64))
    for number in range(pages):
        following = len(content) + 2 + len(entries) + 4 if number < pages - 1 else 0
        content += struct.pack("<H", len(fields)) + entries + struct.pack("<I", following)
    return bytes(content)


def jpeg_in_tiff(compression, parts, row_count):
    """A grey TIFF, 96 pixels wide, whose strips are these JPEG files."""
    starts, at = [], 8
    for part in parts:
        starts.append(at)
        at += len(part)
    lists = at
    count = len(parts)
    fields = [(256, 4, 1, 96), (257, 4, 1, row_count), (258, 3, 1, 8), (259, 3, 1, compression), (262, 3, 1, 1)]
    fields += [(273, 4, count, lists if count > 1 else starts[0]), (277, 3, 1, 1), (278, 4, 1, 64)]
    fields += [(279, 4, count, lists + 4 * count if count > 1 else len(parts[0]))]
    tags = b"".join(struct.pack("<HHII", *field) for field in fields)
    numbers = struct.pack(f"<{2 * count}I", *starts, *map(len, parts))
    begin = struct.pack("<2sHI", b"II", 42, lists + 8 * count)
    return begin + b"".join(parts) + numbers + struct.pack("<H", len(fields)) + tags + bytes(4)


@pytest.mark.parametrize("parts", [1, 3])
def test_a_jpeg_within_a_tiff_has_few_scans_too(parts, tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(jpeg_in_tiff(7, [with_scans(20)] * parts, 64 * parts))
    assert read_image(path).shape == (64 * parts, 96, 3)
    for compression in (6, 7):
        path.write_bytes(jpeg_in_tiff(compression, [with_scans(2)] * (parts - 1) + [with_scans(1000)], 64 * parts))
        with pytest.raises(ImageError, match="a part of it is drawn in more than 64 scans"):
            read_image(path)


def test_one_large_image_is_decoded_with_few_copies(tmp_path):
    """6000 x 6000 pixels are 108 MB as an array, and Pillow takes 144 MB for them."""
    (tmp_path / "large.png").write_bytes(png(8, 2, 6000, 6000, bytes(6000 * (1 + 3 * 6000))))
    (tmp_path / "too large.png").write_bytes(png(8, 2, 8192, 8193, b""))
    lines = bounded(INSPECT, *sorted(tmp_path.iterdir()), memory=900 << 20).splitlines()
    assert lines[0] == "6000" and "8193 x 8192 is more than 67,108,864 pixels" in lines[1]


def test_threads_decode_as_many_at_once_as_the_memory_has_room_for(tmp_path, monkeypatch):
    """All eight would take more than there is."""
    pixels = 2000 * 2000
    monkeypatch.setattr(reading, "DECODING", budget := MemoryBudget(0.5))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=2 * 3 * 16 * pixels))
    (tmp_path / "a.png").write_bytes(png(8, 2, 2000, 2000, bytes(2000 * (1 + 3 * 2000))))
    working, lock = [], Lock()
    convert = reading.on_white

    def on_white(path, picture):
        with lock:
            working.append(budget._held // (16 * pixels))
        return convert(path, picture)

    monkeypatch.setattr(reading, "on_white", on_white)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(read_image, [tmp_path / "a.png"] * 16))
    assert max(working) == 3 and len(working) == 16


def test_what_is_hashed_is_what_is_decoded(tmp_path, monkeypatch):
    """A file that changes between two looks would be one image with the name of another."""
    path = tmp_path / "a.png"
    Image.fromarray(np.full((8, 8, 3), 7, np.uint8)).save(path)
    expected = inspect(path)
    reads = []
    read = reading.read_regular

    def read_and_change(*arguments):
        content = read(*arguments)
        reads.append(len(content))
        Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(path)
        return content

    monkeypatch.setattr(reading, "read_regular", read_and_change)
    assert inspect(path) == expected and len(reads) == 1


def test_a_size_is_told_by_the_header_alone(tmp_path):
    content = png(8, 2, 3, 5, b"")
    assert image_size(tmp_path / "a.png", content) == (3, 5)
    with pytest.raises(ImageError, match=r"a.png: not a readable image \(it is text"):
        image_size(tmp_path / "a.png", b"text")


def test_what_stands_in_front_of_the_pixels_is_read_without_them(tmp_path):
    saved = BytesIO()
    Image.new("RGB", (5, 3)).save(saved, "PNG", dpi=(300, 300))
    cut = saved.getvalue()[:70]  # the pixels are not there
    assert read_header(tmp_path / "a.png", cut, lambda picture: (picture.format, picture.size)) == ("PNG", (5, 3))
    with pytest.raises(ImageError, match="not a readable image"):
        read_header(tmp_path / "a.png", cut, lambda picture: picture.info["none such"])
