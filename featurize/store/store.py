"""One HDF5 file holds one variant's descriptors of one data set, and survives `kill -9` at any moment.

The file's structure is written once, under a temporary name, with every array allocated; from then on a row is written
as plain bytes into its place, with a checksum, and marked done last. Any HDF5 reader can open the file.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cohort.files.atomic import reason, write_all
from featurize.encoders.sources.known_origins import with_origin
from featurize.protocol import Protocol
from featurize.store.file_format import (
    ENTRY_FIELDS,
    HEADER,
    VERSIONS,
    CacheError,
    DamagedError,
    Entry,
    Place,
    fixed_checksum,
    read_header,
)
from featurize.store.row import ROW_FIELDS, SUMMED, Arrays, Row, is_whole, row_checksum
from imaging.files.regular_file import open_regular

# what a descriptor may depend on
LIBRARIES = ("histoboost", "torch", "torchvision", "numpy", "pillow", "h5py", "openvino")
REPAIR = "run `python pipeline.py cache repair`, then extract again"


class Store:
    """A cache file: reading maps it into memory, writing puts bytes in place; no handle stays open in between."""

    def __init__(self, path: Path, salvage: bool = False):
        """Open an existing file; raises CacheError if it is not one of ours or anything but a row is damaged.

        salvage: open it in spite of damage, for the rows that lie in it whole and that their own checksums vouch for.
        """
        self.path = path
        self.dropped: tuple[str, ...] = ()  # images that lost a damaged row when the file was made anew
        try:
            self.header, self._block, whole = read_header(path)
            self._places = self.header.places()
            size = path.stat().st_size
            if size != self.header.size and not salvage:
                raise DamagedError(f"{path} has {size} bytes, not {self.header.size}: a part is missing; {REPAIR}")
            self._count = _whole_rows(self._places.values(), size)
            if not salvage and not (whole and fixed_checksum(path, self.header) == self.header.crc32):
                raise DamagedError(f"{path} is damaged (checksum of its structure and texts); {REPAIR}")
        except OSError as error:
            raise CacheError(f"{path} cannot be read ({reason(error)})") from error
        placed = self._placed(salvage)
        self.entries = tuple(placed.values())
        self.rows = {entry.image: index for index, entry in placed.items()}
        self._entry = {entry.image: entry for entry in self.entries}
        if len(self.rows) < len(placed):
            raise DamagedError(f"{path} names an image twice; delete it and extract again")

    @property
    def protocol(self) -> Protocol:
        """The settings behind every row."""
        return self.header.protocol

    @property
    def encoder(self) -> dict:
        """Facts about the network."""
        return self.header.encoder

    def facts(self) -> dict:
        """What the file says of itself, and who trained the weights where that is known by now: protocol, key, network,
        and the versions that wrote its rows.
        """
        network = with_origin(self.encoder)
        beside = {"key": self.protocol.key, "network": network, "versions": self.writers()}
        return self.protocol.settings() | beside

    def writers(self) -> list[dict]:
        """The sets of library versions that wrote its rows, with how many images each wrote, the most first."""
        maps = self.arrays()
        counts = Counter(maps["versions"][maps["done"] == 1].tolist())
        try:
            return [json.loads(text) | {"images": count} for text, count in counts.most_common()]
        except (ValueError, TypeError) as error:
            raise DamagedError(f"{self.path}: the versions behind a row are damaged ({error}); {REPAIR}") from error

    def arrays(self) -> Arrays:
        """Every array, mapped from the file as it is now, read-only.

        What was mapped stays as it was when another run puts a new file in place. Raises CacheError when that has
        happened since this store was opened: rows would not be where it takes them to be.
        """
        try:
            with open_regular(self.path) as file:
                self._require_same(file)
                return {name: self._mapped(file, place) for name, place in self._places.items()}
        except OSError as error:
            raise CacheError(f"{self.path} cannot be read ({reason(error)})") from error

    def _mapped(self, file: BinaryIO, place: Place) -> np.ndarray:
        shape = (self._count, *place.shape[1:])
        if not self._count:
            return np.empty(shape, place.dtype)  # nothing cannot be mapped
        return np.memmap(file, place.dtype, "r", place.offset, shape)

    def array(self, name: str) -> np.ndarray:
        """One of them."""
        return self.arrays()[name]

    @property
    def done(self) -> np.ndarray:
        """Which images have a row: (image,) bool."""
        return self.array("done") == 1

    def require_rows(self, images: Iterable[str], maps: Arrays) -> None:
        """Raise CacheError unless all these images have a row in these arrays, and its checksum is right."""
        for image in images:
            if image not in self.rows or maps["done"][self.rows[image]] != 1:
                raise CacheError(f"{self.path} holds no descriptors of {image}; run extract to add them")
            if not self.is_whole(image, maps):
                raise DamagedError(f"{self.path}: the row of {image} is damaged (checksum); {REPAIR}")

    def is_whole(self, image: str, maps: Arrays) -> bool:
        """Is an image's row in these arrays the one that was written, whether it is marked as done or not?"""
        return is_whole(self._entry[image], self.rows[image], maps)

    def write_rows(self, rows: Mapping[str, Row]) -> None:
        """Put rows in their places with their checksums, and once they are safely on the disk mark them as done.

        Disks take long to say that something is safe: rows that are there together are best written together. The
        marks themselves need not be: after a power cut (not after a kill) those of the last call may be lacking, and
        `cache repair` sets them again. Raises CacheError when the file cannot be written, as on a full disk.
        """
        if not rows:
            return
        values = {}
        for image, row in rows.items():
            values[image] = [*(getattr(row, name) for name in ROW_FIELDS), _written_by()]
            self._check(values[image])
        try:
            with open_regular(self.path, "r+b", buffering=0) as file:
                self._require_same(file)
                for image in rows:
                    self._put(file, "done", image, np.uint8(0))
                for image, arrays in values.items():
                    for name, value in zip(SUMMED, arrays, strict=True):
                        self._put(file, name, image, value)
                    self._put(file, "crc32", image, np.uint32(row_checksum(self._entry[image], arrays)))
                os.fsync(file.fileno())
                for image in rows:
                    self._put(file, "done", image, np.uint8(1))
        except OSError as error:
            raise CacheError(
                f"{self.path} cannot be written ({reason(error)}); put that right and run extract again"
            ) from error

    def mark(self, marks: Mapping[str, bool]) -> None:
        """Set or take away the mark that an image is done; raises CacheError when the file cannot be written."""
        try:
            with open_regular(self.path, "r+b", buffering=0) as file:
                self._require_same(file)
                for image, done in marks.items():
                    self._put(file, "done", image, np.uint8(done))
                os.fsync(file.fileno())
        except OSError as error:
            raise CacheError(f"{self.path} cannot be written ({reason(error)})") from error

    def copy_rows(self, old: "Store") -> tuple[str, ...]:
        """Carry over the rows of another file that are done and whose image file is the same, as they are.

        Returns the images whose rows are damaged, which are left behind.
        """
        maps, damaged = old.arrays(), []
        with open_regular(self.path, "r+b", buffering=0) as file:
            for entry in old.entries:
                image, index = entry.image, old.rows[entry.image]
                here = self._entry.get(image)
                if here is None or here.sha256 != entry.sha256 or maps["done"][index] != 1:
                    continue
                if not old.is_whole(image, maps):
                    damaged.append(image)
                    continue
                for name in (*SUMMED, "crc32", "done"):
                    self._put(file, name, image, maps[name][index, ...])
            os.fsync(file.fileno())
        return tuple(damaged)

    def require_same(self) -> None:
        """Raise CacheError when another run has put a new file in place since this store was opened."""
        self.arrays()

    def _require_same(self, file: BinaryIO) -> None:
        if file.read(HEADER) != self._block:
            raise CacheError(f"{self.path} was changed by another run in the meantime; run this again")

    def _placed(self, salvage: bool) -> dict[int, Entry]:
        """Whose rows they are, by place; to be salvaged are those alone that a checksum vouches for."""
        maps: Arrays = self.arrays()
        placed: dict[int, Entry] = {}
        indices: Sequence[int] = range(self._count)
        columns = [np.asarray(maps[name]) for name in ENTRY_FIELDS]
        if salvage:  # where there is something at all: what is lost may be most of a large file
            indices = np.flatnonzero(maps["entry_crc32"] | maps["crc32"]).tolist()
        for index in indices:  # one by one: none behind a damaged one is looked at
            entry = Entry(*(column[index].decode(errors="replace") for column in columns))
            if entry.checksum() != maps["entry_crc32"][index]:
                if not salvage:
                    raise DamagedError(f"{self.path}: the texts of {entry.image} are damaged (checksum); {REPAIR}")
                entry = Entry(entry.image, "", "", entry.sha256)  # what a row's checksum vouches for
                if not maps["crc32"][index] or not is_whole(entry, index, maps):
                    continue
            placed[index] = entry
        return placed

    def _check(self, values: Sequence[np.ndarray]) -> None:
        for name, value in zip(SUMMED, values, strict=True):
            place = self._places[name]
            if value.shape != place.shape[1:] or value.dtype != place.dtype:
                raise ValueError(
                    f"{name} is {value.dtype} {value.shape}, the file wants {place.dtype} {place.shape[1:]}"
                )

    def _put(self, file: BinaryIO, name: str, image: str, value: np.ndarray | np.generic) -> None:
        place = self._places[name]
        write_all(file, place.offset + self.rows[image] * place.each, value.tobytes())


def _whole_rows(places: Iterable[Place], size: int) -> int:
    """Of how many images, from the first on, all parts lie in so many bytes."""
    counts = []
    for place in places:
        inside = max(0, size - place.offset)
        counts.append(min(place.shape[0], inside // place.each))
    return min(counts)


@cache
def _written_by() -> np.ndarray:
    """The versions that are installed here, as every row keeps them."""
    installed = {library: number[:40] for library, number in versions(LIBRARIES).items()}
    return np.array(json.dumps(installed, sort_keys=True), VERSIONS)


def versions(libraries: Iterable[str]) -> dict[str, str]:
    """Versions of installed libraries; run from a plain checkout, the project itself has none."""
    installed = {}
    for library in libraries:
        try:
            installed[library] = version(library)
        except PackageNotFoundError:
            installed[library] = "not installed"
    return installed
