"""Laws of a cache's health: any flipped bit is found, repair leaves nothing to find and loses no whole row."""

import os
from contextlib import suppress
from dataclasses import replace

import h5py
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from cohort.files.lock import LockedError, writing
from featurize.protocol import Protocol
from featurize.store.cleanup import Leftover, delete, gc, ls
from featurize.store.file_format import HALF, HEADER, CacheError, Entry, read_header, row_spans
from featurize.store.gather import store_path
from featurize.store.image_index import IndexedImage, read_image_index, write_image_index
from featurize.store.integrity import repair, verify
from featurize.store.open_store import open_store
from featurize.store.row import Row
from featurize.store.store import Store
from imaging.read import ImageInfo
from tests.featurize.store.cached_rows import read_row

PROTOCOL = Protocol("net", "digest", crop=64, scale=1.0, crops=1, views=2)
OTHER = replace(PROTOCOL, crop=96)
NAMES = ("a.png", "b c.png", "klasse/ü 組織.tif", "z.png")
ENTRIES = tuple(Entry(name, f"label {n % 2}", f"p{n}", f"{n:064d}") for n, name in enumerate(NAMES))


def row(seed):
    rng = np.random.default_rng(seed)
    boxes, status = np.zeros((2, 1, 3), np.int32), np.array("ok", "S16")
    return Row(rng.normal(size=(2, 3)).astype(np.float32), np.ones((2, 2)), boxes, status, np.ones((3, 2)), np.ones(2))


def opened(cache, protocol=PROTOCOL, entries=ENTRIES, name="set"):
    return open_store(store_path(cache, name, protocol), protocol, {"dim": 3, "file": "net.pth"}, entries)


def fill(cache, protocol=PROTOCOL, entries=ENTRIES, done=4, name="set"):
    store = opened(cache, protocol, entries, name)
    store.write_rows({entry.image: row(NAMES.index(entry.image)) for entry in entries[:done]})
    return store


def flip(path, position, bit=0):
    content = bytearray(path.read_bytes())
    content[position] ^= 1 << bit
    path.write_bytes(content)


def place(store, name, image):
    """First byte of an image's part of an array."""
    offset, each = store.header.places()[name].offset, store.header.places()[name].each
    return offset + store.rows[image] * each


def assert_rows_are_right(store):
    """Every row that is done is the one that was written; the images that are."""
    for image, done in zip(store.rows, store.done, strict=True):
        if done:
            assert_array_equal(read_row(store, image).descriptors, row(NAMES.index(image)).descriptors)
    return {image for image, done in zip(store.rows, store.done, strict=True) if done}


def test_a_whole_cache_has_nothing_to_find(tmp_path):
    store = fill(tmp_path, done=2)
    fill(tmp_path, OTHER), fill(tmp_path, name="two", done=0)
    before = store.path.read_bytes()
    assert verify(tmp_path) == repair(tmp_path) == gc(tmp_path) == []
    assert store.path.read_bytes() == before


def test_any_flipped_bit_is_found_or_harmless_and_repaired(tmp_path):
    """Over the whole file: verify names file and image, repair leaves nothing to find, no whole row is lost."""
    store, rng = fill(tmp_path, done=3), np.random.default_rng(0)
    path, good = store.path, store.path.read_bytes()
    rows = [range(start, start + size) for start, size in row_spans(store.header)]
    places = [position for span in rows for position in rng.choice(span, 10)]
    places += rng.choice(range(HEADER, len(good)), 25).tolist() + rng.choice(range(HEADER), 10).tolist()
    for position in map(int, places):
        path.write_bytes(good)
        flip(path, position, rng.integers(8))
        found = verify(tmp_path)
        if not found:  # in the place of an image that has no row
            assert assert_rows_are_right(Store(path)) == set(NAMES[:3])
            continue
        (finding,) = found
        assert finding.file == path
        assert (finding.image is not None) == any(position in span for span in rows), finding
        (told,) = repair(tmp_path)
        assert (told.file, told.image) == (path, finding.image) and verify(tmp_path) == []
        kept = assert_rows_are_right(Store(path))
        assert kept >= set(NAMES[:3]) - {finding.image} or "made anew" in told.what
        assert len(kept) >= 2
        again = opened(tmp_path)
        again.write_rows({name: row(NAMES.index(name)) for name in set(NAMES[:3]) - kept})
        assert assert_rows_are_right(again) == set(NAMES[:3]) and again.path.read_bytes()[HALF:] == good[HALF:]


@pytest.mark.parametrize("array, what", [
    ("descriptors", "damaged"), ("gains", "damaged"), ("versions", "damaged"), ("crc32", "damaged")])  # fmt: skip
