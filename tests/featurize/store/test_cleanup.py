"""Laws of gc and repair: nothing is deleted or changed but what lies in the cache itself and bears our mark."""

import os
from uuid import uuid4

import h5py
import numpy as np
import pytest

from cohort.audit.kept_measures import MEASURES, KeptMeasures
from featurize.store.cleanup import Leftover, delete, gc, ls
from featurize.store.file_format import CacheError
from featurize.store.gather import store_path
from featurize.store.image_index import read_image_index, write_image_index
from featurize.store.integrity import repair, verify
from featurize.store.store import Store
from tests.featurize.store.test_integrity import HEADER, PROTOCOL, fill, flip, opened

KEY = "0123456789abcdef"


@pytest.fixture
def cache(tmp_path):
    """A whole cache of one data set."""
    fill(tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def outside(tmp_path):
    """A folder of somebody's beside the cache, full of what gc would take if it were ours."""
    folder = tmp_path / "outside"
    for part in ("answers", "models"):
        (folder / part / f"gone-{KEY}").mkdir(parents=True)
        (folder / part / f"gone-{KEY}" / "1-0.safetensors").write_text("precious")
    (folder / "images.json.part").write_text("precious")
    (folder / f".images.json.{uuid4().hex}.part").write_text("precious")
    fill(folder, name="own").path.rename(folder / "rows.h5")
    (folder / "own").rmdir()
    return folder


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def clean(cache):
    """All that the commands do that delete or change."""
    repair(cache)
    delete(gc(cache))
    return repair(cache)


def as_data_set(cache, outside):
    (cache / "linked").symlink_to(outside)


def as_kept_folders(cache, outside):
    for part in ("answers", "models"):
        (cache / "set" / part).symlink_to(outside / part)


def as_folders_in_them(cache, outside):
    for part in ("answers", "models"):
        (cache / "set" / part).mkdir()
        (cache / "set" / part / f"gone-{KEY}").symlink_to(outside / part / f"gone-{KEY}")


def as_files_in_those(cache, outside):
    folder = cache / "set" / "answers" / f"gone-{KEY}"
    folder.mkdir(parents=True)
    (folder / "1-0.safetensors").symlink_to(outside / "images.json.part")


def as_leftovers(cache, outside):
    (cache / "set" / "images.json.part").symlink_to(outside / "images.json.part")
    (cache / "set" / f".x.{uuid4().hex}.part").symlink_to(outside / "answers")
    (cache / "set" / "net-64@1-01234567.new").symlink_to(outside)


def as_a_cache_file_with_rows_to_drop(cache, outside):
    store = opened(outside, entries=Store(outside / "rows.h5").entries[:2], name="x")  # two have left
    store.path.rename(outside / "rows.h5")
    (cache / "set" / "linked.h5").symlink_to(outside / "rows.h5")


def as_a_damaged_cache_file(cache, outside):
    flip(outside / "rows.h5", HEADER + 100)
    (cache / "set" / "linked.h5").symlink_to(outside / "rows.h5")


def as_a_cache_file_with_a_wrong_mark(cache, outside):
    store = Store(outside / "rows.h5")
    flip(store.path, store.header.places()["done"].offset)
    (cache / "set" / "linked.h5").symlink_to(outside / "rows.h5")


def as_an_index(cache, outside):
    write_image_index(outside, {})
    flip(outside / "images.json", 20)
    (cache / "set" / "images.json").symlink_to(outside / "images.json")


@pytest.mark.parametrize("plant", [
    as_data_set, as_kept_folders, as_folders_in_them, as_files_in_those, as_leftovers, as_a_damaged_cache_file,
    as_a_cache_file_with_rows_to_drop, as_a_cache_file_with_a_wrong_mark, as_an_index])  # fmt: skip
def test_nothing_behind_a_link_is_deleted_or_changed(plant, cache, outside):
    plant(cache, outside)
    before = contents(outside)
    assert len(before) >= 4
    clean(cache)
    assert contents(outside) == before and Store(store_path(cache, "set", PROTOCOL)).done.all()


@pytest.mark.parametrize("where", ["set", "set/answers", f"set/answers/gone-{KEY}"])
def test_a_link_that_takes_the_place_of_what_was_found_is_not_followed(where, cache, outside):
    folder = cache / "set" / "answers" / f"gone-{KEY}"
    folder.mkdir(parents=True)
    (folder / "1-0.safetensors").write_text("ours")
    found = gc(cache)
    assert [leftover.file for leftover in found] == [folder]
    (cache / where).rename(cache / "moved")
    target = {"set": outside, "set/answers": outside / "answers"}.get(where, outside / "answers" / f"gone-{KEY}")
    (cache / where).symlink_to(target)
    before = contents(outside)
    assert delete(found) == 0 and contents(outside) == before


def test_a_cache_that_is_reached_by_a_link_is_cleaned(cache, tmp_path):
    (tmp_path / "link").symlink_to(cache)
    (cache / "set" / f".x.h5.{uuid4().hex}.part").write_text("12345")
    assert delete(gc(tmp_path / "link")) == 5 and gc(cache) == []


def test_a_data_set_that_is_a_link_is_read_and_asked_for_where_it_lies(cache, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "linked").symlink_to(cache / "set")
    assert [one.name for one in ls(tmp_path / "other")] == ["linked"] and verify(tmp_path / "other") == []
    for act in (gc, repair):
        with pytest.raises(CacheError, match="has only a link to that; give --cache the folder in which the data set"):
            act(tmp_path / "other")


FOREIGN = [
    "notes.new", "thesis.part", "y.damaged", "images.json", "images.json.partial", ".notes.part", "x-12345678.new",
    "run-20240101.damaged", "answers/notes.txt", f"answers/gone-{KEY}/notes.txt", f"models/gone-{KEY}/model.txt",
    "models/best/1-0.zip", f"models/gone-{KEY}/1-0.zip.bak", f"answers/gone-{KEY}/more/1-0.safetensors",
]  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_what_a_person_keeps_there_is_left_alone(name, cache):
    path = cache / "set" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("precious")
    assert gc(cache) == []
    delete([Leftover(path.parent if path.parent.name == f"gone-{KEY}" else path.with_name("none"), 0, "")])
    assert path.read_text() == "precious"


def test_an_hdf5_file_of_somebody_elses_is_left_alone(cache):
    path = cache / "set" / "foreign.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("measurements", data=np.ones(1000))
    (cache / "set" / "words.h5").write_text("precious")
    before = contents(cache / "set")
    assert gc(cache) == [] and len(verify(cache)) == 2
    clean(cache)
    assert {path: before[path] for path in contents(cache / "set") if path in before} == before


def test_an_index_of_somebody_elses_is_moved_aside_and_not_deleted(cache):
    (cache / "set" / "images.json").write_text('{"categories": []}')
    (told,) = repair(cache)
    assert "moved aside to images.damaged" in told.what and read_image_index(cache / "set") == {}
    assert (cache / "set" / "images.damaged").read_text() == '{"categories": []}' and gc(cache) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("name", ["pipe.h5", "images.json", "net-64@1-01234567.new", ".writing.json"])
def test_a_pipe_in_the_cache_is_not_waited_for(name, cache):
    os.mkfifo(cache / "set" / name)
    clean(cache)
    assert (len(ls(cache)), len(verify(cache))) == ((2, 1) if name == "pipe.h5" else (1, int(name == "images.json")))
    assert (cache / "set" / name).exists() or name == ".writing.json"


def test_measures_of_the_audit_are_listed_and_go_with_the_last_descriptors(cache):
    measures = cache / "set" / MEASURES
    KeptMeasures(measures)
    assert [one.variant for one in ls(cache)].count(MEASURES) == 1
    assert gc(cache) == []
    for path in (cache / "set").glob("*.h5"):
        path.unlink()
    assert measures in [leftover.file for leftover in gc(cache)]
    delete(gc(cache))
    assert not measures.exists()


def test_a_file_of_somebodys_with_the_name_of_measures_stays(cache, outside):
    for path in (cache / "set").glob("*.h5"):
        path.unlink()
    (cache / "set" / MEASURES).write_text("precious")
    delete(gc(cache))
    assert (cache / "set" / MEASURES).read_text() == "precious"
    (cache / "set" / MEASURES).unlink()
    KeptMeasures(outside / MEASURES)
    (cache / "set" / MEASURES).symlink_to(outside / MEASURES)
    delete(gc(cache))
    assert (outside / MEASURES).is_file()
