"""How many pieces a JPEG or PNG file is made of: decoders take them one by one, and a small file may hold millions.

A progressive JPEG is drawn scan by scan, each over all of the picture, so that a thousand scans in a few kilobytes take
as long as a thousand pictures. Programs that write images make ten scans or so.
"""

import re
from collections.abc import Iterable, Iterator

MOST_SCANS = 64
FREE_PIECES, BYTES_EACH = 1000, 1024  # so many pieces are let through, and one more for so many bytes
JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
MARKER = re.compile(
    rb"\xff[^\x00\x01\xd0-\xd9\xff]"
)  # those that begin a piece; in coded pixels a zero follows each FF
SCAN = 0xDA


def too_many_pieces(content: bytes) -> str:
    """What a JPEG or PNG file has too many of, in words; "" where it has not, and for files of other formats."""
    most = FREE_PIECES + len(content) // BYTES_EACH
    scans = 0
    if content.startswith(JPEG):
        for number, kind in enumerate(jpeg_segments(content)):
            scans += kind == SCAN
            if scans > MOST_SCANS:
                return f"it is drawn in more than {MOST_SCANS} scans"
            if number >= most:
                return f"it is made of more than {most:,} segments"
    if content.startswith(PNG) and any(number >= most for number, _ in enumerate(png_chunks(content))):
        return f"it is made of more than {most:,} chunks"
    return ""


def has_many_scans(content: bytes, parts: Iterable[tuple[int, int]]) -> bool:
    """Whether a JPEG among some parts (first byte, bytes) of a file is drawn in too many scans, or they overlap."""
    left = len(content)
    for start, size in parts:
        left -= size
        scans = sum(kind == SCAN for kind in jpeg_segments(content[start : start + size]))
        if left < 0 or scans > MOST_SCANS:
            return True
    return False


def jpeg_segments(content: bytes) -> Iterator[int]:
    """The second byte of the marker of each segment of a JPEG file, to its end; a second picture in it follows."""
    at = 0
    while match := MARKER.search(content, at):
        at = match.end()
        yield content[at - 1]
        at += int.from_bytes(content[at : at + 2])


def png_chunks(content: bytes) -> Iterator[int]:
    """Where each chunk of a PNG file begins."""
    at = len(PNG)
    while at + 8 <= len(content):
        yield at
        at += 12 + int.from_bytes(content[at : at + 4])
