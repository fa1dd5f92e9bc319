"""One file of many members that are whole or refused: a zip with the SHA-256 of every member in a list that is sealed.

The list is a member too, and its own SHA-256 is the zip's comment. Members are read by exact name and when they are
needed, never extracted to a disk, and never further than the size that the list says; each must have the checksum of
the list. What all of them unpack to is bounded, by the size of the file and absolutely. The same members make the same
file, to the bit. A checksum tells damage, not malice: whoever gave you the file is to be trusted with the answers,
though never with your machine, for all that is read is text and numbers.
"""

import json
import struct
from collections.abc import Iterable, Iterator
from hashlib import sha256
from io import SEEK_END
from lzma import LZMAError
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError

from boost.settings import BoostError
from cohort.files.atomic import whole_file
from imaging.files.regular_file import open_regular
from imaging.read_errors import shown

FORMAT = 1
LIST = "bundle.json"
LARGEST_LIST, LARGEST_MEMBER, LARGEST_TOTAL = 1 << 22, 1 << 28, 1 << 31  # bytes; the paper's 300 models are 1 << 28
LARGEST_DIRECTORY = 1 << 22  # bytes of the zip's own list
MOST_PACKED, ALWAYS = 30, 1 << 21  # times its own size, and bytes more, may a file hold; models are packed 3 to 7 times
NAMED = 5  # bundles that are named beside one that is not there
UNPACKED = "networks/"  # begins the names of members that are weights, which hardly get smaller
_END, _END_64, _END_BYTES = b"PK\5\6", b"PK\6\7", 22  # the record that ends a zip, and the one before it of a large one
_SEAL = f"histoboost {FORMAT} sha256 "  # begins the comment; the digest of the list ends it
_AGAIN = "get the file again from where it was made, or fit it again"
# RuntimeError: encrypted, or packed in another way; struct.error and the others: bytes that make no sense
_UNREADABLE = (
    BadZipFile, OSError, ValueError, LookupError, EOFError, RuntimeError, ZlibError, LZMAError, struct.error,
    ArithmeticError, MemoryError,
)  # fmt: skip


class BundleError(BoostError):
    """A bundle that is not there, damaged, of another format, or not for this use."""


class Archive:
    """A file that was opened for reading; what it says of itself is `facts`, and the rest is read by name."""

    def __init__(self, path: Path):
        """Look at the list; raises BundleError."""
        self.path = path
        self.facts: dict[str, Any]
        self.members: dict[str, tuple[int, str]]  # name: size, SHA-256
        with _opened(path) as file:
            self.facts, self.members = _sealed_list(file)
            names = [info.filename for info in file.infolist()]
        if sorted(names) != sorted({LIST, *self.members}):
            raise BundleError(f"{path} does not hold what its {LIST} says; {_AGAIN}")
        sizes = [size for size, _ in self.members.values()]
        most = min(_room(path), LARGEST_TOTAL)
        if sum(sizes) > most or max(sizes, default=0) > LARGEST_MEMBER:
            raise BundleError(
                f"{path} unpacks to {_bytes(sum(sizes))}, more than any bundle of its size, which may hold "
                f"{_bytes(most)}, a member {_bytes(LARGEST_MEMBER)}; {_AGAIN}"
            )

    def read(self, names: Iterable[str]) -> Iterator[bytes]:
        """Each of these members in turn; raises BundleError for a wrong checksum or size."""
        with _opened(self.path) as file:
            for name in names:
                if name not in self.members:
                    raise BundleError(f"{self.path} holds no {name}; {_AGAIN}")
                size, digest = self.members[name]
                content = _read(file, name, size)
                if len(content) != size or sha256(content).hexdigest() != digest:
                    raise BundleError(f"{self.path}: {name} has a wrong checksum; {_AGAIN}")
                yield content


def write_archive(path: Path, facts: dict, members: Iterable[tuple[str, bytes]]) -> None:
    """Write a file whole or not at all; raises BundleError where that fails.

    The facts are written last: a generator of members may still add to them.
    """
    path = Path(path)
    listed = {}  # name: size, SHA-256
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as stream, ZipFile(stream, "w") as file:
            for name, content in members:
                listed[name] = len(content), sha256(content).hexdigest()
                _require_readable(path, [size for size, _ in listed.values()])
                packed = ZIP_STORED if name.startswith(UNPACKED) else ZIP_DEFLATED
                file.writestr(_member(name), content, packed, 9)
            text = json.dumps({"facts": facts, "members": listed}, indent=1, sort_keys=True).encode()
            file.writestr(_member(LIST), text, ZIP_DEFLATED, 9)
            file.comment = f"{_SEAL}{sha256(text).hexdigest()}".encode()
    except OSError as error:
        raise BundleError(f"{path} cannot be written ({error}); make room there or choose another folder") from error


