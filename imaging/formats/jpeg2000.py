"""What of JPEG 2000 Pillow would read wrongly: it takes every channel for one of 8 bits, and most colours for RGB."""

import struct
from pathlib import Path

from PIL import Image, Jpeg2KImagePlugin

from imaging.read_errors import ImageError, shown

MAX_BOXES = 1 << 20  # bytes of a file in which its picture begins
CODESTREAM = b"\xff\x4f\xff\x51"  # start of the picture, and the marker of its size (SIZ)
LEAST_HEADER = 38  # bytes of SIZ before the components, each of which has three: depth, and steps across and down
SIGNED = 0x80  # bit of a depth
NAMED_COLOURS = (0, 12, 15, 16, 17, 18)  # black and white, CMYK, sRGB, grey and sYCC, as the boxes of ISO 15444-1 say


def require_plain_jpeg2000(path: Path, picture: Image.Image) -> None:
    """Raise ImageError for a picture in JPEG 2000 that Pillow would not read as it is meant."""
    if isinstance(picture, Jpeg2KImagePlugin.Jpeg2KImageFile) and picture.fp is not None:
        picture.fp.seek(0)
        why = why_misread(picture.fp.read(MAX_BOXES))
        if why:
            raise ImageError(f"{shown(path)}: {why}; save it as 8-bit RGB")


def why_misread(start: bytes) -> str:
    """Why Pillow would not read a JPEG 2000 file as it is meant, by its first bytes; "" where it would.

    Follows ISO/IEC 15444-1, annexes A.5.1 (SIZ) and I.5.3.3 (colour).
    """
    at = start.find(CODESTREAM)
    sizes = start[at + len(CODESTREAM) :]
    if at < 0 or len(sizes) < LEAST_HEADER:
        return "has a header that is not understood"
    (count,) = struct.unpack_from(">H", sizes, LEAST_HEADER - 2)
    components = sizes[LEAST_HEADER : LEAST_HEADER + 3 * count]
    depths = {(depth & ~SIGNED) + 1 for depth in components[::3]}
    if depths != {8}:
        bits = ", ".join(str(depth) for depth in sorted(depths))
        return f"has {bits} bits a channel rather than 8"
    if any(depth & SIGNED for depth in components[::3]):
        return "has channels with negative values"
    if {*components[1::3], *components[2::3]} != {1}:
        return "has channels of unlike size"
    return "" if _has_named_colours(start[:at]) else "has colours that are none of grey, RGB and CMYK"


def _has_named_colours(boxes: bytes) -> bool:
    """Whether the first colour box names one of the usual colour spaces, has a profile, or is not there."""
    at = boxes.find(b"colr")
    if at < 0 or boxes[at + 4 : at + 5] != b"\1":
        return True
    return int.from_bytes(boxes[at + 7 : at + 11], "big") in NAMED_COLOURS
