"""One file of many members that is whole or refused: a zip whose last bytes are the SHA-256 of all before them.

Members are read by exact name, never extracted, and never further than the size that the list of all of them says; each
must have the checksum of that list. The same members make the same file, to the bit. A checksum tells damage, not
malice: it is whoever gave you the file that you trust, though all that is read is text and numbers, never code.
"""

import json
import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError

from boost.settings import BoostError

FORMAT = 1
LIST = "bundle.json"
LARGEST_LIST, LARGEST_MEMBER, LARGEST = 1 << 24, 1 << 28, 1 << 32  # bytes: of the list, a member, and all of them
_MARK = f"histoboost {FORMAT} sha256 "  # and 64 digits: the archive's comment, which ends the file
_COMMENT = len(_MARK) + 64
_AGAIN = "get the file again from where it was made, or fit it again"


class BundleError(BoostError):
    """A bundle that is not there, damaged, of another format, or not for this use."""


class Archive:
    """A file that was opened for reading; its facts and members are to be believed."""

    def __init__(self, path: Path):
        """Look at the file as a whole; raises BundleError."""
        self.path = path
        _require_whole(path)
        try:
            with ZipFile(path) as file:
                self.zip = {info.filename: info for info in file.infolist()}
                if len(self.zip) != len(file.infolist()):
                    raise BundleError(f"{path} has two members of a name; {_AGAIN}")
                listed = json.loads(_read(file, self.zip, LIST, LARGEST_LIST))
            self.facts, self.sizes, self.sums = listed["facts"], listed["sizes"], listed["sha256"]
            self._check()
        except (BadZipFile, KeyError, TypeError, ValueError, OSError, NotImplementedError, ZlibError) as error:
            raise (
                error
                if isinstance(error, BundleError)
                else BundleError(f"{path} cannot be read as a bundle ({error}); {_AGAIN}")
            ) from error

    def _check(self) -> None:
        if set(self.zip) != {LIST, *self.sizes} or set(self.sizes) != set(self.sums):
            raise BundleError(f"{self.path} does not hold what its {LIST} says; {_AGAIN}")
        if max(self.sizes.values()) > LARGEST_MEMBER or sum(self.sizes.values()) > LARGEST:
            raise BundleError(f"{self.path} has members of more than {LARGEST >> 30} GiB; {_AGAIN}")

    def read(self, names: Iterable[str]) -> Iterable[bytes]:
        """Each of these members in turn; raises BundleError for a wrong checksum or size."""
        with ZipFile(self.path) as file:
            for name in names:
                if name not in self.sizes:
                    raise BundleError(f"{self.path} holds no {name}; {_AGAIN}")
                try:
                    content = _read(file, self.zip, name, self.sizes[name])
                except (BadZipFile, OSError, ValueError, NotImplementedError, EOFError, ZlibError) as error:
                    raise BundleError(f"{self.path}: {name} cannot be read ({error}); {_AGAIN}") from error
                if len(content) != self.sizes[name] or sha256(content).hexdigest() != self.sums[name]:
                    raise BundleError(f"{self.path}: {name} has a wrong checksum; {_AGAIN}")
                yield content


def write_archive(path: Path, facts: dict, members: Iterable[tuple[str, bytes]]) -> None:
    """Write a file whole or not at all: temporary name, flush, rename; raises BundleError where that fails."""
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}.part")
    sizes, sums = {}, {}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with ZipFile(unfinished, "x", ZIP_DEFLATED) as file:
            for name, content in members:
                sizes[name], sums[name] = len(content), sha256(content).hexdigest()
                file.writestr(_member(name), content, ZIP_DEFLATED, 9)
            listed = json.dumps({"facts": facts, "sizes": sizes, "sha256": sums}, indent=1, sort_keys=True)
            file.writestr(_member(LIST), listed, ZIP_DEFLATED, 9)
            file.comment = f"{_MARK}{'0' * 64}".encode()
        with unfinished.open("r+b") as whole:
            digest = _digest(whole, unfinished.stat().st_size - 64)
            whole.seek(-64, os.SEEK_END)
            whole.write(digest.encode())
            whole.flush()
            os.fsync(whole.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise BundleError(f"{path} cannot be written ({error}); make room there or choose another folder") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _member(name: str) -> ZipInfo:
    """Without the time of writing, so that the same members are the same file."""
    info = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = ZIP_DEFLATED
    return info


def _read(file: ZipFile, infos: dict[str, ZipInfo], name: str, limit: int) -> bytes:
    with file.open(infos[name]) as member:
        content = member.read(limit + 1)
    if len(content) > limit:
        raise BundleError(f"{file.filename}: {name} is larger than the {limit} bytes it may have; {_AGAIN}")
    return content


def _require_whole(path: Path) -> None:
    """Raise BundleError unless the file ends in the checksum of all before it."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(max(size - _COMMENT, 0))
            end = file.read()
            if not end.startswith(b"histoboost "):
                raise BundleError(f"{path} is not a bundle, or cut off; {_AGAIN}")
            if not end.startswith(_MARK.encode()):
                raise BundleError(f"{path} has another format than {FORMAT}; fit it again, or use its version")
            file.seek(0)
            whole = _digest(file, size - 64).encode() == end[-64:]
    except OSError as error:
        raise BundleError(f"{path} cannot be opened ({error.strerror}); fit it, or give its path") from error
    if not whole:
        raise BundleError(f"{path} is damaged: its SHA-256 is another; {_AGAIN}")


def _digest(file: BinaryIO, size: int) -> str:
    """SHA-256 of the first bytes of an open file."""
    digest = sha256()
    file.seek(0)
    while size > 0:
        block = file.read(min(size, 1 << 20))
        if not block:
            break
        digest.update(block)
        size -= len(block)
    return digest.hexdigest()