def _require_readable(path: Path, sizes: list[int]) -> None:
    """Raise BundleError for what would be refused when it is read."""
    if sizes[-1] > LARGEST_MEMBER or sum(sizes) > LARGEST_TOTAL:
        raise BundleError(
            f"{path} would hold {_bytes(sum(sizes))}, a member of {_bytes(sizes[-1])}; at most {_bytes(LARGEST_TOTAL)} "
            f"and {_bytes(LARGEST_MEMBER)} are read; use fewer variants, seeds or folds"
        )


def _room(path: Path) -> int:
    """How much a file of its size may unpack to, in bytes."""
    return ALWAYS + MOST_PACKED * path.stat().st_size


def _bytes(count: int) -> str:
    """A size in words; one that a stranger made up may have thousands of digits."""
    return f"{count:,} bytes" if count < 1 << 50 else "more bytes than any disk has"


def _member(name: str) -> ZipInfo:
    """Without the time of writing, so that the same members are the same file."""
    return ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))


def _beside(path: Path) -> str:
    """The bundles in the folder of one that is not there, a few by name."""
    if path.exists():
        return ""
    try:
        names = sorted(shown(other.stem) for other in path.parent.glob("*.zip"))
    except OSError:
        return ""
    rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f" ({path.parent} has {', '.join(names[:NAMED])}{rest})" if names else ""


def _opened(path: Path) -> ZipFile:
    """The zip of a bundle; raises BundleError unless its comment is a seal."""
    try:
        _require_small_directory(path)
        file = ZipFile(path)
    except OSError as error:
        ways = f"fit it, or give its path{_beside(path)}"
        raise BundleError(f"{path} cannot be opened ({error.strerror or error}); {ways}") from error
    except _UNREADABLE as error:
        raise BundleError(f"{path} is not a bundle, or cut off ({error}); {_AGAIN}") from error
    if file.comment.startswith(_SEAL.encode()):
        return file
    file.close()
    if file.comment.startswith(_SEAL.split()[0].encode()):
        raise BundleError(f"{path} has another format than {FORMAT}; fit it again, or use the version it was made with")
    raise BundleError(f"{path} is a zip, but not a bundle that fit wrote; {_AGAIN}")


def _require_small_directory(path: Path) -> None:
    """Look at the record that ends a zip before all of its list is read; raises BadZipFile or OSError.

    Of two such records the last counts, as for zipfile.
    """
    with open_regular(path) as file:
        size = file.seek(0, SEEK_END)
        file.seek(max(0, size - _END_BYTES - (1 << 16)))
        tail = file.read()
    at = tail.rfind(_END)
    record = tail[at : at + _END_BYTES]
    if at < 0 or len(record) < _END_BYTES:
        raise BadZipFile("no end of a zip")
    entries, length = struct.unpack("<HL", record[10:16])
    if length > LARGEST_DIRECTORY or tail[max(0, at - 20) :].startswith(_END_64):
        raise BadZipFile(f"{entries} members, which is more than any bundle has")


def _sealed_list(file: ZipFile) -> tuple[dict[str, Any], dict[str, tuple[int, str]]]:
    """Facts and members; raises BundleError unless the list is the one that was sealed, and is such a list."""
    content = _read(file, LIST, min(LARGEST_LIST, _room(Path(str(file.filename)))))
    if file.comment != f"{_SEAL}{sha256(content).hexdigest()}".encode():
        raise BundleError(f"{file.filename} is damaged: its {LIST} has a wrong checksum; {_AGAIN}")
    members: dict[str, tuple[int, str]] = {}
    try:
        listed = json.loads(content)
        facts = listed["facts"]
        if not isinstance(facts, dict):
            raise ValueError("its facts are none")
        for name, (size, digest) in listed["members"].items():
            if type(size) is not int or size < 0 or not isinstance(digest, str):
                raise ValueError("a size is a whole number from 0, and a checksum is text")
            members[name] = size, digest
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BundleError(f"{file.filename} cannot be read: its {LIST} is no such list ({error}); {_AGAIN}") from error
    return facts, members


def _read(file: ZipFile, name: str, limit: int) -> bytes:
    """A member's content, at most one byte beyond a limit; raises BundleError."""
    try:
        if file.getinfo(name).compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # others unpack without a limit
            raise BadZipFile("packed in another way")
        with file.open(name) as member:
            content = member.read(limit + 1)
    except _UNREADABLE as error:
        raise BundleError(f"{file.filename}: {name} cannot be read ({error}); {_AGAIN}") from error
    if len(content) > limit:
        raise BundleError(f"{file.filename}: {name} is larger than the {limit} bytes it may have; {_AGAIN}")
    return content
