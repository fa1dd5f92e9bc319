"""Laws of a tree: every folder once, whatever links lead to it, and nothing that systems leave behind."""

from pathlib import PurePath
from time import perf_counter

import pytest

from cohort.layouts import tree as module
from cohort.layouts.tree import Tree, files_like_images
from cohort.samples import DatasetError
from tests.cohort.slides import draw, write


def test_a_tree_has_what_can_be_seen(tmp_path):
    for name in ("b/2.png", "a/1.TIF", "a/deep/er/3.gif", "4.jp2"):
        draw(tmp_path / name) if name.endswith("png") else write(tmp_path / name, "x")
    for name in ("notes.txt", "a/.hidden.png", ".git/config", "a/Thumbs.db", "desktop.ini", "__MACOSX/a/1.tif", "a/x"):
        write(tmp_path / name, "x")
    (tmp_path / "empty").mkdir()
    tree = Tree(tmp_path)
    assert tree.images() == [("4.jp2",), ("a", "1.TIF"), ("b", "2.png"), ("a", "deep", "er", "3.gif")]
    assert tree.images(("a",)) == [("a", "1.TIF"), ("a", "deep", "er", "3.gif")] and tree.images(("nowhere",)) == []
    assert tree.others() == [("notes.txt",), ("a", "x")]
    assert tree.folders() == [("a",), ("b",), ("empty",)] and tree.folders(("a",)) == [("a", "deep")]
    assert tree.below(("a",)) == [("a",), ("a", "deep"), ("a", "deep", "er")]
    assert all(tree.path(parts).is_file() for parts in [*tree.images(), *tree.others()])


def test_links_are_followed_once_and_never_in_circles(tmp_path):
    draw(tmp_path / "elsewhere" / "a.png")
    draw(tmp_path / "set" / "b" / "b.png")
    for link, target in {"set/linked": "elsewhere", "set/b/above": "set", "elsewhere/round": "set/b"}.items():
        (tmp_path / link).symlink_to(tmp_path / target)
    (tmp_path / "set" / "loop").symlink_to(tmp_path / "set" / "loop")
    (tmp_path / "set" / "gone").symlink_to(tmp_path / "nowhere")
    tree = Tree(tmp_path / "set")
    assert tree.images() == [("b", "b.png"), ("linked", "a.png")]
    assert tree.others() == [("gone",), ("loop",)]


def test_thousands_of_other_files_and_folders_take_no_time(tmp_path):
    for number in range(3_000):
        (tmp_path / "a" / f"f{number % 300}").mkdir(parents=True, exist_ok=True)
        (tmp_path / "a" / f"f{number % 300}" / f"{number}.txt").touch()
    started = perf_counter()
    assert len(Tree(tmp_path).others()) == 3_000
    assert perf_counter() - started < 2


def test_folders_without_end_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_FOLDERS", 5)
    for number in range(6):
        (tmp_path / f"{number}").mkdir()
    with pytest.raises(DatasetError, match="more than 5 folders; give --data the folder of the images alone"):
        Tree(tmp_path)


def test_what_looks_like_an_image_is_one_for_predict(tmp_path):
    names = ["a.png", "b/c.svs", "b/d.HEIC", "b/e.mrxs", "f.gif"]
    for name in [*names, "b/notes.txt", "b/.x.png", "b/e/Data0001.dat", "README"]:
        write(tmp_path / name, "x")
    assert files_like_images(tmp_path) == sorted(tmp_path / PurePath(name) for name in names)
