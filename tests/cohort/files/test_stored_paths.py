"""Laws of paths that people write: they mean the same files wherever a folder is moved, however they are spelled."""

import doctest
from pathlib import Path
from unicodedata import normalize

import pytest

import cohort.files.stored_paths
from cohort.files.stored_paths import StoredPaths, exists, is_file_name, steps

NAME = normalize("NFC", "Größe é.png")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.png").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("a", True),
        ("a.b", True),
        ("...", True),
        ("é ü", True),
        ("", False),
        (".", False),
        ("..", False),
        ("a/b", False),
        ("/a", False),
        ("a/", False),
    ],
)
def test_the_name_of_a_file_is_no_path(name, fits):
    assert is_file_name(name) == fits


@pytest.mark.parametrize("written", ["a/b.png", "./a/b.png", "a//b.png", "a\\b.png", "{folder}/a/b.png"])
def test_a_file_in_the_folder_is_named_from_there(written, folder):
    assert StoredPaths(folder).find(Path(written.format(folder=folder))) == Path("a/b.png")


@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("start", ["", "{folder}/"])
def test_accents_are_found_however_they_are_stored(on_disk, form, start, folder):
    name = f"{normalize(on_disk, 'ä')}/{normalize(on_disk, NAME)}"
    (folder / name).parent.mkdir()
    (folder / name).touch()
    written = start.format(folder=folder) + f"{normalize(form, 'ä')}/{normalize(form, NAME)}"
    assert StoredPaths(folder).find(Path(written)) == Path(name)


def test_an_exact_name_goes_before_its_twin(folder):
    twins = [Path(normalize(form, NAME)) for form in ("NFC", "NFD")]
    for twin in twins:
        (folder / twin).touch()
    stored = StoredPaths(folder)
    assert [stored.find(twin) for twin in twins] == twins


def test_what_is_not_there_stays_as_it_is_written(folder):
    outside = folder.parent / "elsewhere" / "c.png"
    too_long = Path("x" * 300 + ".png")
    stored = StoredPaths(folder)
    for path in (Path("a/c.png"), outside, too_long):
        assert stored.find(path) == path


def test_a_folder_that_cannot_be_listed_holds_nothing(folder, monkeypatch):
    def refused(path):
        raise PermissionError

    monkeypatch.setattr(Path, "iterdir", refused)
    assert StoredPaths(folder).find(Path("a\\c.png")) == Path("a/c.png")


def test_whatever_has_a_path_exists(folder):
    (folder / "broken").symlink_to(folder / "nowhere")
    assert exists(folder) and exists(folder / "a" / "b.png") and exists(folder / "broken")
    assert not exists(folder / "c") and not exists(Path("x" * 300)) and not exists(Path("a\0b"))


def test_steps_are_between_slashes_of_either_kind():
    assert steps(Path("a/..\\b.png")) == ("a", "..", "b.png")


def test_the_documented_examples():
    assert doctest.testmod(cohort.files.stored_paths).failed == 0


@pytest.mark.parametrize(
    "name",
    [
        *(
            "C:",
            "C:x",
            "c:\\x",
            "a:b",
            "a\\b",
            "NUL",
            "con",
            "nul.txt",
            "Aux.tar.gz",
            "COM1",
            "com¹",
            "LPT9.x",
            "CONIN$",
        ),
        *(
            "nul ",
            "CON.",
            "prn .x",
            " nul",
            "a.",
            "a ",
            "a\n",
            "\na",
            "a\rb",
            "a\tb",
            "\x1b[31m",
            "\x7f",
            "\x85",
            "a\0",
        ),
        *("\u202ea", "\u2028", "a\udcff", " ", "CONIN$", "\x7f"),
    ],
)
def test_what_windows_or_a_terminal_would_take_for_something_else_is_no_name(name):
    assert not is_file_name(name)


@pytest.mark.parametrize("name", ["console", "COM10", "com", "null", "a.nul", "क्‍ष", "a b.c", "日本"])
def test_names_that_only_look_so_are_names(name):
    assert is_file_name(name)
