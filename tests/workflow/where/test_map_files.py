"""Laws of the files of evidence maps: one pair an answered image, under names that no image can turn into a path."""

import doctest
import shutil
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

import workflow.where.map_files
from cohort.files.stored_paths import is_file_name
from workflow.answers_csv import Answer
from workflow.where.map_files import doubts_of, map_name


def test_the_documented_names():
    assert doctest.testmod(workflow.where.map_files).failed == 0


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a/..", "nul\0.png", "NUL.txt", ".hidden", "x" * 4000, "é" * 300, "a\nb.png", "\u202etxt", ""],
)
def test_every_name_becomes_one_of_a_file_in_the_folder(name):
    made = map_name(3, Path(name))
    assert is_file_name(f"{made}.png") and made.startswith("0003-") and len(f"{made}.png".encode()) < 255


def test_predict_writes_a_picture_and_a_table_for_each_image(place, tmp_path):
    again = tmp_path / "again" / "test0.png"
    again.parent.mkdir()
    shutil.copy(place.new / "test0.png", again)
    (tmp_path / "broken.png").write_bytes(b"no image")
    paths = [place.new / "test0.png", tmp_path / "broken.png", again]
    said = place.predict(*paths, "--out", tmp_path / "x.csv", "--maps", tmp_path / "maps", code=3)
    assert "2 evidence maps in" in said and "It is not a segmentation of tissue" in said
    names = sorted(path.name for path in (tmp_path / "maps").iterdir())
    assert names == ["0001-test0.csv", "0001-test0.png", "0003-test0.csv", "0003-test0.png"], "rows of the answers"
    windows = pd.read_csv(tmp_path / "maps" / "0003-test0.csv")
    assert windows.columns[:6].tolist() == ["image", "variant", "left", "top", "width", "height"]
    assert set(windows["image"]) == {str(again)} and windows["variant"].nunique() == 2
    assert windows.filter(like="raw_").sum(axis=1).tolist() == pytest.approx([1] * len(windows), abs=1e-5)
    with Image.open(tmp_path / "maps" / "0001-test0.png") as picture:
        assert picture.format == "PNG" and picture.width > picture.height > 200


def test_doubts_about_an_answer_are_doubts_about_its_map():
    assert doubts_of(Answer("a.png")) == []
    known, strange = doubts_of(Answer("a.png", trained_on="a.png", is_outlier=True))
    assert "trained on this very image" in known and "unlike the training images" in strange


def test_a_file_in_the_place_of_the_folder_is_refused_before_the_work(place, tmp_path):
    (tmp_path / "maps").write_text("mine")
    said = place.predict(place.new, "--out", tmp_path / "x.csv", "--maps", tmp_path / "maps", code=2)
    assert "is not a folder" in said and not (tmp_path / "x.csv").exists()
    assert (tmp_path / "maps").read_text() == "mine"
