"""Only regular files are opened, whatever a path that somebody else wrote may lead to.

A pipe would make a program wait for ever, a device might never end, and some devices act when they are opened. So every
file that data or a user names is opened here.
"""

import os
import stat
from errno import EINVAL
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

# a pipe that takes the place of the file after it was looked at does not make us wait either; Windows has none of these
WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
BLOCK = 1 << 20  # bytes that are hashed at once
KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


class NotAFileError(OSError):
    """What has this path is a folder, a pipe, a device or a socket."""


class FileTooLargeError(OSError):
    """A file with more bytes than are read."""


def open_regular(path: str | Path, mode: str = "rb", buffering: int = -1) -> BinaryIO:
    """Open a regular file, or a link to one, in a binary mode that makes none.

    Raises NotAFileError for anything else, and OSError or ValueError where a path leads nowhere.
    """
    _require_regular(path, Path(path).stat())
    return open(path, mode, buffering, opener=_open_descriptor)  # type: ignore[return-value]  # the modes are binary


def require_regular(path: str | Path) -> None:
    """Raise as `open_regular` does, before a library opens the file by its name."""
    with open_regular(path):
        pass


def read_regular(path: str | Path, most: int) -> bytes:
    """The content of a regular file of at most so many bytes; raises as `open_regular`, and FileTooLargeError."""
    with open_regular(path) as file:
        return file.read(_size(file, most))  # no more, should it grow meanwhile, or be one that never ends, as in /proc


def sha256_of(path: str | Path, most: int | None = None) -> str:
    """SHA-256 of a regular file, which is not kept in memory; raises as `read_regular`."""
    digest = sha256()
    with open_regular(path) as file:
        left = _size(file, most)
        while block := file.read(min(left, BLOCK)):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()


def _size(file: BinaryIO, most: int | None) -> int:
    """Bytes of an open file."""
    size = os.fstat(file.fileno()).st_size
    if most is not None and size > most:
        raise FileTooLargeError(f"{file.name} has {size:,} bytes, more than the {most:,} that are read")
    return size


def _open_descriptor(path: str, flags: int) -> int:
    """As `open` does, but without waiting, and what was opened is looked at once more."""
    descriptor = os.open(path, flags | WITHOUT_WAITING)
    try:
        _require_regular(path, os.fstat(descriptor))
    except NotAFileError:
        os.close(descriptor)
        raise
    return descriptor


def _require_regular(path: str | Path, status: os.stat_result) -> None:
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        what = KINDS.get(kind, "no file")
        raise NotAFileError(EINVAL, f"it is {what}, and only regular files are opened", str(path))
