"""What a cache file keeps of one image, and the checksum that vouches for it."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from zlib import crc32

import numpy as np

from featurize.store.file_format import Entry


@dataclass(frozen=True)
class Row:
    """What is kept of one image: its descriptors and every draw behind them."""

    descriptors: np.ndarray  # (view, dim) float32
    gains: np.ndarray  # (view, 2) float64: H, E
    boxes: np.ndarray  # (view, crop, 3) int32: top, left, symmetry, in pixels of the rescaled image
    stain_status: np.ndarray  # () S16
    stain_matrix: np.ndarray  # (3, 2) float64
    stain_scale: np.ndarray  # (2,) float64


ROW_FIELDS = tuple(field.name for field in fields(Row))
SUMMED = (*ROW_FIELDS, "versions")  # what the checksum is over, behind the image's name and content hash
Arrays = dict[str, np.ndarray]  # of all images, by name


def row_checksum(entry: Entry, values: Iterable[np.ndarray]) -> int:
    """CRC-32 over whose row it is, of which image file, and all that is kept of it, in the order of SUMMED."""
    value = crc32(f"{entry.image}\0{entry.sha256}".encode())
    for array in values:
        value = crc32(np.ascontiguousarray(array).data, value)
    return value


def is_whole(entry: Entry, index: int, maps: Arrays) -> bool:
    """Is the row at this place the one that was written for this image, whether it is marked as done or not?"""
    return row_checksum(entry, (maps[name][index, ...] for name in SUMMED)) == maps["crc32"][index]
