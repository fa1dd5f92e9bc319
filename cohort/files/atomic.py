"""Files appear whole or not at all, and their room is taken before it is needed."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from imaging.files.regular_file import require_regular

ZEROS = bytes(1 << 20)
STEM = 40  # characters of a name that a temporary one keeps: with all of them it might be too long


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to, whose file takes the place of `path` when the block ends without an error.

    A reader sees the old file or the new one, never half. The temporary file lies in the same folder, under a name that
    nobody can guess, and is created exclusively: no other writer, and no link laid there, is ever written through.
    What is no file, such as a device, is not replaced: NotAFileError.
    """
    with _exclusively(path) as (temporary, file):
        file.close()
        yield temporary


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write to that takes the place of `path` when the block ends, its bytes on the disk by then.

    As with `replacing`; the file is never opened anew.
    """
    with _exclusively(path) as (_, file):
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _exclusively(path: Path) -> Iterator[tuple[Path, BinaryIO]]:
    if path.exists():
        require_regular(path)
    temporary = path.with_name(f".{path.name[:STEM]}.{uuid4().hex}.part")
    file = temporary.open("xb")  # what has that name already is neither written to nor taken away
    try:
        with file:
            yield temporary, file
        put_in_place(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in place whole."""
    with whole_file(path) as file:
        file.write(data)


def put_in_place(temporary: Path, path: Path) -> None:
    """Rename a finished file, whose bytes are on the disk, over another, and see that the name is on the disk too."""
    temporary.replace(path)
    with suppress(OSError):  # Windows opens no folders, and keeps names in its own journal
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def allocate(path: Path, spans: Iterable[tuple[int, int]]) -> None:
    """Take room on the disk for parts (first byte, bytes) of a new file, so that a full disk is noticed now.

    What is not written yet reads as zeros; raises OSError.
    """
    with path.open("r+b", buffering=0) as file:
        for start, size in spans:
            if not _reserved(file, start, size):
                _fill(file, start, size)


def write_all(file: BinaryIO, position: int, data: bytes | memoryview) -> None:
    """Put bytes into their place; an unbuffered file may take only a part at a time."""
    file.seek(position)
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def reason(error: Exception) -> str:
    """The system's words for what went wrong, without the many that HDF5 adds."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else str(error).partition("\n")[0]


def way_out(error: Exception) -> str:
    """What to do when a file cannot be made."""
    if isinstance(error, PermissionError):
        return "it must be allowed to write there, and on Windows no program, as a running cv, may have the file open"
    return "make room there or choose another --cache"


def _reserved(file: BinaryIO, start: int, size: int) -> bool:
    """Reserve at once, where the system can."""
    if not hasattr(os, "posix_fallocate"):  # macOS, Windows
        return False
    try:
        os.posix_fallocate(file.fileno(), start, size)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
            raise
        return False
    return True


def _fill(file: BinaryIO, start: int, size: int) -> None:
    """Write zeros."""
    for position in range(start, start + size, len(ZEROS)):
        write_all(file, position, ZEROS[: start + size - position])
