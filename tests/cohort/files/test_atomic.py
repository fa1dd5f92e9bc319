"""Laws of files on the disk: whole or not at all, with their room taken."""

import errno
import os
import re
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import pytest

from cohort.files.atomic import (
    allocate,
    put_in_place,
    reason,
    replacing,
    way_out,
    whole_file,
    write_all,
    write_whole,
)
from imaging.files.regular_file import NotAFileError


def write_by_path(path, data):
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_by_file(path, data):
    with whole_file(path) as file:
        file.write(data)


WRITERS = (write_whole, write_by_file, write_by_path)


@pytest.fixture
def path(tmp_path):
    """A file with something in it, alone in its folder."""
    path = tmp_path / "facts.json"
    path.write_bytes(b"old")
    return path


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_is_replaced_or_made_and_nothing_else_is_left(write, path):
    write(path, b"new")
    write(path.with_name("more.json"), b"more")
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == {
        "facts.json": b"new",
        "more.json": b"more",
    }


def test_until_it_is_whole_readers_see_the_old_file(path):
    with whole_file(path) as file:
        file.write(b"ne")
        file.flush()
        assert path.read_bytes() == b"old"
        file.write(b"w")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    with replacing(path) as temporary:
        temporary.write_bytes(b"newer")
        assert path.read_bytes() == b"new" and temporary.parent == path.parent
    assert path.read_bytes() == b"newer"


def test_of_two_writers_at_once_the_last_to_end_is_whole(path):
    with whole_file(path) as first, whole_file(path) as second:
        first.write(b"first" * 100_000)
        second.write(b"second")
    assert path.read_bytes() == b"first" * 100_000 and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("write", WRITERS)
