"""Laws of what is ours to delete: it lies there itself, and bears our name."""

import re
from uuid import uuid4

import pytest

from cohort.files.atomic import whole_file
from cohort.files.own_files import TEMPORARY, delete_own_folder, lies_in, own_folder

NAMES = re.compile(r"\d\.txt")


@pytest.fixture
def folder(tmp_path):
    """A folder of ours in another."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "1.txt").write_text("ours")
    return tmp_path / "a"


def test_what_is_there_itself_lies_in_a_folder_however_that_is_reached(folder):
    (folder.parent / "link").symlink_to(folder)
    for path in (folder, folder.parent / "link"):
        assert lies_in(path, path) and lies_in(path, path / "b") and lies_in(path, path / "b" / "none")


@pytest.mark.parametrize("target", ["..", "b", "../..", "nowhere", "/"])
def test_nothing_behind_a_link_lies_in_it(target, folder):
    (folder / "link").symlink_to(target)
    assert not lies_in(folder, folder / "link") and not lies_in(folder, folder / "link" / "1.txt")
    assert not own_folder(folder, folder / "link", NAMES)


def test_a_folder_of_ours_goes(folder):
    (folder / "b" / f".1.txt.{uuid4().hex}.part").write_text("left by a killed run")
    assert own_folder(folder, folder / "b", NAMES)
    delete_own_folder(folder, folder / "b", NAMES)
    assert not any(folder.iterdir())
    delete_own_folder(folder, folder / "b", NAMES)


@pytest.mark.parametrize("other", ["notes.txt", "1.txt.bak", "2.txt/", "3.txt@"])
def test_a_folder_with_anything_else_in_it_stays_whole(other, folder):
    if other.endswith("/"):
        (folder / "b" / other).mkdir()
    elif other.endswith("@"):
        (folder / "b" / other[:-1]).symlink_to(folder / "b" / "1.txt")
    else:
        (folder / "b" / other).write_text("precious")
    delete_own_folder(folder, folder / "b", NAMES)
    assert len(list((folder / "b").iterdir())) == 2


@pytest.mark.parametrize("name", ["x", "x" * 250, "Größe" * 20, "images.json"])
def test_every_temporary_name_bears_our_mark(name, tmp_path):
    with whole_file(tmp_path / name):
        (temporary,) = tmp_path.iterdir()
        assert TEMPORARY.fullmatch(temporary.name)