def test_a_damaged_row_is_named_and_to_be_done_again(tmp_path, array, what):
    store, other = fill(tmp_path), fill(tmp_path, OTHER)
    flip(store.path, place(store, array, "b c.png"))
    (finding,) = verify(tmp_path)
    assert (finding.file, finding.image) == (store.path, "b c.png") and what in finding.what
    (told,) = repair(tmp_path)
    assert (told.file, told.image) == (store.path, "b c.png") and "to be done again" in told.what
    assert not store.done[store.rows["b c.png"]] and store.done.sum() == 3 and other.done.all()


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_mark_is_found_and_put_right(tmp_path, bit):
    store = fill(tmp_path)
    flip(store.path, place(store, "done", "a.png"), bit)
    (finding,) = verify(tmp_path)
    assert finding.image == "a.png"
    assert "marked as done" in repair(tmp_path)[0].what and store.done.all()


def test_a_mark_without_a_row_is_found(tmp_path):
    store = fill(tmp_path, done=3)
    flip(store.path, place(store, "done", "z.png"))
    assert [finding.image for finding in verify(tmp_path)] == ["z.png"]
    repair(tmp_path)
    assert store.done.tolist() == [True, True, True, False]


def test_a_damaged_label_is_lost_and_comes_back_with_the_next_run(tmp_path):
    store = fill(tmp_path)
    flip(store.path, place(store, "label", "a.png"), 2)
    assert [(finding.file, finding.image) for finding in verify(tmp_path)] == [(store.path, None)]
    assert "4 of 4 images" in repair(tmp_path)[0].what
    assert [entry.label for entry in Store(store.path).entries] == ["", "label 1", "label 0", "label 1"]
    assert opened(tmp_path).done.all() and opened(tmp_path).entries == ENTRIES


@pytest.mark.parametrize("array", ["image", "sha256", "entry_crc32"])
def test_an_image_that_is_not_known_any_more_is_done_again(tmp_path, array):
    store = fill(tmp_path)
    flip(store.path, place(store, array, "a.png"), 2)
    repair(tmp_path)
    again = opened(tmp_path)
    assert again.entries == ENTRIES and assert_rows_are_right(again) >= set(NAMES[1:])


@pytest.mark.parametrize("half", [0, 1])
def test_half_a_header_is_enough(tmp_path, half):
    store = fill(tmp_path)
    good = store.path.read_bytes()
    store.path.write_bytes(good[: half * HALF] + bytes(HALF) + good[(half + 1) * HALF :])
    assert len(verify(tmp_path)) == 1
    assert "made anew, with 4 of 4" in repair(tmp_path)[0].what
    assert store.path.read_bytes() == good


@pytest.mark.parametrize("share", [0.999, 0.97, 0.95])
def test_what_is_left_of_a_cut_file_is_kept(tmp_path, share):
    store = fill(tmp_path)
    good = store.path.read_bytes()
    store.path.write_bytes(good[: int(share * len(good))])
    assert len(verify(tmp_path)) == 1
    repair(tmp_path)
    assert verify(tmp_path) == []
    with suppress(CacheError):
        assert_rows_are_right(Store(store.path))
    assert len(opened(tmp_path).entries) == 4


@pytest.mark.parametrize("content", [b"", b"histoboost cache file\n", bytes(100)])
def test_what_is_beyond_reading_is_moved_aside_and_made_again(tmp_path, content):
    store, other = fill(tmp_path), fill(tmp_path, OTHER)
    store.path.write_bytes(content)
    assert [finding.file for finding in verify(tmp_path)] == [store.path]
    (told,) = repair(tmp_path)
    aside = store.path.with_suffix(".damaged")
    assert "moved aside" in told.what and aside.read_bytes() == content and not store.path.exists()
    assert other.done.all() and not opened(tmp_path).done.any()
    assert [leftover.file for leftover in gc(tmp_path)] == [aside]


def test_a_full_disk_while_repairing_loses_nothing(tmp_path, monkeypatch):
    store = fill(tmp_path)
    flip(store.path, HEADER + 100)
    before = store.path.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("featurize.store.file_format.allocate", full)
    with pytest.raises(CacheError, match="make room"):
        repair(tmp_path)
    assert store.path.read_bytes() == before
    monkeypatch.undo()
    assert "made anew, with 4 of 4" in repair(tmp_path)[0].what


def test_files_of_another_format_are_left_to_gc(tmp_path):
    fill(tmp_path)
    old = tmp_path / "set" / "old.h5"
    with h5py.File(old, "w") as file:
        file.create_dataset("descriptors", data=np.ones((400, 50)))
    assert [finding.file for finding in verify(tmp_path)] == [old]
    assert "left as it is" in repair(tmp_path)[0].what and old.exists()
    assert [(leftover.file, leftover.images) for leftover in gc(tmp_path)] == [(old, ())]
    size = old.stat().st_size
    assert delete(gc(tmp_path)) == size and not old.exists() and verify(tmp_path) == []


