"""Laws of files on the disk: whole or not at all, with their room taken."""

import errno
import os

import pytest

from cohort.files.atomic import allocate, put_in_place, reason, way_out, write_all, write_whole


def test_a_file_is_the_old_one_or_the_new_one(tmp_path, monkeypatch):
    path = tmp_path / "facts.json"
    write_whole(path, b"old")

    def killed(file):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]
    write_whole(path, b"new")
    assert path.read_bytes() == b"new" and list(tmp_path.iterdir()) == [path]


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
