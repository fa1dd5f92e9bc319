"""Laws of the folder of a run, which may be a stranger's: read as cv wrote it, or refused with a message."""

import json
import os

import pytest

from benchmarks import hostile
from workflow.run_folder import FILES, SETTINGS, RunError, auc_of_run, read_files, read_settings

KNOWN = {"name": "x", "cache": "cache", "auc": "pooled", "sets": "class", "boost": {"rounds": 3}, "positive": ["a"]}


def test_settings_are_read_as_they_were_written(tmp_path):
    (tmp_path / SETTINGS).write_text(json.dumps(KNOWN))
    assert read_settings(tmp_path) == KNOWN and auc_of_run(KNOWN) == "pooled"
    assert auc_of_run({}) == auc_of_run(None) == auc_of_run({"auc": ""}) == "within folds"


def test_without_a_file_there_are_none(tmp_path):
    assert read_settings(tmp_path) is None
    (tmp_path / SETTINGS).mkdir()
    assert read_settings(tmp_path) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / SETTINGS)
    assert read_settings(tmp_path) is None


def test_whatever_stands_there_is_settings_or_a_message(tmp_path):
    for content in hostile.settings(json.dumps(KNOWN).encode()):
        (tmp_path / SETTINGS).write_bytes(content)
        try:
            settings = read_settings(tmp_path)
            assert isinstance(settings, dict) and auc_of_run(settings) in ("pooled", "within folds")
        except RunError as error:
            assert "delete it" in str(error) and len(str(error)) < 1000


def test_images_are_read_whatever_columns_there_are(tmp_path):
    (tmp_path / FILES).write_text("fold,image,more\n1,a.png,x\n0,b.png,y\n")
    assert read_files(tmp_path / FILES).to_dict("list") == {"fold": ["1", "0"], "image": ["a.png", "b.png"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"picture,sha256\na,0\n", "has no column image"),
        (b"", "has no column image; it has: none"),
        (b"image,sha256\na,0\na,1\n", "images are named twice"),
        (b"image,image\na,b\n", "are there twice"),
        (b'image,sha256\n"a', "cannot be read"),
    ],
)
def test_lists_of_images_that_are_none_are_refused(content, message, tmp_path):
    (tmp_path / FILES).write_bytes(content)
    with pytest.raises(RunError, match=message):
        read_files(tmp_path / FILES)
