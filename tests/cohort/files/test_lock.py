"""Laws of the lock: one run at a time, the second is told who, and no way of dying leaves it behind."""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cohort.files.lock import LockedError, LockError, writing

ROOT = Path(__file__).resolve().parents[3]
HOLD = "import sys, time; from pathlib import Path; from cohort.files.lock import writing\n"
HOLD += "with writing(Path(sys.argv[1])):\n    {}print('held', flush=True)\n    time.sleep(600)\n"
WITH_WORKERS = "from joblib import Parallel, delayed; run = Parallel(2, return_as='generator')(delayed(time.sleep)(n)"
WITH_WORKERS += " for n in (0, 600)); next(run); "


def holder(folder, before=""):
    """A process that holds the folder until it is ended."""
    command = [sys.executable, "-c", HOLD.format(before), folder]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_is_told_who_holds_the_folder(tmp_path):
    process = holder(tmp_path)
    try:
        told = rf"is being written by process {process.pid} on {socket.gethostname()} since 20\d\d-.*; wait for it"
        with pytest.raises(LockedError, match=told), writing(tmp_path):
            pass
        with writing(tmp_path, "cv"), writing(tmp_path / "other"):
            pass
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_it_dies_with_its_process(tmp_path, how):
    if not hasattr(signal, how) or (sys.platform == "win32" and how == "SIGINT"):
        pytest.skip(f"no {how} here")
    process = holder(tmp_path)
    process.send_signal(getattr(signal, how))
    process.wait()
    with writing(tmp_path):
        pass


@pytest.mark.slow
def test_workers_that_outlive_a_killed_run_do_not_hold_it(tmp_path):
    process = holder(tmp_path, WITH_WORKERS)
    process.kill()
    process.wait()
    with writing(tmp_path):
        pass


def test_it_is_given_back_and_says_nothing_any_more(tmp_path):
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), writing(tmp_path / "new" / "folder"):
            1 / 0  # noqa: B018
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == [".writing.lock"]


def test_one_process_holds_it_once(tmp_path):
    with writing(tmp_path), pytest.raises(LockedError, match=f"process {os.getpid()} "), writing(tmp_path):
        pass


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"pid": 1}'])
def test_a_holder_that_says_nothing_useful_is_another_run(tmp_path, content):
    with writing(tmp_path):
        (tmp_path / ".writing.json").write_text(content)
        with pytest.raises(LockedError, match="by another run; wait"), writing(tmp_path):
            pass


def test_a_place_that_cannot_be_locked_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LockError, match="cannot be locked"), writing(tmp_path / "file"):
        pass


@pytest.mark.parametrize(
    "name", ["ENOLCK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EPERM", "EINVAL", "EIO", "EROFS", "EBADF"]
)
def test_a_disk_without_locks_is_named_and_the_way_round_it_with_its_risk(name, tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    number = getattr(errno, name)

    def refuse(file, operation):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    folder = tmp_path / "on the network"
    said = (
        rf"{folder} cannot be locked \(.+\); some network disks .* --no-lock \(nothing then keeps two runs from writing"
    )
    for _ in range(2):
        with pytest.raises(LockError, match=said), writing(folder):
            pass
        with writing(folder, lock=False):
            (folder / "written").write_text("")


def test_a_disk_that_says_locked_when_it_has_no_locks(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def refuse(file, operation):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(LockError, match=r"by another run; wait .* Where there is none, .*--no-lock"), writing(tmp_path):
        pass


def test_without_a_lock_nobody_waits_and_nobody_is_kept_out(tmp_path):
    with writing(tmp_path), writing(tmp_path, lock=False), writing(tmp_path, lock=False):
        pass
    with pytest.raises(LockedError), writing(tmp_path / "new"), writing(tmp_path / "new"):
        pass


def test_where_nothing_can_be_written_no_lock_is_no_way_out(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    for lock in (True, False):
        with pytest.raises(LockError) as error, writing(tmp_path / "file" / "below", lock=lock):
            pass
        assert "--no-lock" not in str(error.value)


def test_of_many_runs_at_once_one_wins(tmp_path):
    """Each holds for a moment and counts in a file; no count is lost."""
    (tmp_path / "count").write_text("0")
    code = (
        "import sys, time; from pathlib import Path; from cohort.files.lock import LockedError, writing\n"
        "folder, done = Path(sys.argv[1]), 0\n"
        "while done < 10:\n"
        "    try:\n"
        "        with writing(folder):\n"
        "            count = int((folder / 'count').read_text()); time.sleep(0.001)\n"
        "            (folder / 'count').write_text(str(count + 1)); done += 1\n"
        "    except LockedError:\n"
        "        time.sleep(0.001)\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, tmp_path], cwd=ROOT) for _ in range(3)]
    deadline = time.monotonic() + 60
    assert [run.wait(deadline - time.monotonic()) for run in runs] == [0, 0, 0]
    assert (tmp_path / "count").read_text() == "30"
