"""Laws of the cache folder: one table for all variants, nothing guessed, nothing mixed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from cohort.files.stored_paths import is_file_name
from featurize.protocol import Protocol, whole_image
from featurize.store.file_format import CacheError, Entry
from featurize.store.gather import find_stores, gather, require_same, store_files, store_path, whole_stores
from featurize.store.open_store import open_store
from featurize.store.row import Row
from featurize.store.store import Store

SMALL = Protocol("net", "digest", crop=64, scale=0.5, crops=1, views=2)
LARGE = replace(SMALL, crop=96)
LABELS = ("normal", "benign", "insitu", "invasive")
ENTRIES = tuple(Entry(f"{n}.png", LABELS[n % 4], f"p{n // 4}" if n < 6 else "", str(n)) for n in range(8))


def row(image, protocol):
    rng = np.random.default_rng([int(image.split(".")[0]), protocol.crop])
    boxes, status = np.zeros((2, 1, 3), np.int32), np.array("ok", "S16")
    return Row(rng.normal(size=(2, 3)).astype(np.float32), np.ones((2, 2)), boxes, status, np.ones((3, 2)), np.ones(2))


def fill(cache, name="set", protocol=SMALL, entries=ENTRIES, done=8):
    store = open_store(store_path(cache, name, protocol), protocol, {"dim": 3}, entries)
    for entry in entries[:done]:
        store.write_rows({entry.image: row(entry.image, protocol)})
    return store


def collect(cache, name=None, variants=(), labels=None):
    return gather(find_stores(cache, name, variants)[1], labels)


def described(gathered, name):
    """Descriptors (image, view, dim) of the gathered images."""
    return np.asarray(gathered.descriptors[name])[gathered.rows[name]]


def test_all_variants_share_one_table(tmp_path):
    fill(tmp_path), fill(tmp_path, protocol=LARGE)
    gathered = collect(tmp_path)
    assert list(gathered.descriptors) == ["net-64@0.5", "net-96@0.5"]
    assert gathered.images == tuple(entry.image for entry in ENTRIES) and gathered.left_out == 0
    assert gathered.labels == tuple(entry.label for entry in ENTRIES)
    assert gathered.patients == tuple(entry.patient for entry in ENTRIES)
    assert gathered.classes == LABELS
    for protocol in (SMALL, LARGE):
        expected = np.stack([row(image, protocol).descriptors for image in gathered.images])
        assert_array_equal(described(gathered, protocol.variant), expected, strict=True)


def test_a_single_data_set_needs_no_name_and_several_do(tmp_path):
    fill(tmp_path, "one")
    assert find_stores(tmp_path)[0] == "one"
    fill(tmp_path, "two")
    with pytest.raises(CacheError, match=r"one, two.*--name"):
        find_stores(tmp_path)
    assert find_stores(tmp_path, "two")[0] == "two"
    with pytest.raises(CacheError, match=r"'three'.*one, two"):
        find_stores(tmp_path, "three")


def test_an_empty_or_missing_cache_says_what_to_run(tmp_path):
    for cache in (tmp_path, tmp_path / "missing"):
        with pytest.raises(CacheError, match="extract"):
            find_stores(cache)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../up", "/root"])
def test_a_name_that_is_no_folders_is_refused(tmp_path, name):
    with pytest.raises(CacheError, match="--name"):
        store_path(tmp_path, name, SMALL)


def test_settings_decide_the_file():
    changed = [replace(SMALL, **change) for change in ({"seed": 1}, {"views": 3}, {"weights": "w"}, {"scale": 1.0})]
    assert len({store_path(Path("cache"), "set", protocol) for protocol in [SMALL, *changed]}) == 5


def test_variants_are_picked_by_name(tmp_path):
    fill(tmp_path), fill(tmp_path, protocol=LARGE)
    assert list(find_stores(tmp_path, None, ["net-96@0.5"])[1]) == ["net-96@0.5"]
    with pytest.raises(CacheError, match=r"no variant net-97@0\.5.*net-64@0\.5#"):
        find_stores(tmp_path, None, ["net-97@0.5", "net-96@0.5"])


def test_several_protocols_of_a_variant_are_not_guessed_between(tmp_path):
    other = replace(SMALL, seed=99)
    fill(tmp_path), fill(tmp_path, protocol=other)
    for variants in ([], ["net-64@0.5"]):
        with pytest.raises(CacheError, match=rf"several protocols.*net-64@0\.5#({SMALL.key}|{other.key})"):
            find_stores(tmp_path, None, variants)
    ((name, store),) = find_stores(tmp_path, None, [f"net-64@0.5#{other.key}"])[1].items()
    assert name == "net-64@0.5" and store.protocol == other


def test_images_that_are_not_done_are_left_out_and_counted(tmp_path):
    fill(tmp_path, done=5), fill(tmp_path, protocol=LARGE, done=5)
    gathered = collect(tmp_path)
    assert gathered.images == tuple(entry.image for entry in ENTRIES[:5]) and gathered.left_out == 3
    expected = np.stack([row(image, LARGE).descriptors for image in gathered.images])
    assert_array_equal(described(gathered, "net-96@0.5"), expected)


def test_unfinished_variants_are_refused_together_and_usable_alone(tmp_path):
    fill(tmp_path), fill(tmp_path, protocol=LARGE, done=5)
    with pytest.raises(CacheError, match=r"different images.*extract"):
        collect(tmp_path)
    assert len(collect(tmp_path, variants=["net-64@0.5"]).images) == 8
    assert len(collect(tmp_path, variants=["net-96@0.5"]).images) == 5


def test_variants_with_other_labels_are_refused_together(tmp_path):
    fill(tmp_path), fill(tmp_path, protocol=LARGE)
    fill(tmp_path, entries=(replace(ENTRIES[0], label="benign"), *ENTRIES[1:]))
    with pytest.raises(CacheError, match="different images or labels"):
        collect(tmp_path)


def test_nothing_done_says_what_to_run(tmp_path):
    fill(tmp_path, done=0)
    with pytest.raises(CacheError, match="extract"):
        collect(tmp_path)


def test_images_that_have_left_are_left_out_and_not_counted(tmp_path):
    fill(tmp_path)
    open_store(store_path(tmp_path, "set", SMALL), SMALL, {"dim": 3}, ENTRIES[2:])
    gathered = collect(tmp_path)
    assert gathered.images == tuple(entry.image for entry in ENTRIES[2:]) and gathered.left_out == 0


def test_given_labels_replace_the_caches_and_unknown_patients_do_not(tmp_path):
    fill(tmp_path, done=5)
    labels = {"4.png": ("b", "q"), "0.png": ("a", ""), "7.png": ("a", "")}
    gathered = collect(tmp_path, labels=labels)
    assert gathered.images == ("0.png", "4.png") and gathered.left_out == 1
    assert gathered.labels == ("a", "b") and gathered.patients == ("p0", "q") and gathered.classes == ("a", "b")
    expected = np.stack([row(image, SMALL).descriptors for image in gathered.images])
    assert_array_equal(described(gathered, "net-64@0.5"), expected)
    with pytest.raises(CacheError, match="given label"):
        collect(tmp_path, labels={"7.png": ("a", "")})
    with pytest.raises(CacheError, match="given label"):
        collect(tmp_path, labels={})


def test_rows_follow_names_and_not_places(tmp_path, monkeypatch):
    """Two files that hold the same images in another order, as no run of ours makes them."""
    fill(tmp_path), fill(tmp_path, protocol=LARGE)
    monkeypatch.setattr("featurize.store.open_store.sorted", lambda names: sorted(names, reverse=True), raising=False)
    store_path(tmp_path, "set", LARGE).unlink()
    fill(tmp_path, protocol=LARGE)
    monkeypatch.undo()
    gathered = collect(tmp_path)
    for protocol in (SMALL, LARGE):
        expected = np.stack([row(image, protocol).descriptors for image in gathered.images])
        assert_array_equal(described(gathered, protocol.variant), expected)


def test_a_damaged_row_is_an_error_and_never_an_answer(tmp_path):
    store = fill(tmp_path)
    np.memmap(store.path, np.float32, "r+", store.header.offsets["descriptors"], (8, 2, 3))[3, 1, 2] += 1
    with pytest.raises(CacheError, match=r"3\.png is damaged"):
        collect(tmp_path)


def test_a_file_that_is_no_cache_is_named(tmp_path):
    fill(tmp_path)
    (tmp_path / "set" / "notes.h5").write_text("not HDF5")
    with pytest.raises(CacheError, match=r"notes\.h5"):
        find_stores(tmp_path)


def test_leftovers_and_other_files_are_ignored(tmp_path):
    fill(tmp_path)
    (tmp_path / "README.md").write_text("the cache")
    (tmp_path / "set" / "net.new").write_text("half")
    (tmp_path / "empty").mkdir()
    name, stores = find_stores(tmp_path)
    assert name == "set" and list(stores) == ["net-64@0.5"] and isinstance(stores["net-64@0.5"], Store)


def test_an_image_that_was_another_file_for_another_variant_is_an_error(tmp_path):
    (
        fill(tmp_path),
        fill(tmp_path, protocol=LARGE, entries=(*ENTRIES[:3], replace(ENTRIES[3], sha256="x"), *ENTRIES[4:])),
    )
    with pytest.raises(CacheError, match=r"3\.png was another file for net-96@0\.5 than for net-64@0\.5"):
        collect(tmp_path)
    assert len(collect(tmp_path, variants=["net-96@0.5"]).images) == 8
    labels = {entry.image: (entry.label, "") for entry in ENTRIES if entry.image != "3.png"}
    assert len(collect(tmp_path, labels=labels).images) == 7


def test_descriptors_stay_while_an_extraction_puts_a_new_file_in_place_and_it_is_noticed(tmp_path):
    fill(tmp_path)
    stores = find_stores(tmp_path)[1]
    gathered = gather(stores)
    require_same(stores)
    expected = np.array(described(gathered, "net-64@0.5"))
    fill(tmp_path, entries=(Entry("-1.png", "normal", "", "-1"), *ENTRIES), done=0)
    assert_array_equal(described(gathered, "net-64@0.5"), expected)
    with pytest.raises(CacheError, match="changed by another run"):
        require_same(stores)
    with pytest.raises(CacheError, match="changed by another run"):
        gather(stores)
    require_same(find_stores(tmp_path)[1])


def test_rows_of_several_versions_are_told(tmp_path, monkeypatch):
    fill(tmp_path, done=4)
    assert collect(tmp_path).notices(patients=False)[0].kind != "library-versions"
    monkeypatch.setattr("featurize.store.store._written_by", lambda: np.array('{"numpy": "0.1"}', "S512"))
    store = open_store(store_path(tmp_path, "set", SMALL), SMALL, {"dim": 3}, ENTRIES)
    store.write_rows({"7.png": row("7.png", SMALL)})
    gathered = collect(tmp_path)
    assert gathered.versions == {"numpy": ("0.1", np.__version__)}
    [notice, *_] = gathered.notices(patients=True)
    assert f"several versions of numpy: 0.1 and {np.__version__}" in notice


def test_whole_images_are_no_variants_and_found_by_their_network(tmp_path):
    whole = whole_image("net", 224, "digest", "float32")
    others = [replace(whole, encoder="other"), replace(whole, weights="of other weights")]
    for protocol in (SMALL, whole, *others):
        path = store_path(tmp_path, "set", protocol)
        path.parent.mkdir(parents=True, exist_ok=True)
        assert open_store(path, protocol, {"dim": 3}, ENTRIES).protocol == protocol
    stores = find_stores(tmp_path)[1]
    assert list(stores) == ["net-64@0.5"]
    assert [store.protocol for store in whole_stores(tmp_path / "set", stores.values()).values()] == [whole]
    with pytest.raises(CacheError, match="no variant"):
        find_stores(tmp_path, variants=["net-whole224"])
    assert store_files(tmp_path / "set") == [stores["net-64@0.5"].path, *sorted((tmp_path / "set" / "whole").iterdir())]


@pytest.mark.parametrize("encoder", ["timm:vit_tiny.in1k", "timm:a/b", "a\\b", "timm:x*?<>|", "timm:x\n"])
def test_odd_names_of_networks_become_file_names_and_stay_apart(encoder, tmp_path):
    protocol, other = (replace(SMALL, encoder=name) for name in (encoder, encoder.replace(":", "_")))
    path = store_path(tmp_path, "set", protocol)
    assert path.parent == tmp_path / "set" and is_file_name(path.name)
    assert path != store_path(tmp_path, "set", other) or encoder == other.encoder
    fill(tmp_path, protocol=protocol)
    (variant,) = find_stores(
        tmp_path, "set", [f"{encoder}-64*"] if encoder.isprintable() and "*" not in encoder else ()
    )[1]
    assert variant == protocol.variant


def test_names_of_older_cache_files_stay():
    assert store_path(Path("cache"), "set", SMALL).name == f"net-64@0.5-{SMALL.key}.h5"
