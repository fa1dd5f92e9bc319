"""The two processes of the page, started, watched and ended: the worker that answers, the server that shows."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from time import monotonic, sleep
from typing import Any

from app.app_settings import EVERYWHERE, SETTINGS, AppError, AppSettings
from app.work.spool import Spool

WORKER, SERVER = "app.work.answering_worker", "app.serve"  # modules
ROOT = Path(__file__).resolve().parents[2]  # from which they are imported
PATIENCE = 5.0  # seconds that a process is given to end
WITHIN, MOST_DEATHS = 60.0, 10  # seconds, and the deaths of workers in them that are taken for a fault of ours
FINALLY = getattr(signal, "SIGKILL", signal.SIGTERM)  # which Windows has not
PAUSE = 0.2  # seconds between two looks at the processes
ALONE = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)  # Windows would share a port that is in use


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that nobody else reads, deleted at the end with all that is in it."""
    folder = Path(mkdtemp(prefix="histoboost-page-"))  # of mode 0700
    Spool(folder).create()
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)


def require_free(host: str, port: int) -> None:
    """Raise AppError for a port that something else listens at, and for a host that is none of this machine."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, ALONE, 1)
            tried.bind((host, port))
    except OSError as error:
        raise AppError(
            f"nothing can listen at {host}, port {port} ({error.strerror or error}); give another --port, or end what "
            "uses it"
        ) from error


def start(module: str, settings: AppSettings) -> subprocess.Popen:
    """One of the processes, in a group of its own, so that Ctrl-C reaches the command alone, which then ends both."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    file = str(settings.spool / "settings.json")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    return subprocess.Popen(
        [sys.executable, "-m", module, file],
        stdin=subprocess.PIPE,  # whose end tells the process that the command is gone
        env=environment | {"PYTHONPATH": path, SETTINGS: file},
        **group_of_its_own(),
    )


def group_of_its_own() -> dict[str, Any]:
    """How a process is started that Ctrl-C at this terminal does not reach."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def keep_running(settings: AppSettings) -> Iterator[str]:
    """Run both until the block that asks for events is left; yields `ready`, then `worker died` each time it did.

    Raises AppError when the server ends, or when workers keep dying.
    """
    settings.write()
    running = {module: start(module, settings) for module in (WORKER, SERVER)}
    deaths: list[float] = []
    try:
        yield from _until_answered(settings, running[SERVER])
        while True:
            if running[SERVER].poll() is not None:
                raise AppError(f"the page's server ended with exit code {running[SERVER].returncode}; start it again")
            if running[WORKER].poll() is not None:
                deaths = [death for death in deaths if monotonic() - death < WITHIN] + [monotonic()]
                if len(deaths) > MOST_DEATHS:
                    raise AppError(f"the worker ended {len(deaths)} times within {WITHIN:.0f} s; is there memory?")
                running[WORKER] = start(WORKER, settings)
                yield "worker died"
            sleep(PAUSE)
    finally:
        end(running.values())


def _until_answered(settings: AppSettings, server: subprocess.Popen) -> Iterator[str]:
    """Wait for the server to listen; yields `ready`."""
    host = EVERYWHERE.get(settings.host, settings.host)
    while server.poll() is None:
        try:
            with socket.create_connection((host, settings.port), timeout=1):
                yield "ready"
                return
        except OSError:
            sleep(PAUSE)


def end(processes: Iterable[subprocess.Popen]) -> None:
    """End processes and whatever they started: first by asking, then without."""
    processes = list(processes)
    for process in processes:
        _signal(process, signal.SIGTERM)
    deadline = monotonic() + PATIENCE
    for process in processes:
        try:
            process.wait(max(0.1, deadline - monotonic()))
        except subprocess.TimeoutExpired:
            _signal(process, FINALLY)
            process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _signal(process: subprocess.Popen, number: int) -> None:
    """Send a signal to a process and its children; nothing where it has ended."""
    if process.poll() is not None:
        return
    if hasattr(os, "killpg"):
        os.killpg(process.pid, number)
    else:  # Windows
        process.terminate()
