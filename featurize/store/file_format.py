"""What lies where in a cache file, and how damage to all of it but the rows is found.

A cache file is plain HDF5 behind a header of its own (HDF5 calls that place the user block). The header says where
every array lies and holds a checksum over every byte that no row is made of. So a file is read without asking HDF5:
no link in it is followed, and no flipped bit in its structure reaches the library.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import h5py
import numpy as np

from cohort.files.atomic import allocate
from featurize.protocol import Protocol
from imaging.errors import HistoboostError
from imaging.files.regular_file import open_regular

FORMAT = 2
MAGIC = b"histoboost cache file\n"
STEM = r".+-(\d+@[^@]+|whole\d+)-[0-9a-f]{8}"  # of the name of a cache file, VARIANT-KEY, as a regular expression
HDF5 = b"\x89HDF\r\n\x1a\n"
BEGINNING = 1 << 16  # bytes in which an HDF5 file of ours names its arrays
HALF = 8192  # bytes of the header, which is there twice; a disk's sector is never larger
HEADER = 2 * HALF  # HDF5 looks for its beginning at powers of two
VERSIONS = "S512"
MOST_IMAGES, MOST_DIM, WIDEST_TEXT = 1 << 20, 1 << 16, 1 << 16  # that a header may promise
SLACK = 1 << 20  # bytes beside the arrays that HDF5 may take for its structure (measured: 20,000)


class CacheError(HistoboostError):
    """A cache file that is missing, damaged, unfinished or made under other settings."""


class DamagedError(CacheError):
    """A cache file whose bytes are not those that were written."""


class FormatError(CacheError):
    """A cache file of another format, as another version makes it, or a file of somebody else's."""


@dataclass(frozen=True)
class Entry:
    """Whose row it is; an entry without a label is an image that has left the data set."""

    image: str
    label: str
    patient: str
    sha256: str  # of the image file

    def checksum(self) -> int:
        """CRC-32 over its texts."""
        return crc32("\0".join((self.image, self.label, self.patient, self.sha256)).encode())


class Place(NamedTuple):
    """Where an array lies in its file."""

    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def each(self) -> int:
        """Bytes of one image."""
        return self.nbytes // self.shape[0]

    @property
    def nbytes(self) -> int:
        """Bytes of all images."""
        return int(np.prod(self.shape, dtype=object)) * self.dtype.itemsize


ENTRY_FIELDS = tuple(field.name for field in fields(Entry))


@dataclass(frozen=True)
class Header:
    """What a cache file says of itself, and what vouches for it."""

    protocol: Protocol
    encoder: dict[str, Any]
    images: int
    widths: dict[str, int]  # bytes of the longest text of each column
    offsets: dict[str, int]  # first byte of each array
    size: int  # of the file
    crc32: int  # over all bytes behind the header that are not in a row

    def places(self) -> dict[str, Place]:
        """Where every array lies; raises ValueError where one would lie outside the file or on another."""
        wanted = arrays(self.protocol, self.encoder["dim"], self.images, self.widths)
        places = {name: Place(self.offsets[name], shape, np.dtype(kind)) for name, (shape, kind) in wanted.items()}
        end = HEADER
        for name, place in sorted(places.items(), key=lambda pair: pair[1].offset):
            if place.offset < end:
                raise ValueError(f"{name} would lie on what is before it")
            end = place.offset + place.nbytes
        if end > self.size:
            raise ValueError("its arrays would lie outside the file")
        if self.size - HEADER - sum(place.nbytes for place in places.values()) > SLACK:
            raise ValueError("it would have more bytes than its arrays take")
        return places

    def require_sensible(self) -> None:
        """Raise ValueError or TypeError unless its numbers are some that a cache file can have."""
        numbers = [self.size, self.crc32, *self.offsets.values()]
        limited = [(self.images, MOST_IMAGES), (self.encoder["dim"], MOST_DIM)]
        limited += [(self.widths[name], WIDEST_TEXT) for name in ENTRY_FIELDS]
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise ValueError("its numbers make no sense")
        for number, most in limited:
            if type(number) is not int or not 1 <= number <= most:
                raise ValueError(f"{number!r} is none of 1 to {most}")

    def to_bytes(self) -> bytes:
        """The block in front of the HDF5 file: the header twice, so that one is left when the other is damaged."""
        facts = {"format": FORMAT} | asdict(self) | {"protocol": self.protocol.settings()}
        text = MAGIC + json.dumps(facts, sort_keys=True).encode() + b"\n"
        if len(text) > HALF - 8:
            raise ValueError(f"the facts about the encoder and protocol take {len(text)} bytes; {HALF - 8} have room")
        text = text.ljust(HALF - 8)
        return 2 * (text + b"%08x" % crc32(text))


def row_arrays(protocol: Protocol, dim: int, n: int) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and type of what is written row by row, for n images."""
    views = protocol.views
    return {
        "descriptors": ((n, views, dim), "<f4"),
        "gains": ((n, views, 2), "<f8"),
        "boxes": ((n, views, protocol.crops, 3), "<i4"),
        "stain_status": ((n,), "S16"),
        "stain_matrix": ((n, 3, 2), "<f8"),
        "stain_scale": ((n, 2), "<f8"),
        "versions": ((n,), VERSIONS),
        "crc32": ((n,), "<u4"),
        "done": ((n,), "u1"),
    }


def arrays(protocol: Protocol, dim: int, n: int, widths: dict[str, int]) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and type of every array for n images: the rows, and the texts that say whose they are."""
    texts = {name: ((n,), f"S{widths[name]}") for name in ENTRY_FIELDS}
    return row_arrays(protocol, dim, n) | texts | {"entry_crc32": ((n,), "<u4")}