def test_a_damaged_image_index_is_found_and_goes(tmp_path):
    folder = fill(tmp_path).path.parent
    info = ImageInfo(**dict.fromkeys(ImageInfo.__dataclass_fields__, 1))
    write_image_index(folder, {"a.png": IndexedImage("/a.png", info)})
    flip(folder / "images.json", 30)
    assert [finding.file.name for finding in verify(tmp_path)] == ["images.json"]
    assert "deleted" in repair(tmp_path)[0].what and verify(tmp_path) == [] and read_image_index(folder) == {}


def test_what_is_there_is_listed(tmp_path):
    store = fill(tmp_path, done=3)
    fill(tmp_path, OTHER, name="two")
    os.utime(store.path, (0, 0))
    opened(tmp_path, OTHER, ENTRIES[:2], name="two")
    first, second = ls(tmp_path)
    assert (first.name, first.variant, first.key) == ("set", "net-64@1", PROTOCOL.key)
    assert (first.done, first.total, first.bytes) == (3, 4, store.path.stat().st_size)
    assert first.age > 1e9 and 0 <= second.age < 60
    assert first.protocol == "2 views of 1 crops, seed 13, weights net.pth" and first.problem == ""
    assert (second.name, second.done, second.total) == ("two", 2, 2)
    flip(store.path, HEADER + 100)
    assert [one.name for one in ls(tmp_path, "two")] == ["two"] and "damaged" in ls(tmp_path)[0].problem


@pytest.mark.parametrize("act", [verify, repair, ls, gc])
def test_no_cache_and_no_such_data_set_are_errors(tmp_path, act):
    with pytest.raises(CacheError, match="nothing is cached"):
        act(tmp_path / "nowhere")
    fill(tmp_path)
    with pytest.raises(CacheError, match=r"no data set 'other'; it holds: set"):
        act(tmp_path, "other")
    with pytest.raises(CacheError, match="--name"):
        act(tmp_path, "../set")


def test_leftovers_go_and_nothing_else(tmp_path):
    folder = fill(tmp_path).path.parent
    stem = store_path(tmp_path, "set", PROTOCOL).stem
    answers, models, used = (
        folder / "answers" / "gone-12",
        folder / "models" / "gone-12",
        folder / "answers" / f"{stem}-5",
    )
    left = [folder / f"{stem}.new", folder / "images.json.part", folder / f"{stem}.damaged", answers, models]
    kept = [folder / "notes.txt", used / "1-0.safetensors"]
    for path in (answers, models, used):
        path.mkdir(parents=True)
    for path in [*left[:3], answers / "1-0.safetensors", models / "1-0.zip", *kept]:
        path.write_text("12345")
    found = gc(tmp_path)
    assert {leftover.file for leftover in found} == set(left) and all(leftover.bytes == 5 for leftover in found)
    assert delete(found) == 5 * len(left) and not any(path.exists() for path in left)
    assert all(path.exists() for path in kept) and gc(tmp_path) == [] and Store(folder / f"{stem}.h5").done.all()
    assert delete(found) == 0


def test_rows_of_images_that_have_left_go(tmp_path):
    store = fill(tmp_path)
    opened(tmp_path, entries=ENTRIES[1:3])
    (leftover,) = gc(tmp_path)
    assert leftover.images == (NAMES[0], NAMES[3]) and 0 < leftover.bytes < store.path.stat().st_size
    assert delete([leftover]) > 0 and gc(tmp_path) == []
    assert Store(store.path).entries == ENTRIES[1:3] and assert_rows_are_right(Store(store.path)) == set(NAMES[1:3])


def test_an_image_index_alone_is_a_leftover(tmp_path):
    write_image_index(tmp_path / "set", {})
    assert [leftover.file.name for leftover in gc(tmp_path)] == ["images.json"]


def test_nothing_is_changed_while_a_run_writes_there(tmp_path):
    folder = fill(tmp_path).path.parent
    new = store_path(tmp_path, "set", PROTOCOL).with_suffix(".new")
    new.write_text("in work")
    with writing(folder):
        assert len(gc(tmp_path)) == 1 and verify(tmp_path) == []
        for act in (lambda: repair(tmp_path), lambda: delete([Leftover(new, 7, "")])):
            with pytest.raises(LockedError):
                act()
    assert new.exists() and read_header(store_path(tmp_path, "set", PROTOCOL))[2]
