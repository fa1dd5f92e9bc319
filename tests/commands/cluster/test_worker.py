"""Files that are sent to a worker lie there for every run that sent some."""

from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("distributed")
from commands.cluster import worker as module
from commands.cluster.worker import Files, where_it_lies


@pytest.fixture
def worker(tmp_path, monkeypatch):
    """As Dask keeps plugins: one of a name, and one that comes again comes last."""
    worker = SimpleNamespace(local_directory=str(tmp_path), plugins={"another's": object()})
    monkeypatch.setattr(module, "get_worker", lambda: worker)
    return worker


def send(worker, contents):
    plugin = Files(contents)
    plugin.setup(worker)
    worker.plugins.pop(plugin.name, None)
    worker.plugins[plugin.name] = plugin


def test_a_second_run_leaves_the_first_ones_files(worker):
    first, second = Path("/first/net.pth"), Path("/second/net.pth")
    send(worker, {first: b"one"})
    send(worker, {second: b"two"})
    assert len(worker.plugins) == 3
    assert where_it_lies(first).read_bytes() == b"one"
    assert where_it_lies(second).read_bytes() == b"two"
    assert where_it_lies(second).name == "net.pth"


def test_what_was_never_sent_is_where_it_was(worker):
    assert where_it_lies(Path("/shared/net.pth")) == Path("/shared/net.pth")


def test_the_same_files_are_there_once_and_changed_ones_replace_them(worker):
    path = Path("/first/net.pth")
    for content in (b"one", b"two", b"one"):
        send(worker, {path: content})
        assert where_it_lies(path).read_bytes() == content
    assert len(worker.plugins) == 3