def make_file(path: Path, protocol: Protocol, encoder: dict, entries: Sequence[Entry]) -> None:
    """Write everything but the rows, with the room for them taken; raises OSError, or RuntimeError from HDF5."""
    columns = {name: _texts(getattr(entry, name) for entry in entries) for name in ENTRY_FIELDS}
    checksums = np.array([entry.checksum() for entry in entries], "<u4")
    # everything is of fixed length: the heap of variable-length strings is where one flipped bit makes HDF5 hang
    # HDF5's own lock fails on disks that have none, and the file is new, under a name that nobody else knows
    with h5py.File(path, "w", userblock_size=HEADER, locking=False) as file:
        for name, column in columns.items():  # before the rows: a file that lost its end still knows whose they are
            file.create_dataset(name, data=column)
        file.create_dataset("entry_crc32", data=checksums)
        for name, (shape, dtype) in row_arrays(protocol, encoder["dim"], len(entries)).items():
            placed = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            placed.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            placed.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
            file.create_dataset(name, shape, dtype, dcpl=placed)
        file.attrs["format"] = FORMAT
        file.attrs["protocol"] = _texts([protocol.to_json()])[0]
        file.attrs["encoder"] = _texts([json.dumps(encoder, sort_keys=True)])[0]
        offsets = {name: dataset.id.get_offset() for name, dataset in file.items()}
    widths = {name: column.dtype.itemsize for name, column in columns.items()}
    header = Header(protocol, encoder, len(entries), widths, offsets, path.stat().st_size, 0)
    allocate(path, row_spans(header))
    with path.open("r+b") as writing:
        writing.write(Header(**{**vars(header), "crc32": fixed_checksum(path, header)}).to_bytes())
        writing.flush()
        os.fsync(writing.fileno())


def read_header(path: Path) -> tuple[Header, bytes, bool]:
    """The header, its bytes, and whether both copies are whole; raises CacheError where neither is, or OSError."""
    with open_regular(path) as file:
        block = file.read(HEADER)
    whole = [half for half in (block[:HALF], block[HALF:]) if half[-8:] == b"%08x" % crc32(half[:-8])]
    if not whole:
        if MAGIC in block or len(block) < HEADER:
            raise DamagedError(f"{path} is damaged at its beginning; run `python pipeline.py cache repair`")
        raise FormatError(f"{path} is not a cache file of format {FORMAT}; delete it (`cache gc`) and extract again")
    return _parsed(path, whole[0]), block, len(whole) == 2 and whole[0] == whole[1]


def is_marked(path: Path) -> bool:
    """Whether a file begins as our cache files do, those of format 1 too, which were plain HDF5; raises OSError."""
    with open_regular(path) as file:
        start = file.read(BEGINNING)
    return start.startswith(MAGIC) or (start.startswith(HDF5) and b"descriptors\0" in start)


def _parsed(path: Path, half: bytes) -> Header:
    """A header whose checksum is right; what a stranger wrote into it is checked all the same."""
    try:
        facts = json.loads(half[len(MAGIC) : -8])
        if not half.startswith(MAGIC) or facts.pop("format") != FORMAT:
            raise FormatError(f"{path} is not a cache file of format {FORMAT}; extract again")
        header = Header(**facts | {"protocol": Protocol(**facts["protocol"])})
        header.require_sensible()
        header.places()
    except CacheError:
        raise
    except (RuntimeError, LookupError, TypeError, AttributeError, ValueError, ArithmeticError, MemoryError) as error:
        raise FormatError(f"{path} cannot be read as a cache file ({error}); delete it and extract again") from error
    return header


def row_spans(header: Header) -> list[tuple[int, int]]:
    """First byte and length of every array that is written row by row, in the file's order."""
    places = header.places()
    rows = row_arrays(header.protocol, header.encoder["dim"], header.images)
    return sorted((places[name].offset, places[name].nbytes) for name in rows)


def fixed_checksum(path: Path, header: Header) -> int:
    """CRC-32 over the bytes that are never written again: all but the header's and the rows'."""
    value = 0
    with open_regular(path) as file:
        for start, stop in _fixed_spans(header):
            file.seek(start)
            while start < stop and (data := file.read(min(stop - start, 1 << 20))):
                value, start = crc32(data, value), start + len(data)
    return value


def _fixed_spans(header: Header) -> Iterator[tuple[int, int]]:
    """First byte and end of what lies between the rows' arrays."""
    rows = [(HEADER, 0), *row_spans(header), (header.size, 0)]
    for (start, size), (following, _) in pairwise(rows):
        if start + size < following:
            yield start + size, following


def _texts(values: Iterable[str]) -> np.ndarray:
    """Text as UTF-8 of one fixed width, in place like everything else; raises CacheError for what has no such form."""
    encoded = []
    for value in values:
        try:
            encoded.append(value.encode())
        except UnicodeEncodeError:
            raise CacheError(f"{value!r} is not Unicode text; rename it") from None
        if value.endswith("\0"):
            raise CacheError(f"{value!r} ends in a zero byte, which the cache cannot keep; rename it")
    return np.array(encoded, h5py.string_dtype("utf-8", max(1, *map(len, encoded), 1)))
