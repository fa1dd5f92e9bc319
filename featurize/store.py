"""One HDF5 file holds one variant's descriptors of one data set, and survives `kill -9` at any moment.

The file's structure is written once, under a temporary name, with every array allocated; from then on a row is written
as plain bytes into its place, with a checksum, and marked done last. Any HDF5 reader can open the file.
"""

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

import h5py
import numpy as np

from featurize.protocol import Protocol

FORMAT = 1
LIBRARIES = (
    "histoboost",
    "torch",
    "torchvision",
    "numpy",
    "pillow",
    "h5py",
    "openvino",
)  # what a descriptor may depend on


class CacheError(ValueError):
    """A cache file that is missing, damaged, unfinished or made under other settings."""


@dataclass(frozen=True)
class Entry:
    """Whose row it is; an entry without a label is an image that has left the data set."""

    image: str
    label: str
    patient: str
    sha256: str  # of the image file


@dataclass(frozen=True)
class Row:
    """What is kept of one image: its descriptors and every draw behind them."""

    descriptors: np.ndarray  # (view, dim) float32
    gains: np.ndarray  # (view, 2) float64: H, E
    boxes: np.ndarray  # (view, crop, 3) int32: top, left, symmetry, in pixels of the rescaled image
    stain_status: np.ndarray  # () S16
    stain_matrix: np.ndarray  # (3, 2) float64
    stain_scale: np.ndarray  # (2,) float64

    def checksum(self) -> int:
        """CRC-32 over the bytes of all fields in their order."""
        value = 0
        for field in fields(self):
            value = crc32(np.ascontiguousarray(getattr(self, field.name)).tobytes(), value)
        return value


ROW_FIELDS = tuple(field.name for field in fields(Row))
ENTRY_FIELDS = tuple(field.name for field in fields(Entry))


class Store:
    """A cache file: reading maps it into memory, writing puts bytes in place; no handle stays open in between."""

    def __init__(self, path: Path):
        """Open an existing file; raises CacheError if it is not one of ours."""
        self.path = path
        try:
            with h5py.File(path, "r") as file:
                if file.attrs.get("format") != FORMAT:
                    raise CacheError(f"{path} has format {file.attrs.get('format')}, not {FORMAT}; extract again")
                self.protocol = Protocol(**json.loads(file.attrs["protocol"]))
                self.encoder = json.loads(file.attrs["encoder"])
                self.versions = json.loads(file.attrs["versions"])
                self.entries = _entries(file)
                layout = _layout(self.protocol, self.encoder["dim"], len(self.entries))
                self._places = {name: _place(file, name, *wanted) for name, wanted in layout.items()}
        except CacheError:
            raise
        except (OSError, RuntimeError, LookupError, TypeError, ValueError, OverflowError, MemoryError) as error:
            raise CacheError(f"{path} cannot be read as a cache file ({error}); delete it and extract again") from error
        self.rows = {entry.image: index for index, entry in enumerate(self.entries)}

    def facts(self) -> dict:
        """What the file says of itself: protocol, key, encoder, and the versions that made it."""
        return asdict(self.protocol) | {"key": self.protocol.key, "network": self.encoder, "versions": self.versions}

    def array(self, name: str) -> np.ndarray:
        """One of the datasets, mapped from the file, read-only."""
        offset, shape, dtype = self._places[name]
        return np.memmap(self.path, dtype, "r", offset, shape)

    @property
    def done(self) -> np.ndarray:
        """Which images have a row: (image,) bool."""
        return np.array(self.array("done"), bool)

    def read(self, image: str) -> Row:
        """The row of one image; raises CacheError where it is missing or its checksum is wrong."""
        index = self.rows.get(image)
        if index is None or not self.done[index]:
            raise CacheError(f"{self.path} holds no descriptors of {image}; run extract to add them")
        row = Row(*(self.array(name)[index, ...] for name in ROW_FIELDS))
        if row.checksum() != self.array("crc32")[index]:
            raise CacheError(f"{self.path}: the row of {image} is damaged (checksum); delete it and extract again")
        return row

    def write(self, image: str, row: Row) -> None:
        """Put a row in its place with its checksum, and once it is safely on the disk the mark that it is done."""
        index = self.rows[image]
        for name in ROW_FIELDS:
            self._check(name, getattr(row, name))
        try:
            with self.path.open("r+b", buffering=0) as file:
                self._put(file, "done", index, np.uint8(0))
                for name in ROW_FIELDS:
                    self._put(file, name, index, getattr(row, name))
                self._put(file, "crc32", index, np.uint32(row.checksum()))
                os.fsync(file.fileno())
                self._put(file, "done", index, np.uint8(1))
                os.fsync(file.fileno())
        except OSError as error:
            raise CacheError(
                f"{self.path} cannot be written ({error}); put that right and run extract again"
            ) from error

    def _check(self, name: str, value: np.ndarray) -> None:
        _, shape, dtype = self._places[name]
        if value.shape != shape[1:] or value.dtype != dtype:
            raise ValueError(f"{name} is {value.dtype} {value.shape}, the file wants {dtype} {shape[1:]}")

    def _put(self, file: BinaryIO, name: str, index: int, value: np.ndarray | np.generic) -> None:
        offset, shape, dtype = self._places[name]
        file.seek(offset + index * dtype.itemsize * int(np.prod(shape[1:])))
        data = memoryview(value.tobytes())
        while data:  # an unbuffered write may take only a part
            data = data[file.write(data) :]


