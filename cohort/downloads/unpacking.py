"""Archives of strangers become a folder, within bounds: plain files below that folder, and nothing else.

Nothing of an archive is unpacked before all its names have been looked at. An absolute name, one that leads out of the
folder, a link, a device or a second file of the same name refuses the whole archive.
"""

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO
from unicodedata import normalize
from zipfile import BadZipFile, ZipFile, ZipInfo

from cohort.downloads.remote import SPARE
from cohort.files.atomic import whole_file
from imaging.errors import HistoboostError, shown
from imaging.files.regular_file import BLOCK, open_regular

MOST_FILES = 1_000_000
MOST_BYTES = 1 << 37  # unpacked; the largest public set has 20 GB
LONGEST_NAME = 1024  # characters of a path in an archive
LONGEST_PART = 255  # bytes of a file's or a folder's own name, on most systems
FORBIDDEN = ':*?"<>|\\'  # in names on Windows; a backslash may lead out of the folder there
DAMAGE = (BadZipFile, tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError, LZMAError, NotImplementedError,
          RuntimeError, ValueError, KeyError, UnicodeError)  # fmt: skip
Progress = Callable[[int, int], None]  # is told how many files of how many are done


class UnpackError(HistoboostError):
    """An archive that is damaged, or holds what no data set holds."""


@dataclass(frozen=True)
class Member:
    """A file of an archive."""

    name: str  # its path, with forward slashes
    size: int  # bytes, as the archive says
    entry: ZipInfo | tarfile.TarInfo


def unpack(path: Path, folder: Path, progress: Progress = lambda done, all: None) -> Path:
    """Unpack a .zip, .tar or .tar.gz as a folder, unless that is there; it appears when all of it is unpacked.

    The one folder that holds everything in the archive, where it is called as the archive is, is left out. Raises
    UnpackError, and OSError where the disk is full.
    """
    if folder.exists():
        return folder
    unfinished = folder.with_name(f".{folder.name}.unpacking")  # whatever an earlier run left there is written anew
    if unfinished.is_symlink():
        raise UnpackError(f"{shown(unfinished)} is a link, and no folder of ours; move it away")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    try:
        with _opened(path) as archive:
            members = _members(path, archive)
            _require_room(path, folder.parent, members)
            parts = _below(members, folder.name)
            for number, member in enumerate(members, start=1):
                _write(archive, member, unfinished.joinpath(*parts[member.name]))
                progress(number, len(members))
    except UnpackError:
        raise
    except DAMAGE as error:
        raise UnpackError(f"{shown(path)} is damaged ({error}); delete it and get it again") from error
    unfinished.rename(folder)
    return folder


def gunzip(path: Path, target: Path, most: int) -> Path:
    """Unpack a .gz of at most so many bytes as a file, unless that is there; raises UnpackError."""
    if target.exists():
        return target
    done = 0
    try:
        with open_regular(path) as packed, gzip.open(packed) as file, whole_file(target) as unpacked:
            while block := file.read(BLOCK):
                done += len(block)
                if done > most:
                    raise UnpackError(f"{shown(path)} unpacks to more than {most:,} bytes; it is no file of this set")
                unpacked.write(block)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnpackError(f"{shown(path)} is damaged ({error}); delete it and get it again") from error
    return target


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile | tarfile.TarFile]:
    with open_regular(path) as file:
        if path.suffix == ".zip":
            with ZipFile(file) as zipped:
                yield zipped
        else:
            with tarfile.open(fileobj=file, mode="r:*") as tarred:
                yield tarred


