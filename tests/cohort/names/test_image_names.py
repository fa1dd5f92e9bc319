"""Laws of matching names: by whole folders, an exact name first, and never by a guess."""

import doctest
from pathlib import Path
from time import perf_counter

import pytest

import cohort.names.image_names
from cohort.names.image_names import ImageNames, endings, match_images
from imaging.errors import HistoboostError

IMAGES = ["x/a.png", "x/b.png", "y/a.png"]


def test_the_docstrings_say_what_happens():
    assert doctest.testmod(cohort.names.image_names).failed == 0


@pytest.mark.parametrize(
    ("written", "images"),
    [
        ("x/a.png", ["x/a.png"]),
        ("b.png", ["x/b.png"]),
        ("./x//b.png", ["x/b.png"]),
        ("deep/x/a.png", ["x/a.png"]),
        ("/home/x/a.png", ["x/a.png"]),
        ("a.png", ["x/a.png", "y/a.png"]),
        ("z/a.png", []),
        ("xx/a.png", []),
        ("ca.png", []),
        ("x\\a.png", ["x/a.png"]),
        ("C:\\slides\\x\\b.png", ["x/b.png"]),
        ("b.png\u200b", ["x/b.png"]),
        ("", []),
        ("\\", []),
    ],
)
def test_names_match_by_whole_folders(written, images):
    assert ImageNames(IMAGES).meant_by(written) == images


def test_an_exact_name_goes_before_what_ends_in_it():
    assert ImageNames(["a.png", "x/a.png"]).meant_by("a.png") == ["a.png"]


def test_accents_match_however_they_are_stored():
    assert ImageNames(["x/caf\u00e9.png"]).meant_by("cafe\u0301.png") == ["x/caf\u00e9.png"]
    assert ImageNames(["x/cafe\u0301.png"]).meant_by("caf\u00e9.png") == ["x/cafe\u0301.png"]


def test_rows_of_other_images_mean_none_and_unclear_rows_are_refused():
    table = Path("t.csv")
    assert match_images(table, ["b.png", "c.png", "y/a.png"], IMAGES, HistoboostError) == ["x/b.png", None, "y/a.png"]
    with pytest.raises(
        HistoboostError, match=r"1 rows of t.csv fit several images; write their folders too:\n  a.png: x"
    ):
        match_images(table, ["a.png", "b.png"], IMAGES, HistoboostError)


@pytest.mark.parametrize("name", ["x/{}.png", "{}/image.png"], ids=["files", "folders"])
def test_ten_thousand_rows_find_their_images_at_once(name):
    images = [name.format(number) for number in range(10_000)]
    started = perf_counter()
    written = [f"data/{image}" for image in reversed(images)]
    assert match_images(Path("t.csv"), written, images, HistoboostError) == images[::-1]
    assert perf_counter() - started < 5


def test_a_name_that_all_images_end_in_is_refused_at_once():
    images = [f"{number}/image.png" for number in range(10_000)]
    started = perf_counter()
    with pytest.raises(HistoboostError, match=r"10000 rows of .*\n  image.png: 0/image.png, 1/.* and 9997 more\n"):
        match_images(Path("t.csv"), ["image.png"] * 10_000, images, HistoboostError)
    assert perf_counter() - started < 5


def test_endings_are_all_shorter_names():
    assert endings("a.png") == [] and endings("/a/b") == ["a/b", "b"]