def open_store(path: Path, protocol: Protocol, encoder: dict, entries: Sequence[Entry]) -> Store:
    """The store of a protocol for these images: made, or opened, or rewritten when images or labels have changed.

    A rewritten file keeps every row whose image file is the same. Rows of images that have left the data set stay,
    without a label. Raises CacheError if the file was made under another protocol.
    """
    wanted = {entry.image: entry for entry in entries}
    old = Store(path) if path.exists() else None
    if old is not None:
        if old.protocol != protocol:
            raise CacheError(f"{path} was made under another protocol; delete it or choose another --cache")
        gone = {entry.image: Entry(entry.image, "", "", entry.sha256) for entry in old.entries}
        wanted = gone | wanted
    merged = tuple(wanted[image] for image in sorted(wanted))
    if old is not None and old.entries == merged:
        return old
    temporary = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(temporary, protocol, encoder, merged)
        if old is not None:
            _copy_rows(old, Store(temporary))
        temporary.replace(path)
    except (OSError, RuntimeError) as error:  # h5py has both for a full disk
        raise CacheError(f"{path} cannot be made ({error}); make room there or choose another --cache") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return Store(path)


def _copy_rows(old: Store, new: Store) -> None:
    """Carry over what is done and whose image file has not changed."""
    done = old.done
    for index, entry in enumerate(old.entries):
        if done[index] and new.entries[new.rows[entry.image]].sha256 == entry.sha256:
            new.write(entry.image, old.read(entry.image))


def _create(path: Path, protocol: Protocol, encoder: dict, entries: Sequence[Entry]) -> None:
    """Write the whole structure with every array allocated (a full disk is noticed now, not after a week)."""
    # everything is of fixed length: the heap of variable-length strings is where one flipped bit makes HDF5 hang
    with h5py.File(path, "w") as file:
        for name, (shape, dtype) in _layout(protocol, encoder["dim"], len(entries)).items():
            allocated = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            allocated.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            allocated.set_fill_time(h5py.h5d.FILL_TIME_ALLOC)
            file.create_dataset(name, shape, dtype, dcpl=allocated)
        for name in ENTRY_FIELDS:
            file.create_dataset(name, data=_strings(getattr(entry, name) for entry in entries))
        file.attrs["format"] = FORMAT
        file.attrs["protocol"] = _strings([protocol.to_json()])[0]
        file.attrs["encoder"] = _strings([json.dumps(encoder, sort_keys=True)])[0]
        file.attrs["versions"] = _strings([json.dumps(versions(LIBRARIES), sort_keys=True)])[0]
        file.flush()
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _layout(protocol: Protocol, dim: int, n: int) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and type of every array of numbers for n images."""
    views = protocol.views
    return {
        "descriptors": ((n, views, dim), "<f4"),
        "gains": ((n, views, 2), "<f8"),
        "boxes": ((n, views, protocol.crops, 3), "<i4"),
        "stain_status": ((n,), "S16"),
        "stain_matrix": ((n, 3, 2), "<f8"),
        "stain_scale": ((n, 2), "<f8"),
        "crc32": ((n,), "<u4"),
        "done": ((n,), "u1"),
    }


def _strings(values: Iterable[str]) -> np.ndarray:
    """Text as UTF-8 of one fixed width, in place like everything else."""
    encoded = [value.encode() for value in values]
    return np.array(encoded, h5py.string_dtype("utf-8", max(1, *map(len, encoded), 1)))


def _entries(file: h5py.File) -> tuple[Entry, ...]:
    """Whose rows they are; raises CacheError for an image named twice."""
    columns = []
    for name in ENTRY_FIELDS:
        dataset = _own(file, name)
        if dataset.ndim != 1 or dataset.dtype.kind != "S":
            raise CacheError(f"{file.filename}: dataset {name} is not text of a fixed width")
        columns.append(dataset.asstr("utf-8")[:].tolist())
    entries = tuple(Entry(*values) for values in zip(*columns, strict=True))
    if len({entry.image for entry in entries}) < len(entries):
        raise CacheError(f"{file.filename} names an image twice; delete it and extract again")
    return entries


def _own(file: h5py.File, name: str) -> h5py.Dataset:
    """A dataset that lies in one piece in this very file: links, virtual and external data are never followed."""
    dataset = file[name] if isinstance(file.get(name, getlink=True), h5py.HardLink) else None
    if not isinstance(dataset, h5py.Dataset) or dataset.is_virtual or dataset.external is not None:
        raise CacheError(f"{file.filename} has no dataset {name} of its own; delete it and extract again")
    offset = dataset.id.get_offset()
    if offset is None or offset + dataset.nbytes > Path(file.filename).stat().st_size:
        raise CacheError(f"{file.filename}: dataset {name} is not in one piece; delete it and extract again")
    return dataset


def _place(file: h5py.File, name: str, shape: tuple[int, ...], dtype: str) -> tuple[int, tuple[int, ...], np.dtype]:
    """Offset in the file, shape and type of a dataset; raises CacheError unless shape and type are the wanted ones."""
    dataset = _own(file, name)
    if dataset.shape != shape or dataset.dtype != dtype:
        raise CacheError(
            f"{file.filename}: {name} is {dataset.dtype} {dataset.shape}, not {dtype} {shape}; extract again"
        )
    return dataset.id.get_offset(), shape, dataset.dtype


def versions(libraries: Iterable[str]) -> dict[str, str]:
    """Versions of installed libraries; run from a plain checkout, the project itself has none."""
    found = {}
    for library in libraries:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = "not installed"
    return found
