"""How many pieces a JPEG 2000 picture is cut into: decoders keep a record of each before they look at what is there.

Tiles, precincts and code blocks may be as small as a few pixels, so that a file of 262 bytes took 7 GB. Its header says
how large they are, and each part of the picture may say it anew (ISO/IEC 15444-1, annexes A, B and I).
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

MOST_PIECES = 1 << 20  # of all components; 8192 x 8192 pixels in blocks of 64 x 64, as is usual, are 50,000
TILE = 32  # pieces that the record of a tile weighs
MOST_BOXES, MOST_SEGMENTS = 1000, 1 << 20
START = b"\xff\x4f\xff\x51"  # of the picture, and the marker of its size (SIZ)
SIZE, STYLE, STYLE_OF_ONE, TILE_PART, DATA, END = 0xFF51, 0xFF52, 0xFF53, 0xFF90, 0xFF93, 0xFFD9
SEGMENTS = (*range(0xFF50, 0xFF65), 0xFF74, 0xFF75, 0xFF77, 0xFF78)  # markers after which a length stands
LEAST_PART = 14  # bytes of a part of a tile
SENSELESS = (ValueError, IndexError, struct.error, OverflowError)


class Cut(NamedTuple):
    """Into what a tile is cut."""

    levels: int  # of resolution, beside the smallest
    block: tuple[int, int]  # exponents of 2, width and height
    precincts: list[tuple[int, int]]  # of each resolution, the smallest first, likewise


def picture_start(content: bytes) -> int:
    """Where the picture begins in a JPEG 2000 file, with or without boxes around it; -1 where it does not."""
    at = 0
    for _ in range(MOST_BOXES):
        if content[at : at + len(START)] == START:
            return at
        if at + 16 > len(content):
            return -1
        length, kind, long_length = struct.unpack_from(">I4sQ", content, at)
        header = 16 if length == 1 else 8
        if kind == b"jp2c":
            at += header
            return at if content[at : at + len(START)] == START else -1
        step = long_length if length == 1 else length
        if step < header:
            return -1
        at += step
    return -1


def has_many_pieces(picture: bytes) -> bool:
    """Whether a picture is cut into more than MOST_PIECES, or in a way that is not understood."""
    try:
        size, *others = _segments(picture)
        return max(_pieces(size[1], cut) for cut in _cuts(size[1], others)) > MOST_PIECES
    except SENSELESS:
        return True


def _segments(picture: bytes) -> Iterator[tuple[int, bytes]]:
    """The marker and the content of each segment, in the header of the picture and of each part of a tile.

    Raises ValueError where another decoder might find others.
    """
    at, part, in_header = 2, -1, True
    for _ in range(MOST_SEGMENTS):
        if at + 2 > len(picture):
            return
        marker, length = struct.unpack(">HH", picture[at : at + 4].ljust(4, b"\0"))
        if marker == END:
            return
        if marker == DATA and part >= 0 and in_header:
            at, in_header = _end_of_part(picture, part, at), False
            continue
        if marker == TILE_PART and (part < 0 or not in_header):
            part, in_header = at, True
        elif marker not in SEGMENTS or not in_header or length < 2:
            raise ValueError("no segment stands there")
        yield marker, picture[at + 4 : at + 2 + length]
        at += 2 + length
    raise ValueError("too many segments")


def _end_of_part(picture: bytes, part: int, data: int) -> int:
    """Where a part of a tile ends, of which the first byte and that of the data are known; 0 stands for the last."""
    (length,) = struct.unpack_from(">I", picture, part + 6)
    if length and part + length < data + 2:
        raise ValueError("a part ends before its data")
    return part + length if length else len(picture)


def _cuts(size: bytes, segments: list[tuple[int, bytes]]) -> Iterator[Cut]:
    """Every way that the picture, or a part or component of it, is cut."""
    (components,) = struct.unpack_from(">H", size, 34)
    for marker, content in segments:
        if marker == STYLE:
            yield _cut(content[5:], bool(content[0] & 1))
        if marker == STYLE_OF_ONE:
            name = 1 if components < 257 else 2  # bytes
            yield _cut(content[name + 1 :], bool(content[name] & 1))


def _cut(style: bytes, has_precincts: bool) -> Cut:
    """From levels on, as in both segments."""
    levels = style[0]
    sizes = style[5 : 6 + levels] if has_precincts else bytes([0xFF]) * (levels + 1)
    precincts = [(both & 15, both >> 4) for both in sizes]
    if len(precincts) != levels + 1 or levels > 32:
        raise ValueError("a precinct for each resolution")
    return Cut(levels, (style[1] + 2, style[2] + 2), precincts)


def _pieces(size: bytes, cut: Cut) -> int:
    """How many tiles, precincts and blocks there are, tiles by their weight."""
    right, bottom, left, top, tile_width, tile_height, tiles_left, tiles_top = struct.unpack_from(">8I", size, 2)
    (components,) = struct.unpack_from(">H", size, 34)
    if not tile_width or not tile_height:
        raise ValueError("tiles have a size")
    tiles = _parts(right - tiles_left, tile_width) * _parts(bottom - tiles_top, tile_height)
    width, height = min(tile_width, right - left), min(tile_height, bottom - top)
    pieces = 0
    for resolution, precinct in enumerate(cut.precincts):
        shrunk = 1 << (cut.levels - resolution)
        halved = min(resolution, 1)  # all but the smallest are kept as three bands of half the size
        count, blocks = 1, 1
        for length, exponent, of_block in zip((width, height), precinct, cut.block, strict=True):
            there = _parts(length, shrunk)
            count *= _parts(there, 1 << exponent)
            blocks *= _parts(there, 1 << (halved + min(of_block, max(exponent - halved, 0))))
        pieces += count + (3 if halved else 1) * blocks
    return tiles * (TILE + components * pieces)


def _parts(length: int, each: int) -> int:
    return -(-length // each)
