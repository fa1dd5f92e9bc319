"""A file is fetched once, gone on with where an earlier try ended, and put in place only when it is verified.

What has come so far lies beside it as NAME.part, and what the server said of the file's version as NAME.version: a file
that its publisher has replaced meanwhile is begun anew, never pieced together of two.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from http.client import HTTPException
from pathlib import Path
from time import sleep
from typing import IO, BinaryIO
from urllib.error import HTTPError

from cohort.downloads.asking import NOTHING_MORE, asked, is_complete, place_of, version_in
from cohort.downloads.remote import DownloadError, Remote
from cohort.files.atomic import put_in_place, write_whole
from imaging.errors import shown
from imaging.files.regular_file import BLOCK, open_regular, read_regular

TRIES = 5  # in a row without a byte, after which the work ends
WAIT = 1.0  # seconds after the first of them, and more after each
PASSING = (408, 425, 429)  # answers below 500 that another try may change
MOST_VERSION = 4096  # bytes of what a server says of a version
Progress = Callable[[int, int | None], None]  # is told how many bytes are there, and of how many where that is known


def fetch(remote: Remote, folder: Path, offline: bool = False, progress: Progress = lambda done, whole: None) -> Path:
    """The file in a folder, downloaded unless it is there, and verified either way.

    Raises DownloadError: offline where it is not there, for an answer that is not the file, a connection that breaks
    off again and again, a disk without room, and a file that is not what was published.
    """
    target = folder / remote.name
    if target.exists():
        remote.require_published(target, f"move {shown(target)} away and try again")
        return target
    if offline:
        raise DownloadError(
            f"{remote.name} is not in {shown(folder)} and must not be downloaded; {remote.by_hand(folder)}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    part, version = folder / f"{remote.name}.part", folder / f"{remote.name}.version"
    if part.is_symlink():
        raise DownloadError(f"{shown(part)} is a link, and no download of ours; move it away")
    _download(remote, part, version, progress)
    try:
        remote.require_published(part, "what came was deleted; try again, or later")
    except DownloadError:
        part.unlink()
        version.unlink(missing_ok=True)
        raise
    put_in_place(part, target)
    version.unlink(missing_ok=True)
    return target


def _download(remote: Remote, part: Path, version: Path, progress: Progress) -> None:
    """Ask for what is lacking until all is there; a connection that broke off is made anew as long as that helps."""
    failures = 0
    while remote.size is None or _size(part) < remote.size:
        there = _size(part)
        try:
            if _take(remote, part, version, progress):
                return
            why = "the connection broke off"
        except HTTPError as error:
            if error.code < 500 and error.code not in PASSING:
                raise remote.refused(f"answer {error.code}") from error
            why = f"answer {error.code}"
        except (OSError, HTTPException) as error:
            if getattr(error, "errno", None) in (ENOSPC, EDQUOT):
                raise remote.no_room(part.parent) from error
            why = str(getattr(error, "reason", "") or error) or type(error).__name__
        failures = 0 if _size(part) > there else failures + 1
        if failures == TRIES:
            kept = f"; {_size(part):,} bytes are kept, and the same command goes on from there"
            raise remote.refused(why, kept if _size(part) else "")
        sleep(WAIT * failures)


def _take(remote: Remote, part: Path, version: Path, progress: Progress) -> bool:
    """Ask once, and add what comes to the part; whether that was all."""
    known = _version_there(version)
    start = _size(part) if known or remote.is_checked else 0  # else nothing would tell that the rest is of another file
    with asked(remote, start, known) as answer:
        if answer.status == NOTHING_MORE:
            if is_complete(answer.headers, start):
                return True
            part.unlink()  # the file has become shorter
            return False
        place = place_of(remote, answer.status or 0, answer.headers, start)
        remote.require_room(part.parent, None if place.whole is None else place.whole - place.begin)
        _keep_version(version, version_in(answer.headers))
        with _opened(part, place.begin) as file:
            done = _copy(answer, file, place.begin, place.whole, progress)
    return place.whole is None or done == place.whole


@contextmanager
def _opened(part: Path, begin: int) -> Iterator[BinaryIO]:
    """The part, to be written to behind its first bytes, which are on the disk when the block ends."""
    if not part.exists():
        part.touch()
    with open_regular(part, "r+b") as file:
        file.truncate(begin)
        file.seek(begin)
        try:
            yield file
        finally:
            file.flush()
            os.fsync(file.fileno())


def _copy(answer: IO[bytes], file: BinaryIO, done: int, whole: int | None, progress: Progress) -> int:
    """Write what comes, never more than was promised; how many bytes there are then."""
    progress(done, whole)
    while block := answer.read(BLOCK):
        done += len(block)
        if whole is not None and done > whole:
            raise DownloadError(f"{shown(file.name)} became longer than the {whole:,} bytes that were promised")
        file.write(block)
        progress(done, whole)
    return done


def _version_there(version: Path) -> str:
    """What the server said of the version of which a part is there; "" where that is not known."""
    try:
        return read_regular(version, MOST_VERSION).decode("latin-1")
    except (OSError, ValueError):
        return ""


def _keep_version(path: Path, version: str) -> None:
    if version:
        write_whole(path, version.encode("latin-1", "replace")[:MOST_VERSION])
    else:
        path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