def test_a_reader_never_sees_half_a_file(write, path):
    contents = [bytes([letter]) * 200_000 for letter in b"ab"]
    write(path, contents[0])
    done = Event()

    def write_on():
        for number in range(20):
            write(path, contents[number % 2])
        done.set()

    writer = Thread(target=write_on)
    writer.start()
    while not done.is_set():
        assert path.read_bytes() in contents
    writer.join()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_after_an_error_the_old_file_is_there_and_nothing_else(error, path):
    for context in (whole_file, replacing):
        with pytest.raises(error), context(path) as target:
            if context is whole_file:
                target.write(b"half")
            else:
                target.write_bytes(b"half")
            raise error
        assert path.read_bytes() == b"old" and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_a_run_that_is_cut_off_at_any_step_leaves_the_old_file(step, path, monkeypatch):
    def cut_off(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(step, cut_off)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old" and list(path.parent.iterdir()) == [path]


def test_temporary_names_cannot_be_guessed(path):
    names = set()
    for _ in range(20):
        with replacing(path) as temporary:
            names.add(temporary.name)
    assert len(names) == 20 and min(len(set(name)) for name in names) > 10
    assert all(re.fullmatch(r"\.facts\.json\.[0-9a-f]{32}\.part", name) for name in names), (
        "hidden, and 122 bits of chance"
    )


@pytest.mark.parametrize("write", WRITERS)
def test_nothing_is_written_through_a_link_that_lies_there(write, path, tmp_path_factory, monkeypatch):
    """Neither under a name that is simple to guess, nor if the name were guessed."""
    victim = tmp_path_factory.mktemp("elsewhere") / "victim"
    victim.write_bytes(b"precious")
    for name in ("facts.json.part", "facts.json.tmp", ".facts.json.part", ".facts.json.tmp", ".facts.json.x.part"):
        path.with_name(name).symlink_to(victim)
    write(path, b"new")
    monkeypatch.setattr("cohort.files.atomic.uuid4", lambda: SimpleNamespace(hex="x"))
    with pytest.raises(FileExistsError):
        write(path, b"newer")
    assert victim.read_bytes() == b"precious" and path.read_bytes() == b"new"
    assert path.with_name(".facts.json.x.part").is_symlink(), "what others laid there is not taken away either"


def test_a_link_in_place_of_the_file_is_replaced_and_not_followed(path):
    link = path.with_name("link")
    link.symlink_to(path)
    write_whole(link, b"new")
    assert path.read_bytes() == b"old" and link.read_bytes() == b"new" and not link.is_symlink()


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be opened there")
def test_bytes_are_on_the_disk_before_the_name_and_the_name_before_it_returns(path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, Path.replace

    def note_fsync(number):
        steps.append(os.fstat(number).st_ino)
        fsync(number)

    def note_replace(source, target):
        steps.append("replace")
        return replace(source, target)

    monkeypatch.setattr("os.fsync", note_fsync)
    monkeypatch.setattr(Path, "replace", note_replace)
    write_whole(path, b"new")
    assert steps == [path.stat().st_ino, "replace", path.parent.stat().st_ino]


def test_a_folder_that_cannot_be_opened_is_no_error(tmp_path, monkeypatch):
    def refused(*args):
        raise PermissionError("as on Windows")

    (tmp_path / "new").write_text("x")
    monkeypatch.setattr("os.open", refused)
    put_in_place(tmp_path / "new", tmp_path / "old")
    monkeypatch.undo()
    assert (tmp_path / "old").read_text() == "x"


@pytest.mark.parametrize("number", [None, errno.EOPNOTSUPP])
def test_room_is_taken_with_and_without_the_systems_help(tmp_path, monkeypatch, number):
    def unsupported(*args):
        raise OSError(number, "not here")

    if number is None:
        monkeypatch.delattr("os.posix_fallocate", raising=False)
    else:
        monkeypatch.setattr("os.posix_fallocate", unsupported, raising=False)
    path = tmp_path / "file"
    path.write_bytes(b"head")
    allocate(path, [(4, 3_000_000)])
    assert path.read_bytes() == b"head" + bytes(3_000_000)
    assert getattr(path.stat(), "st_blocks", 1 << 40) * 512 >= 3_000_000


def test_room_that_is_not_there_is_an_error(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("os.posix_fallocate", full, raising=False)
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="full"):
        allocate(tmp_path / "file", [(0, 10)])


def test_bytes_are_written_to_the_last(tmp_path):
    class Slow:
        """A file that takes three bytes at a time."""

        def __init__(self, file):
            self.file, self.seek = file, file.seek

        def write(self, data):
            return self.file.write(data[:3])

    path = tmp_path / "file"
    with path.open("wb") as file:
        write_all(Slow(file), 2, b"0123456789")
    assert path.read_bytes() == b"\0\0" + b"0123456789"


def test_errors_are_in_the_systems_words():
    assert reason(OSError(errno.ENOSPC, "and\nmuch more")) == os.strerror(errno.ENOSPC)
    assert reason(RuntimeError("first\nsecond")) == "first"
    assert "room" in way_out(OSError(errno.ENOSPC, "")) and "open" in way_out(PermissionError(errno.EACCES, ""))


@pytest.mark.parametrize("write", WRITERS)
def test_what_is_no_file_is_not_replaced(write, tmp_path):
    """To write to a device as one can would, for who may do anything, put a file in its place."""
    (tmp_path / "folder").mkdir()
    others = [tmp_path / "folder"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "link").symlink_to(tmp_path / "pipe")
        others += [tmp_path / "pipe", tmp_path / "link"]
    before = sorted(tmp_path.iterdir())
    for path in others:
        with pytest.raises(NotAFileError, match="only regular files are opened"):
            write(path, b"new")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("target", ["victim", "nowhere"])
def test_a_link_is_replaced_and_not_written_through(write, target, tmp_path):
    (tmp_path / "victim").write_bytes(b"precious")
    (tmp_path / "facts.json").symlink_to(target)
    write(tmp_path / "facts.json", b"new")
    assert (tmp_path / "facts.json").read_bytes() == b"new" and not (tmp_path / "facts.json").is_symlink()
    assert (tmp_path / "victim").read_bytes() == b"precious" and len(list(tmp_path.iterdir())) == 2
