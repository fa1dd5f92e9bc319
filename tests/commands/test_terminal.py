"""The terminal shows our own errors in a line and lets bugs through."""

import logging
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest
import typer
from rich.progress import Progress

from cohort.predictions import PredictionsError
from cohort.samples import NotTaken
from commands.terminal import SKIPPED, TimeLeftColumn, duration, plainly, tell_skipped, track

ROOT = Path(__file__).resolve().parents[2]


def raiser(error):
    @plainly
    def command():
        raise error

    return command


def test_our_errors_become_a_message_and_exit_code_2(capsys):
    with pytest.raises(typer.Exit) as exit_:
        raiser(PredictionsError("file [x] is wrong; mend it"))()
    assert exit_.value.exit_code == 2
    assert "error: file [x] is wrong; mend it" in capsys.readouterr().err


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyError("a bug"), ZeroDivisionError("a bug")])
def test_bugs_are_not_hidden(error):
    with pytest.raises(type(error)):
        raiser(error)()


def test_a_command_keeps_its_signature_and_help():
    @plainly
    def command(number: int = 3) -> None:
        """Help."""

    assert command.__doc__ == "Help."
    assert command.__wrapped__.__annotations__["number"] is int


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "0 s"), (89, "89 s"), (90, "2 min"), (3570, "1 h 0 min"), (3599, "1 h 0 min")]
)
def test_durations_are_rounded_to_words(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize("total", [0, 3])
def test_tracking_passes_every_item_on(total):
    assert list(track("counting", iter(range(total)), total)) == list(range(total))


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), 130), (PermissionError(13, "Permission denied", "place"), 2)]
)
def test_the_system_is_answered_in_a_line(error, code, capsys):
    with pytest.raises(typer.Exit) as exit_:
        raiser(error)()
    assert exit_.value.exit_code == code
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_ends_the_work_with_one_line_and_its_code(name, code):
    program = (
        "import os, signal, time, typer\n"
        "from commands.terminal import plainly\n"
        "@plainly\n"
        "def work():\n"
        f"    os.kill(os.getpid(), signal.{name})\n"
        "    time.sleep(30)\n"
        "typer.run(work)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == code
    assert done.stderr == "interrupted; what was finished is kept, and the same command goes on from there\n"
    assert done.stdout == ""


def test_the_handler_of_before_is_back_after_a_command():
    before = signal.getsignal(signal.SIGTERM)
    plainly(lambda: None)()
    assert signal.getsignal(signal.SIGTERM) == before


LEFT = [NotTaken("notes.txt", "file beside the class folders", ".txt"), NotTaken("a/b.svs", "slide", ".svs")]


def test_one_list_has_what_was_refused_and_what_was_not_taken(tmp_path, capsys):
    path = tmp_path / "set" / "skipped.csv"
    tell_skipped(path, {}, LEFT)
    assert "lists the files that were not taken" in " ".join(capsys.readouterr().out.split()), "and the exit code is 0"
    assert list(pd.read_csv(path)) == ["image", "reason", "what", "ending"]
    with pytest.raises(typer.Exit) as exit_:
        tell_skipped(path, {"a/c.PNG": "is damaged"}, LEFT)
    assert exit_.value.exit_code == SKIPPED
    rows = pd.read_csv(path).to_numpy().tolist()
    assert rows[0] == ["a/c.PNG", "is damaged", "refused", ".png"]
    assert rows[1:] == [[file.name, file.reason, "not taken", file.ending] for file in LEFT]
    tell_skipped(path, {})
    assert not path.exists()


def test_no_librarys_warning_reaches_the_user_raw(capsys):
    @plainly
    def command():
        warnings.warn_explicit("a worker grew", UserWarning, "/x/site-packages/h5py/y.py", 1)
        warnings.warn_explicit("A worker stopped while", UserWarning, "/x/site-packages/joblib/y.py", 1)
        logging.getLogger("timm.models").warning("no \x1b[31m weights")

    command()
    said = capsys.readouterr()
    assert said.out == "note: h5py says: a worker grew\nnote: timm says: 'no \\x1b[31m weights'\n"
    assert said.err == ""


def test_the_time_left_rests_on_all_items_so_that_a_burst_at_once_does_not_shorten_it():
    """Two of twenty that end at the same moment after 40 s leave 360 s, however close together they ended."""
    now = [0.0]
    bar = Progress(get_time=lambda: now[0])
    bar.add_task("answering", total=20)
    (task,) = bar.tasks
    assert TimeLeftColumn().render(task).plain == "left –"
    now[0] = 40.0
    for _ in range(2):
        bar.advance(task.id)
        now[0] += 0.001
    assert TimeLeftColumn().render(task).plain == "left 6 min"
    bar.advance(task.id, 18)
    assert TimeLeftColumn().render(task).plain == "left 0 s"
