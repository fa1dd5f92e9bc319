"""Plain HDF5 that strangers wrote, read within bounds: no link out of the file, nothing that is run or fetched.

A file says itself how large its arrays are and where they lie. So nothing is read before what it says is held against
what is wanted, and only arrays of plain numbers are, kept in the file itself and compressed by gzip at most.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path

import h5py
import numpy as np

from imaging.errors import HistoboostError, shown
from imaging.files.regular_file import open_regular

MAGIC = b"\x89HDF\r\n\x1a\n"
MOST_TEXT = 1 << 22  # bytes of an attribute of names
MOST_PARTS = 1000  # into which a long attribute is cut
MOST_CHUNK = 1 << 30  # bytes of a packed piece of an array, which is unpacked whole
FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
DAMAGE = (OSError, RuntimeError, LookupError, ValueError, TypeError, MemoryError, OverflowError, AttributeError)


class H5Error(HistoboostError):
    """An HDF5 file that is damaged, or holds something else than is wanted."""


@contextmanager
def open_hdf5(path: Path, most_bytes: int, what: str) -> Iterator[h5py.File]:
    """An HDF5 file, for reading; whatever goes wrong with it while it is open becomes an H5Error.

    most_bytes: of the file; what: it holds, in words.
    """
    name = shown(path)
    try:
        with open_regular(path) as file:
            size = file.seek(0, 2)
            file.seek(0)
            start = file.read(len(MAGIC))
            if start != MAGIC:
                raise H5Error(f"{name} is no HDF5 file; get the .h5 file again")
            if size > most_bytes:
                raise H5Error(f"{name} has {size:,} bytes, and no {what} have more than {most_bytes:,}")
            with h5py.File(file, "r") as opened:  # what was looked at is what is read
                yield opened
    except H5Error:
        raise
    except DAMAGE as error:
        raise H5Error(f"{name} is damaged, or holds no {what} ({error}); get it again") from error


def member(group: h5py.Group, path: str) -> h5py.Group | h5py.Dataset:
    """What a path leads to by links within the file alone; raises H5Error."""
    found: h5py.Group | h5py.Dataset = group
    for part in filter(None, path.split("/")):
        if not isinstance(found, h5py.Group):
            raise H5Error(f"{group.name} holds no {shown(path)}")
        link = found.get(part, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise H5Error(f"{shown(part)} is missing, or a link that leads elsewhere; only plain files are read")
        found = found[part]
    return found


def read_names(group: h5py.Group, attribute: str) -> list[str]:
    """The texts of an attribute, or of its parts where Keras cut a long one: names0, names1 ..."""
    if attribute in group.attrs:
        return _texts(group, attribute)
    names: list[str] = []
    for number in range(MOST_PARTS):
        if f"{attribute}{number}" not in group.attrs:
            break
        names += _texts(group, f"{attribute}{number}")
    return names


def _texts(group: h5py.Group, attribute: str) -> list[str]:
    stored = group.attrs.get_id(attribute)
    if prod(stored.shape) * stored.dtype.itemsize > MOST_TEXT:
        raise H5Error(f"{attribute} is longer than {MOST_TEXT:,} bytes; no list of names is")
    values = np.ravel(group.attrs[attribute])
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values.tolist()]


def read_array(dataset: h5py.Group | h5py.Dataset, shape: tuple[int, ...]) -> np.ndarray:
    """The numbers (shape) float32 of a dataset, which is looked at before it is read; raises H5Error."""
    plain = plain_dataset(dataset, "f", "floating-point numbers")
    if plain.shape != shape:
        raise H5Error(f"{shown(plain.name)} is {plain.shape}, where {shape} is wanted")
    return np.asarray(plain[()], dtype=np.float32)


def plain_dataset(dataset: h5py.Group | h5py.Dataset, kind: str, words: str) -> h5py.Dataset:
    """An array of numbers of one kind (numpy's letter) that lies in the file itself, packed by gzip at most.

    Nothing of it is read yet; raises H5Error.
    """
    name = shown(dataset.name)
    if not isinstance(dataset, h5py.Dataset):
        raise H5Error(f"{name} is a group, not an array")
    if dataset.dtype.kind != kind or dataset.dtype.itemsize > 8:
        raise H5Error(f"{name} holds {dataset.dtype}, where {words} are wanted")
    if dataset.external or dataset.is_virtual:
        raise H5Error(f"{name} lies in another file; only what is in the file itself is read")
    created = dataset.id.get_create_plist()
    filters = {created.get_filter(number)[0] for number in range(created.get_nfilters())}
    if filters - FILTERS:
        raise H5Error(f"{name} is compressed by something else than gzip; save it plainly")
    if dataset.chunks and prod(dataset.chunks) * dataset.dtype.itemsize > MOST_CHUNK:
        raise H5Error(f"{name} is stored in pieces of more than {MOST_CHUNK:,} bytes; save it plainly")
    return dataset
