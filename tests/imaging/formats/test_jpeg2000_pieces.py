"""Laws of JPEG 2000 from strangers: into how many pieces a picture is cut is known before any of them is looked at."""

import io
import struct

import pytest
from PIL import Image

from imaging.formats.jpeg2000_pieces import MOST_PIECES, START, has_many_pieces, picture_start

SIDE = 8192
KINDS = ("blocks", "precincts", "tiles", "of one", "in a part")
STYLE = b"\xff\x52\0\x0c"  # marker and length of the usual segment


def encoded(**options):
    Image.new("RGB", (64, 64), "pink").save(file := io.BytesIO(), "JPEG2000", **options)
    return file.getvalue()


def in_small_pieces(kind):
    """A file of some hundred bytes that promises 8192 x 8192 pixels in pieces of a few each."""
    content = bytearray(encoded())
    at = content.index(b"ihdr") + 4
    content[at : at + 8] = struct.pack(">II", SIDE, SIDE)
    at = content.index(START) + 8
    tile = 16 if kind == "tiles" else SIDE
    content[at : at + 24] = struct.pack(">6I", SIDE, SIDE, 0, 0, tile, tile)
    at = content.index(STYLE)
    style = content[at + 4 : at + 14]  # of the picture: coding, order, layers (2), mixing, levels, block (2), ...
    segment = b""
    if kind == "blocks":
        content[at + 10 : at + 12] = bytes(2)
    if kind == "precincts":
        segment = bytes([style[0] | 1]) + style[1:] + b"\x33" * (style[5] + 1)
        content[at : at + 14] = b"\xff\x52" + struct.pack(">H", 2 + len(segment)) + segment
    smaller = b"\xff\x53" + struct.pack(">H", 9) + bytes([1, 0, style[5], 0, 0, *style[8:]])
    if kind == "of one":
        content[at + 14 : at + 14] = smaller
    if kind == "in a part":
        part, data = content.index(b"\xff\x90"), content.index(b"\xff\x93")
        content[part + 6 : part + 10] = bytes(4)  # to the end
        content[data:data] = smaller
    return bytes(content)


def many(content):
    return has_many_pieces(content[picture_start(content) :])


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_are_counted_wherever_their_size_is_said(kind):
    assert not many(encoded()) and not many(in_small_pieces("none"))
    assert many(in_small_pieces(kind))


@pytest.mark.parametrize(
    "options",
    [{"tile_size": (32, 32)}, {"codeblock_size": (16, 16)}, {"precinct_size": (32, 32)}, {"num_resolutions": 1},
     {"progression": "RPCL", "quality_layers": [80, 40, 10]}, {"no_jp2": True}, {"plt": True}],
)  # fmt: skip
def test_usual_files_have_few(options):
    assert not many(encoded(**options))


def test_where_decoders_may_disagree_there_are_too_many():
    """The picture is the one in its box, not one in another; a marker that says nothing of its length ends nothing."""
    whole = encoded()
    start = picture_start(whole)
    decoy = whole[start:]
    box = struct.pack(">I4s", 8 + len(decoy), b"free") + decoy
    assert picture_start(whole[: start - 8] + box + whole[start - 8 :]) == start + len(box)
    assert picture_start(decoy) == 0 and picture_start(whole[:20]) == -1
    assert picture_start(whole[:12] + struct.pack(">I4s", 8, b"free") * 2000 + whole[12:]) == -1
    at = whole.index(STYLE)
    assert many(whole[:at] + b"\xff\x30" + whole[at:])
    assert many(whole[:at] + whole[at + 14 :]), "it does not say at all"
    assert MOST_PIECES < SIDE * SIDE
