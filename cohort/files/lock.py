"""One run writes to a folder at a time; the lock is the system's own and dies with its process, however that ends."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, SoftFileLock, Timeout

from cohort.files.atomic import reason, way_out, write_whole
from imaging.errors import HistoboostError
from imaging.files.regular_file import read_regular


class LockError(HistoboostError):
    """A folder that cannot be held for writing."""


class LockedError(LockError):
    """Another run writes there now."""


@contextmanager
def writing(folder: Path, name: str = "writing") -> Iterator[None]:
    """Hold a folder, made where it is missing, for writing; raises LockedError at once when another run holds it.

    name: what is locked, when parts of a folder are written by unlike runs. The file .NAME.lock stays: taking it
    away would let two runs hold two files of one name. Beside it stands who holds it, for the other run's message.
    """
    path = folder / f".{name}.lock"
    holder = folder / f".{name}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=0)
        lock.acquire()
    except Timeout:
        raise LockedError(f"{folder} is being written by {_holder(holder)}; wait for it, or end it") from None
    except (OSError, NotImplementedError) as error:
        raise LockError(f"{path} cannot be locked ({reason(error)}); {way_out(error)}") from error
    try:
        if isinstance(lock, SoftFileLock):  # filelock's way out, which outlives a killed process
            raise LockError(f"the file system of {folder} has no locks; choose another --cache")
        with suppress(OSError):  # whoever writes next reports a full disk better
            write_whole(holder, _myself())
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def _myself() -> bytes:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since, "run": command}).encode()


def _holder(path: Path) -> str:
    """Who holds the lock, as far as it has said so."""
    try:
        facts = json.loads(read_regular(path, 1 << 16))
        return f"process {facts['pid']} on {facts['host']} since {facts['since']} ({facts['run']})"
    except (OSError, ValueError, LookupError, TypeError):
        return "another run"
