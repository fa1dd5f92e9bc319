"""Whether a JPEG file holds all of its picture: decoders silently paint what is missing at the end in one colour.

A file that simply ends too early is refused by Pillow; one whose tail is lost but whose end marker is there is not.
"""

import io

import numpy as np
from PIL import Image

END = b"\xff\xd9"
SCAN = 0xDA
SEQUENTIAL = (0xC0, 0xC1)  # frames whose blocks come one after the other, each in 2 bits or more
MIN_FLAT = 16  # rows of one colour at the bottom that make a file suspect


def lacks_its_tail(data: bytes, image: np.ndarray) -> bool:
    """True for a JPEG file that ends, by its end marker, before the picture (h, w, 3) that was decoded from it does.

    A border of one colour is suspect. If it is in the file, its blocks take room there, and without the last of that
    room the picture above is the same; if it was made up, those bytes were of the picture above. Progressive files,
    which lose sharpness instead, are not looked into.
    """
    flat = _flat_rows(image)
    span = _scan(data) if flat >= MIN_FLAT else None
    if span is None:
        return False
    spare = (flat // 8) * (image.shape[1] // 8) // 8  # bytes: half of the least that the blocks of the border take
    start, end = span
    if not 0 < spare < end - start:
        return spare > 0
    with Image.open(io.BytesIO(data[: end - spare] + END), formats=("JPEG",)) as shorter:
        return not np.array_equal(np.asarray(shorter.convert("RGB"))[:-flat], image[:-flat])


def _flat_rows(image: np.ndarray) -> int:
    """How many rows at the bottom are of the last pixel's colour throughout."""
    if (image[-MIN_FLAT:] != image[-1, -1]).any():
        return 0  # as nearly always
    varied = np.flatnonzero((image != image[-1, -1]).any(axis=(1, 2)))
    return len(image) - 1 - int(varied[-1]) if len(varied) else 0  # a blank picture is not a border


def _scan(data: bytes) -> tuple[int, int] | None:
    """Where the coded picture of a sequential JPEG file with one scan begins and ends."""
    at, frame = 2, 0
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker == 0xFF:  # padding
            at += 1
            continue
        frame = marker if marker in SEQUENTIAL else frame
        at += 2 + length
        if marker == SCAN:
            end = data.find(END, at)
            return (at, end) if frame and end >= 0 and data.find(b"\xff\xda", at, end) < 0 else None
    return None
