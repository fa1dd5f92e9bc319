"""Descriptors that stay where they are: a file is named, never copied, and mapped by whoever reads it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from mmap import mmap
from pathlib import Path

import numpy as np

from boost.settings import BoostError
from imaging.files.regular_file import open_regular

Images = Sequence[np.ndarray] | np.ndarray  # (image, view, dim), or an array (view, dim) for each image


@dataclass(frozen=True)
class Mapped:
    """An array in a file: this reference travels to workers in place of the data."""

    path: Path
    offset: int  # in bytes
    shape: tuple[int, ...]
    dtype: str

    def open(self) -> np.ndarray:
        """Map the array, read-only; raises BoostError where the file is not to be seen or too short."""
        needed = self.offset + np.dtype(self.dtype).itemsize * int(np.prod(self.shape))
        if not self.path.is_file() or self.path.stat().st_size < needed:
            raise BoostError(
                f"{self.path} is missing here or shorter than {needed} bytes; the cache must lie on a path that all "
                "workers share"
            )
        with open_regular(self.path) as file:
            return np.asarray(np.memmap(file, self.dtype, "r", self.offset, self.shape))


@dataclass(frozen=True, eq=False)
class Descriptors:
    """Some images of one variant: rows of an array (image, view, dim) that lies in memory or in a file."""

    array: np.ndarray | Mapped
    rows: np.ndarray  # (image,) int: each image's position in the array, in the order of the labels
    source: str = ""  # what made them, in the caller's words: other words, another run

    @classmethod
    def of(cls, array: np.ndarray, rows: np.ndarray | None = None, source: str = "") -> "Descriptors":
        """Refer to these rows, or all, of an array (image, view, dim) float32; a memory map is kept as its file's name.

        Raises BoostError for another number of axes, an empty one, another type and rows that are not there.
        """
        if array.ndim != 3 or 0 in array.shape or array.dtype != np.float32:
            raise BoostError(
                f"descriptors must be (image, view, dim) float32, none of them 0; got {array.dtype} {array.shape}"
            )
        positions = np.arange(len(array)) if rows is None else np.asarray(rows)
        whole_numbers = len(positions) > 0 and positions.dtype.kind in "iu"
        if not whole_numbers or positions.min() < 0 or positions.max() >= len(array):
            raise BoostError(f"rows must be one or more positions in 0..{len(array) - 1}; got {positions[:5]}")
        mapped = _in_file(array)
        return cls(array if mapped is None else mapped, positions, source)

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.rows)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Images, views and dim."""
        return len(self), *self.array.shape[1:]

    def images(self) -> list[np.ndarray]:
        """Each image's descriptors (view, dim), without a copy; raises BoostError for a file that is not there."""
        array = self.array.open() if isinstance(self.array, Mapped) else self.array
        return [array[row] for row in self.rows.tolist()]

    def fingerprint(self) -> str:
        """SHA-256 of the shape and the bytes of these images, in their order."""
        digest = sha256(repr(self.shape).encode())
        for image in self.images():
            digest.update(np.ascontiguousarray(image).data)
        return digest.hexdigest()


def check_finite(images: Iterable[np.ndarray]) -> None:
    """Raise BoostError for images (view, dim) with values that are not finite; one at a time, without a large copy."""
    broken = [number for number, image in enumerate(images) if not np.isfinite(image).all()]
    if broken:
        raise BoostError(f"descriptors must be finite; not so in image rows {broken[:5]}; extract them again")


def _in_file(array: np.ndarray) -> Mapped | None:
    """Where a memory map, or a part of one that lies in one piece, is to be found in its file."""
    root: object = array
    while isinstance(root, np.ndarray) and not isinstance(root.base, mmap):
        root = root.base
    if not isinstance(root, np.memmap) or root.filename is None or not array.flags.c_contiguous:
        return None
    offset = root.offset + array.ctypes.data - root.ctypes.data
    return Mapped(Path(root.filename).resolve(), offset, array.shape, array.dtype.str)