def _members(path: Path, archive: ZipFile | tarfile.TarFile) -> list[Member]:
    """The files of an archive; raises UnpackError for what no data set holds."""
    members: list[Member] = []
    total = 0
    taken: set[str] = set()
    for name, size, entry in _entries(path, archive):
        total += size
        if len(members) >= MOST_FILES or total > MOST_BYTES:
            raise UnpackError(
                f"{shown(path)} holds more than {MOST_FILES:,} files or {MOST_BYTES:,} bytes; no set does"
            )
        _require_below(path, name)
        likeness = normalize("NFC", name).casefold()  # one file on some systems
        if likeness in taken:
            raise UnpackError(f"{shown(path)} holds {shown(name)} twice; it is damaged, or not what it says it is")
        taken.add(likeness)
        members.append(Member(name, size, entry))
    if not members:
        raise UnpackError(f"{shown(path)} holds no file; get it again")
    if both := taken & _folders(taken):
        raise UnpackError(f"{shown(path)} holds {shown(min(both))} as a file and as a folder; it is damaged")
    return members


def _folders(names: set[str]) -> set[str]:
    """The folders that files need, each with those above it."""
    folders = set[str]()
    while names := {name.rpartition("/")[0] for name in names} - {""}:
        folders |= names
    return folders


def _entries(path: Path, archive: ZipFile | tarfile.TarFile) -> Iterator[tuple[str, int, ZipInfo | tarfile.TarInfo]]:
    """Name, size and entry of each file; folders are made where files need them."""
    if isinstance(archive, ZipFile):
        for zipped in archive.infolist():
            kind = zipped.external_attr >> 28  # of the file, where a Unix wrote it; 0 elsewhere
            if zipped.is_dir():
                continue
            if kind not in (0, 8) or zipped.flag_bits & 1:
                raise UnpackError(f"{shown(path)}: {shown(zipped.filename)} is a link, a device or encrypted")
            yield zipped.filename, zipped.file_size, zipped
        return
    for tarred in archive:
        if tarred.isdir():
            continue
        if not tarred.isreg():
            raise UnpackError(f"{shown(path)}: {shown(tarred.name)} is a link or a device, and no file")
        yield tarred.name.removeprefix("./"), tarred.size, tarred


def _require_below(path: Path, name: str) -> None:
    """Refuse a name that may lead out of the folder, on any system."""
    parts = name.split("/")
    is_bad = any(part in ("", ".", "..") or part != part.rstrip(". ") for part in parts)
    is_bad = is_bad or max(len(part.encode(errors="replace")) for part in parts) > LONGEST_PART
    if is_bad or len(name) > LONGEST_NAME or not name.isprintable() or set(name) & set(FORBIDDEN):
        raise UnpackError(
            f"{shown(path)} holds {shown(name[:LONGEST_NAME])}, which is no name of a file below a folder"
        )


def _below(members: list[Member], folder: str) -> dict[str, tuple[str, ...]]:
    """Where each file lies in the folder, by its name."""
    parts = {member.name: PurePosixPath(member.name).parts for member in members}
    if all(len(part) > 1 and part[0] == folder for part in parts.values()):
        return {name: part[1:] for name, part in parts.items()}
    return parts


def _require_room(path: Path, folder: Path, members: list[Member]) -> None:
    needed, free = sum(member.size for member in members), shutil.disk_usage(folder).free
    if needed + SPARE > free:
        raise UnpackError(
            f"no room to unpack {path.name}: {needed / 1e9:.1f} GB are needed, and {free / 1e9:.1f} GB are free in "
            f"{shown(folder)}; make room, and the same command goes on"
        )


def _write(archive: ZipFile | tarfile.TarFile, member: Member, target: Path) -> None:
    """Write one file, with as many bytes as its entry says and no more."""
    target.parent.mkdir(parents=True, exist_ok=True)
    done = 0
    with _packed(archive, member) as source, target.open("xb") as file:
        while block := source.read(min(BLOCK, member.size - done + 1)):
            done += len(block)
            if done > member.size:
                break
            file.write(block)
    if done != member.size:
        raise UnpackError(f"{shown(member.name)} does not have the {member.size:,} bytes that its archive says")


def _packed(archive: ZipFile | tarfile.TarFile, member: Member) -> IO[bytes]:
    """The content of a member, to be read."""
    if isinstance(archive, ZipFile):
        return archive.open(member.entry)  # type: ignore[arg-type]  # an entry of the same archive
    return archive.extractfile(member.entry)  # type: ignore[arg-type, return-value]  # a regular file has content
