"""Laws of what is remembered of a user's weights: the latest places, absolute, and never an error."""

import json
import os
import platform
from pathlib import Path

import pytest

from featurize.encoders.sources.remembered_places import (
    FOLDER,
    MOST_PLACES,
    NAME,
    remember_place,
    remembered_places,
    state_folder,
)


@pytest.fixture
def state(tmp_path, monkeypatch):
    """A folder of this test's own; it is not there yet."""
    monkeypatch.setenv(FOLDER, os.fspath(tmp_path / "state"))
    return tmp_path / "state"


def paths():
    return [place.path for place in remembered_places()]


def test_what_was_named_last_comes_first_and_once(state, tmp_path):
    for name in ("one", "two", "one"):
        remember_place(tmp_path / name, {"vgg16": "d"})
    assert paths() == [tmp_path / "one", tmp_path / "two"]


def test_a_relative_place_stays_where_it_was(state, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    remember_place("../weights", {"vgg16": "d"})
    monkeypatch.chdir(tmp_path)
    assert paths() == [tmp_path / "weights"]


def test_a_link_is_remembered_as_a_link(state, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    remember_place(tmp_path / "link", {})
    assert paths() == [tmp_path / "link"]


def test_a_place_knows_the_digests_of_all_its_encoders(state, tmp_path):
    remember_place(tmp_path, {"vgg16": "1", "resnet50": "2"})
    remember_place(tmp_path, {"vgg16": "3", "resnet50": ""})  # "": not computed now
    assert remembered_places()[0].digests == {"vgg16": "3", "resnet50": "2"}


def test_only_the_latest_places_are_kept(state, tmp_path):
    for number in range(MOST_PLACES + 5):
        remember_place(tmp_path / str(number), {})
    assert len(paths()) == MOST_PLACES and paths()[0].name == str(MOST_PLACES + 4)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", "[" * 100_000, '{"format": 1}', '{"format": 2, "places": []}', '{"format": 1, "places": 3}',
     '{"format": 1, "places": [3]}', '{"format": 1, "places": [{"path": 1, "digests": {}}]}',
     '{"format": 1, "places": [{"path": "x", "digests": []}]}', " " * (1 << 21), "\xff"],
)  # fmt: skip
def test_a_damaged_file_remembers_nothing_and_is_made_anew(content, state, tmp_path):
    state.mkdir()
    (state / NAME).write_text(content, encoding="latin-1")
    assert paths() == []
    remember_place(tmp_path, {})
    assert paths() == [tmp_path]


def test_places_of_another_system_are_left_out(state):
    state.mkdir()
    places = [{"path": path, "digests": {}} for path in ("C:\\weights" if os.sep == "/" else "/weights", "weights")]
    (state / NAME).write_text(json.dumps({"format": 1, "places": places}))
    assert paths() == []


@pytest.mark.parametrize("kind", ["a file in the way", "a folder in the file's place"])
def test_where_nothing_can_be_written_nothing_is_remembered(kind, state, tmp_path):
    if kind == "a file in the way":
        state.write_text("")
    else:
        (state / NAME).mkdir(parents=True)
    remember_place(tmp_path, {})
    assert paths() == []


def test_without_a_home_nothing_is_remembered(monkeypatch, tmp_path):
    monkeypatch.delenv(FOLDER)
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "none")
    remember_place(tmp_path, {})
    assert state_folder() is None and paths() == [] and not (tmp_path / "none").exists()


def test_each_system_has_its_own_place_for_it(monkeypatch, tmp_path):
    monkeypatch.delenv(FOLDER)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", "relative")  # counts for nothing, as its makers say
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    of_system = {}
    for system in ("Linux", "Darwin", "Windows"):
        monkeypatch.setattr(platform, "system", lambda system=system: system)
        of_system[system] = state_folder().relative_to(tmp_path).as_posix()
    assert of_system == {
        "Linux": ".local/state/histoboost",
        "Darwin": "Library/Application Support/histoboost",
        "Windows": "AppData/Local/histoboost",
    }
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setenv("XDG_STATE_HOME", os.fspath(tmp_path / "state"))
    assert state_folder() == tmp_path / "state" / "histoboost"
