"""Every command that writes says what to do on a disk without locks, and goes on there when told to."""

import errno
import shutil

import pytest

from tests.place import invoke

pytestmark = pytest.mark.usefixtures("blank_figures")
SAID = "cannot be locked (No locks available); some network disks have no file locks: choose a folder on another disk"


@pytest.fixture
def lockless(monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def refuse(file, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)


def test_what_trains_and_what_tidies(place, tmp_path, lockless):
    cache = tmp_path / "cache"
    shutil.copytree(place.folder / "cache", cache)
    (cache / "fields" / f".left.{'0' * 32}.part").write_text("by a killed run")
    quick = ["--cache", cache, "--folds", 3, "--heads", "centroid", "--jobs", 1]
    commands = {
        tmp_path / "results" / "fields": ["cv", *quick, "--out", tmp_path / "results"],
        tmp_path / "models": ["fit", *quick, "--models", tmp_path / "models"],
        cache / "fields": ["cache", "gc", "--cache", cache, "--yes"],
    }
    for folder, command in commands.items():
        assert f"{folder} {SAID}" in invoke(*command, code=2)
        invoke(*command, "--no-lock")
    assert SAID in invoke("cache", "repair", "--cache", cache, code=2)
    invoke("cache", "repair", "--cache", cache, "--no-lock")


def test_what_describes(place, tmp_path, lockless):
    command = ["extract", "--data", place.fields, "--cache", tmp_path, "--out", tmp_path, "--weights", "random"]
    command += ["--encoders", "squeezenet1_1", "--crops", "96", "--scale", 1, "--views", 1, "--crops-per-view", 1]
    command += ["--limit", 2, "--jobs", 1]
    assert f"{tmp_path / 'fields'} {SAID}" in invoke(*command, code=2)
    assert "done: 2 images" in invoke(*command, "--no-lock")
