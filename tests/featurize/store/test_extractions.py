"""What is remembered of extractions: the latest last, finished or not, and no other order than that of the commands."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from featurize.store.extractions import MOST, Extraction, asked_for, begun, finished, from_json
from featurize.store.image_index import read_extractions, remember, remember_finished, write_image_index

SETS = (("a", "b"), ("a",), ("c", "b"), ("d",))


def test_the_latest_stands_last_whatever_came_before():
    rng = np.random.default_rng(0)
    known = ()
    for number in rng.integers(len(SETS), size=30):
        known = begun(known, SETS[number])
        assert known[-1].files == tuple(sorted(SETS[number]))
        assert len({extraction.files for extraction in known}) == len(known) <= len(SETS)


def test_what_was_finished_once_stays_so_and_no_other_becomes_it():
    known = finished(begun(begun((), "ab"), "c"), "ba")
    assert known == (Extraction(("a", "b"), True), Extraction(("c",), False))
    assert begun(known, "ab") == (Extraction(("c",), False), Extraction(("a", "b"), True))
    assert finished(known, "x") == known and begun(known, ()) == known


def test_not_more_are_kept_than_anybody_has():
    known = ()
    for number in range(MOST + 9):
        known = begun(known, [str(number)])
    assert len(known) == MOST and known[-1].files == (str(MOST + 8),)


def test_they_are_read_as_they_were_written_and_more_beside_them_is_left_aside():
    known = (Extraction(("a", "b"), True), Extraction(("c",), False))
    entries = json.loads(json.dumps([asdict(extraction) | {"of a later version": 1} for extraction in known]))
    assert from_json(entries) == known and from_json([]) == ()


def test_what_was_asked_is_known_of_the_extraction_that_named_all_files():
    wide, narrow = {"crops": "a,b"}, {"crops": "a", "images": ["x"], "views": 3, "scale": 0.5, "faithful": False}
    known = finished(begun(finished(begun((), "ab"), "ab", wide), "a"), "a", narrow)
    assert asked_for(known, "a") == narrow and asked_for(known, "b") == asked_for(known, "ba") == wide
    assert asked_for(begun(known, "ab"), "a") == wide, "that one is the latest again"
    assert asked_for(known, "ac") == asked_for(begun(known, "c"), "c") == {}
    assert asked_for(from_json(json.loads(json.dumps([asdict(one) for one in known]))), "a") == narrow


@pytest.mark.parametrize(
    "entry",
    [
        {"files": [1], "finished": True},
        {"files": ["a"], "finished": 1},
        {"files": ["a"]},
        {"files": ["a"], "finished": True, "asked": {"views": None}},
        {"files": ["a"], "finished": True, "asked": {"views": {"a": 1}}},
        {"files": ["a"], "finished": True, "asked": {"views": [[1]]}},
    ],
)
def test_what_is_none_is_refused(entry):
    with pytest.raises((ValueError, LookupError)):
        from_json([entry])


def test_the_index_keeps_them_when_anything_else_is_remembered(tmp_path):
    remember(tmp_path, {}, {}, ["b", "a"])
    remember_finished(tmp_path, ["a", "b"])
    remember(tmp_path, {}, {}, ["c"])
    before = (tmp_path / "images.json").read_bytes()
    remember(tmp_path, {}, {}, ["c"])
    remember(tmp_path, {})
    assert (tmp_path / "images.json").read_bytes() == before
    assert read_extractions(tmp_path) == (Extraction(("a", "b"), True), Extraction(("c",), False))
    write_image_index(tmp_path, {})
    assert read_extractions(tmp_path) == () == read_extractions(tmp_path / "nowhere")
