"""Laws of opening: a regular file opens as with open; nothing else does, and nothing makes a program wait."""

import os
import socket
import tempfile
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from imaging.files.regular_file import FileTooLargeError, NotAFileError, open_regular, read_regular, sha256_of

MOST = 1 << 20


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "Größe 1.bin"
    path.write_bytes(b"content")
    return path


def read_by_handle(path):
    with open_regular(path) as file:
        return file.read()


READERS = (read_by_handle, lambda path: read_regular(path, MOST), sha256_of, lambda path: sha256_of(path, MOST))


def others(folder):
    """Everything that a path can lead to and that is no regular file."""
    yield folder
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe")
        yield folder / "pipe"
        (folder / "link to a pipe").symlink_to("pipe")
        yield folder / "link to a pipe"
    yield from (device for device in map(Path, ("/dev/zero", "/dev/null", "/dev/tty")) if device.exists())


def test_a_file_is_read_and_hashed(path):
    assert read_by_handle(path) == read_regular(path, MOST) == b"content"
    assert sha256_of(path) == sha256_of(str(path), 7) == sha256(b"content").hexdigest()


def test_a_link_to_a_file_is_one(path):
    link = path.with_name("link")
    link.symlink_to(path.name)
    assert read_regular(link, MOST) == b"content"


@pytest.mark.parametrize("read", READERS)
def test_nothing_else_is_opened_and_nothing_is_waited_for(read, tmp_path):
    for path in others(tmp_path):
        with pytest.raises(NotAFileError, match=r"it is a (directory|pipe|device), and only regular files are opened"):
            read(path)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such sockets here")
def test_a_socket_is_not_opened():
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:  # a short path
        server.bind(f"{folder}/s")
        with pytest.raises(NotAFileError, match="a socket"):
            read_regular(f"{folder}/s", MOST)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_that_takes_the_place_of_a_looked_at_file_is_not_waited_for(path, monkeypatch):
    before = path.stat()
    os.mkfifo(path.with_name("pipe"))
    monkeypatch.setattr(Path, "stat", lambda *_: before)
    with pytest.raises(NotAFileError):
        open_regular(path.with_name("pipe"))


@pytest.mark.parametrize("read", READERS)
def test_what_is_not_there_is_the_systems_error(read, tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none")
    with pytest.raises(ValueError, match="null"):
        read("a\0b")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("read", [read_regular, sha256_of])
def test_a_limit_is_kept_before_anything_is_read(read, path):
    with path.open("r+b") as file:
        file.truncate(1 << 40)  # sparse
    with pytest.raises(FileTooLargeError, match=r"1,099,511,627,776 bytes, more than the 1,048,576"):
        read(path, MOST)


def test_a_file_is_written_in_place_but_never_made(path, tmp_path):
    with open_regular(path, "r+b", buffering=0) as file:
        file.write(b"CON")
    assert path.read_bytes() == b"CONtent"
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none", "r+b")


def test_a_memory_map_of_it_knows_its_file(path):
    with open_regular(path) as file:
        assert Path(np.memmap(file, "u1", "r").filename) == path


@pytest.mark.skipif(not os.access("/proc/kmsg", os.R_OK), reason="no such file for us to read here")
def test_a_file_that_never_ends_is_not_read_beyond_its_size():
    assert read_regular("/proc/kmsg", MOST) == b"" and sha256_of("/proc/kmsg") == sha256(b"").hexdigest()
