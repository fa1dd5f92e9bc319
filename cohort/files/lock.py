"""One run writes to a folder at a time; the lock is the system's own and dies with its process, however that ends."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from warnings import catch_warnings, simplefilter

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from cohort.files.atomic import reason, way_out, write_whole
from imaging.errors import HistoboostError
from imaging.files.regular_file import read_regular

RISK = "nothing then keeps two runs from writing there at once and spoiling each other's files"
NO_LOCKS = f"some network disks have no file locks: choose a folder on another disk, or go on with --no-lock ({RISK})"


class LockError(HistoboostError):
    """A folder that cannot be held for writing."""


class LockedError(LockError):
    """Another run writes there now."""


@contextmanager
def writing(folder: Path, name: str = "writing", lock: bool = True) -> Iterator[None]:
    """Hold a folder, made where it is missing, for writing; raises LockedError at once when another run holds it.

    name: what is locked, when parts of a folder are written by unlike runs. The file .NAME.lock stays: taking it
    away would let two runs hold two files of one name. Beside it stands who holds it, for the other run's message.
    lock: False holds nothing, for disks without locks. Raises LockError where the folder cannot be locked or made.
    """
    holder = folder / f".{name}.json"
    held = _acquired(folder, folder / f".{name}.lock", holder) if lock else None
    if held is None:
        _make(folder)
    try:
        with suppress(OSError):  # whoever writes next reports a full disk better
            write_whole(holder, _myself())
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        if held is not None:
            held.release()


def _acquired(folder: Path, path: Path, holder: Path) -> BaseFileLock:
    """The lock of a folder; raises LockedError where another run has it, LockError where there can be none."""
    lock: BaseFileLock | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=0)
        with catch_warnings():  # filelock's, that it makes do without
            simplefilter("ignore")
            lock.acquire()
    except Timeout:
        if not isinstance(lock, SoftFileLock):
            raise LockedError(f"{folder} is being written by {_holder(holder)}") from None
    except (OSError, NotImplementedError) as error:
        if lock is not None and _can_be_written(path):
            raise LockError(f"{folder} cannot be locked ({reason(error)}); {NO_LOCKS}") from error
        raise LockError(f"{path} cannot be locked ({reason(error)}); {way_out(error)}") from error
    if isinstance(lock, SoftFileLock):  # filelock's way out, which outlives a killed process
        lock.release()
        raise LockError(f"{folder} cannot be locked (its file system has no locks); {NO_LOCKS}")
    return lock


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LockError(f"{folder} cannot be made ({reason(error)}); {way_out(error)}") from error


def _can_be_written(path: Path) -> bool:
    """Whether it was the lock that failed, rather than its file."""
    try:
        path.open("ab").close()
    except OSError:
        return False
    return True


def _myself() -> bytes:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since, "run": command}).encode()


def _holder(path: Path) -> str:
    """Who holds the lock, as far as it has said so, and what to do."""
    try:
        facts = json.loads(read_regular(path, 1 << 16))
        who = f"process {facts['pid']} on {facts['host']} since {facts['since']} ({facts['run']})"
        return f"{who}; wait for it, or end it"
    except (OSError, ValueError, LookupError, TypeError):
        return f"another run; wait for it, or end it. Where there is none, {NO_LOCKS}"
