"""Laws of the image_index: it is whole or an error, a known file is not decoded again, a changed one is named."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from PIL import Image

from cohort.origin import Origin
from featurize.protocol import Protocol
from featurize.store import image_index
from featurize.store.changed_images import changes, require_unchanged
from featurize.store.file_format import CacheError, Entry
from featurize.store.image_index import (
    IndexedImage,
    known_image_info,
    read_image_index,
    read_origins,
    remember,
    write_image_index,
)
from featurize.store.open_store import open_store
from imaging.read import inspect

NAMES = ("a.png", "two\nlines ü 組.png", "c.png")


@pytest.fixture
def images(tmp_path):
    """Three small image files, by name."""
    files = {name: tmp_path / f"{number}.png" for number, name in enumerate(NAMES)}
    for number, path in enumerate(files.values()):
        Image.fromarray(np.full((4, 5 + number, 3), number, np.uint8)).save(path)
    return files


@pytest.fixture
def known(images):
    return {name: IndexedImage(str(path), inspect(path)) for name, path in images.items()}


@pytest.fixture
def folder(tmp_path, known):
    write_image_index(tmp_path / "cache" / "set", known)
    return tmp_path / "cache" / "set"


def store_of(folder, known, name="net.h5"):
    entries = [Entry(image, "x", "", one.info.sha256) for image, one in known.items()]
    return open_store(folder / name, Protocol("net", "digest", views=1, crops=1), {"dim": 2}, entries)


def test_what_is_written_is_read_again_and_always_the_same_bytes(folder, known):
    assert read_image_index(folder) == known
    before = (folder / "images.json").read_bytes()
    write_image_index(folder, dict(reversed(known.items())))
    assert (folder / "images.json").read_bytes() == before and [p.name for p in folder.iterdir()] == ["images.json"]


def test_where_there_is_nothing_nothing_is_known(tmp_path):
    assert read_image_index(tmp_path / "nowhere") == {}


def test_any_flipped_bit_is_found(folder):
    good, rng = (folder / "images.json").read_bytes(), np.random.default_rng(0)
    for position in [*range(12), *rng.integers(len(good), size=300).tolist()]:
        bad = bytearray(good)
        bad[position] ^= 1 << int(rng.integers(8))
        (folder / "images.json").write_bytes(bad)
        with pytest.raises(CacheError, match=r"images\.json is damaged"):
            read_image_index(folder)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_a_part_of_a_file_is_found(folder, share):
    content = (folder / "images.json").read_bytes()
    (folder / "images.json").write_bytes(content[: int(share * len(content))])
    with pytest.raises(CacheError, match=r"images\.json is damaged"):
        read_image_index(folder)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"format": 1}', b'{"format": 1, "images": []}',
                                  b'{"format": 1, "images": {"a": 1}}', b"[" * 9999])  # fmt: skip
def test_what_a_stranger_wrote_is_an_error(folder, body):
    (folder / "images.json").write_bytes(b"%08x\n" % crc32(body) + body)
    with pytest.raises(CacheError, match=r"images\.json"):
        read_image_index(folder)


def test_facts_that_are_not_kept_any_more_are_looked_at_again(folder, known, monkeypatch):
    @dataclass(frozen=True)
    class More:
        sha256: str
        height: int
        width: int
        colour: str

    monkeypatch.setattr(image_index, "ImageInfo", More)
    assert read_image_index(folder) == {}
    newer = {name: IndexedImage(one.path, More(one.info.sha256, 1, 2, "red")) for name, one in known.items()}
    write_image_index(folder, newer)
    assert read_image_index(folder) == newer


def test_an_index_of_a_version_that_looked_for_less_still_tells_changes(folder, known, images):
    older = {name: replace(one, info=replace(one.info, profile=None)) for name, one in known.items()}
    write_image_index(folder, older)
    _, _, body = (folder / "images.json").read_bytes().partition(b"\n")
    listed = json.loads(body)
    for entry in listed["images"].values():
        del entry["profile"]
    body = json.dumps(listed).encode()
    (folder / "images.json").write_bytes(b"%08x\n" % crc32(body) + body)
    assert read_image_index(folder) == older
    assert require_unchanged(folder, [store_of(folder, known)], NAMES) == 0
    name = NAMES[0]
    assert inspect(images[name], known_image_info(folder)[name]) == known[name].info, "looked at again"


def test_origins_come_back_and_stay_when_images_are_added(folder, known, images):
    origin = Origin("/data", {"/data/manifest.csv": "0" * 64}, "1" * 64, {"choice": ["a", None]}, ("left.png",))
    assert read_origins(folder) == {}
    remember(folder, {}, {"net": origin, "other": replace(origin, listing="2" * 64)})
    remember(folder, {"new.png": (images[NAMES[0]], known[NAMES[0]].info)})
    remember(folder, {}, {"other": origin})
    assert read_origins(folder) == {"net": origin, "other": origin}
    assert set(read_image_index(folder)) == {*NAMES, "new.png"}


@pytest.mark.parametrize(
    ("key", "values"),
    [("height", ("x", 0, -1, 10**30, None, 1.5)), ("phash", ([], 5)), ("profile", ({}, 5)), ("path", (5,))],
)
def test_facts_of_another_kind_count_as_none(folder, key, values):
    listed = json.loads((folder / "images.json").read_bytes().partition(b"\n")[2])
    for value in values:
        listed["images"][NAMES[0]][key] = value
        body = json.dumps(listed).encode()
        (folder / "images.json").write_bytes(b"%08x\n" % crc32(body) + body)
        assert set(read_image_index(folder)) == set(NAMES[1:])


ORIGIN = {"source": "/data", "tables": {}, "listing": ""}


@pytest.mark.parametrize(
    "origins",
    [[], {"net": 1}, {"net": {}}, {"net": {"source": "/data"}}, *({"net": ORIGIN | {key: value}} for key, value in
     (("tables", "x"), ("tables", {"a": 5}), ("options", []), ("source", 5), ("left_out", [[]])))],
)  # fmt: skip
def test_origins_that_a_stranger_wrote_are_an_error(folder, origins):
    body = json.dumps({"format": 1, "images": {}, "origins": origins}).encode()
    (folder / "images.json").write_bytes(b"%08x\n" % crc32(body) + body)
    with pytest.raises(CacheError, match=r"images\.json is damaged"):
        read_origins(folder)


def test_another_format_is_as_good_as_nothing(folder):
    body = json.dumps({"format": 99, "images": "whatever"}).encode()
    (folder / "images.json").write_bytes(b"%08x\n" % crc32(body) + body)
    assert read_image_index(folder) == {}


def test_what_is_found_is_added_to_what_is_known(folder, known, images, tmp_path):
    assert known_image_info(folder) == {name: one.info for name, one in known.items()}
    before = (folder / "images.json").stat().st_mtime_ns
    remember(folder, {name: (images[name], one.info) for name, one in known.items()})
    assert (folder / "images.json").stat().st_mtime_ns == before
    facts = replace(known[NAMES[0]].info, height=9)
    remember(folder, {NAMES[0]: (Path("elsewhere.png"), facts), "new.png": (tmp_path / "n", facts)})
    found = read_image_index(folder)
    assert found[NAMES[0]] == IndexedImage(str(Path("elsewhere.png").absolute()), facts)
    assert found[NAMES[1]] == known[NAMES[1]] and set(found) == {*NAMES, "new.png"}


def test_a_damaged_image_index_blocks_no_extraction(folder, known, images):
    (folder / "images.json").write_text("damaged")
    assert known_image_info(folder) == {}
    remember(folder, {NAMES[0]: (images[NAMES[0]], known[NAMES[0]].info)})
    assert read_image_index(folder) == {NAMES[0]: known[NAMES[0]]}


def test_nothing_changed_is_no_error(folder, known):
    store = store_of(folder, known)
    assert changes(read_image_index(folder), [store], NAMES).changed == ()
    assert require_unchanged(folder, [store], NAMES) == 0


def test_a_changed_file_is_named_and_a_lost_one_counted(folder, known, images):
    store = store_of(folder, known)
    images[NAMES[0]].write_bytes(images[NAMES[0]].read_bytes() + b"one more")
    images[NAMES[2]].unlink()
    found = changes(read_image_index(folder), [store], NAMES)
    assert (found.changed, found.unseen) == ((NAMES[0],), 1)
    with pytest.raises(CacheError, match=r"1 images have changed since they were described: a\.png; run extract"):
        require_unchanged(folder, [store], NAMES)
    assert require_unchanged(folder, [store], NAMES[1:]) == 1


def test_a_cache_on_another_machine_is_only_counted(folder, known):
    store = store_of(folder, known)
    (folder / "images.json").unlink()
    assert require_unchanged(folder, [store], NAMES) == 3
    write_image_index(folder, {name: replace(one, path="/nowhere/at all\0") for name, one in known.items()})
    assert require_unchanged(folder, [store], NAMES) == 3


def test_descriptors_of_an_older_content_are_noticed_in_every_store(folder, known):
    older = {name: replace(one, info=replace(one.info, sha256="0" * 64)) for name, one in known.items()}
    stores = [store_of(folder, known), store_of(folder, older, "older.h5")]
    assert changes(known, stores[:1], NAMES).changed == ()
    assert changes(known, stores, NAMES).changed == NAMES


def test_the_descriptors_hold_no_path(folder, known, tmp_path):
    assert str(tmp_path).encode() not in store_of(folder, known).path.read_bytes()


def test_a_place_that_cannot_be_written_is_an_error(tmp_path, known):
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError, match="cannot be written"):
        write_image_index(tmp_path / "file", known)
