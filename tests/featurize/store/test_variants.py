"""Which variants are taken: those of the latest extraction and no others, and what is left aside by names that work."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from cohort.origin import Origin
from featurize.protocol import RAKHLIN, Protocol, whole_image
from featurize.store.file_format import CacheError, Entry
from featurize.store.gather import find_stores, gather, store_path
from featurize.store.image_index import read_extractions, remember
from featurize.store.open_store import open_store
from featurize.store.row import Row
from featurize.store.variants import (
    Others,
    asked_of_extract,
    full_name,
    mark_finished,
    of_latest,
    other_variants,
    protocol_words,
    stores_of,
    unique,
    variant_files,
    wanted,
)

SMALL = Protocol("net", "digest", crop=64, scale=0.5, crops=1, views=2)
ENTRIES = tuple(Entry(f"{n}.png", "ab"[n % 2], f"p{n // 2}", str(n)) for n in range(4))
ORIGIN = Origin("/data", {}, "listing")
CHANGES = {
    "crops": {"crop": 96},
    "scale": {"scale": 1.0},
    "encoder": {"encoder": "other"},
    "weights": {"weights": "others"},
    "views": {"views": 3},
    "crops a view": {"crops": 2},
    "seed": {"seed": 1},
    "stain": {"stain": "none"},
    "pooling": {"pooling": "mean"},
    "mode": {"mode": "dense"},
    "style": {"style": RAKHLIN},
    "precision": {"precision": "bfloat16"},
    "tokens": {"tokens": "cls"},
}


def row(protocol):
    rng = np.random.default_rng(protocol.crop)
    boxes, status = np.zeros((protocol.views, protocol.crops, 3), np.int32), np.array("ok", "S16")
    descriptors = rng.normal(size=(protocol.views, 3)).astype(np.float32)
    return Row(descriptors, np.ones((protocol.views, 2)), boxes, status, np.ones((3, 2)), np.ones(2))


def extract(cache, *protocols, entries=ENTRIES, done=4, is_finished=True, origin=ORIGIN):
    """What the command leaves, without the work."""
    whole = whole_image("net", 224, "digest", "float32")
    stores = []
    for protocol in (*protocols, whole):
        path = store_path(cache, "set", protocol)
        path.parent.mkdir(parents=True, exist_ok=True)
        stores.append(open_store(path, protocol, {"dim": 3}, entries))
    origins = {store.path.stem: origin for store in stores}
    remember(cache / "set", {}, origins, variant_files(stores))
    for store in stores[:-1]:
        for entry in entries[:done]:
            store.write_rows({entry.image: row(store.protocol)})
    if is_finished:
        mark_finished(cache / "set", stores)


def taken(cache, variants=()):
    """The protocols that are taken, and what is left aside."""
    _, stores = find_stores(cache, "set", variants)
    return [store.protocol for store in stores.values()], other_variants(cache / "set", stores)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_latest_is_taken_and_every_group_of_the_others_by_its_names(change, tmp_path):
    other = replace(SMALL, **change)
    extract(tmp_path, SMALL)
    assert taken(tmp_path) == ([SMALL], Others())
    for latest, before in ((other, SMALL), (SMALL, other), (other, SMALL)):
        extract(tmp_path, latest)
        protocols, others = taken(tmp_path)
        assert protocols == [latest] and len(others.groups) == 1 and others.is_finished
        assert taken(tmp_path, others.groups[0])[0] == [before]
        if others.together:
            both, _ = taken(tmp_path, others.together)
            assert set(map(str, both)) == {str(latest), str(before)}
            gather(find_stores(tmp_path, "set", others.together)[1])
        [words] = others.settings.values()
        is_told = words == "" or all(name.split()[0] in words or name == "precision" for name in change)
        assert is_told and (words != "" or set(change) <= {"crop", "scale", "encoder"})
        assert bool(others.together) == (set(change) <= {"crop", "scale", "encoder"})


def test_every_group_is_one_that_can_be_taken_at_once(tmp_path):
    made = [SMALL, *(replace(SMALL, **change) for change in CHANGES.values())]
    for pair in list(combinations(made, 2))[::5]:
        if len({protocol.variant for protocol in pair}) == 2 and len({protocol.mode for protocol in pair}) == 1:
            extract(tmp_path, *pair)
    protocols, others = taken(tmp_path)
    assert protocols and len(others.groups) > 3 and others.together == ()
    for group in others.groups:
        gather(find_stores(tmp_path, "set", group)[1])
    assert read_extractions(tmp_path / "set")[-1].files == tuple(sorted(
        store_path(tmp_path, "set", protocol).stem for protocol in protocols))  # fmt: skip


def test_an_extraction_that_was_cut_off_is_not_taken_while_a_finished_one_is_there(tmp_path):
    other = replace(SMALL, seed=1)
    extract(tmp_path, SMALL, done=2, is_finished=False)
    assert taken(tmp_path)[0] == [SMALL]
    extract(tmp_path, SMALL)
    extract(tmp_path, other, done=1, is_finished=False)
    protocols, others = taken(tmp_path)
    assert protocols == [SMALL] and not others.is_finished and others.groups == ()
    assert others.lacking == others.names == (f"net-64@0.5#{other.key}",)
    extract(tmp_path, other)
    assert taken(tmp_path)[0] == [other]
    extract(tmp_path, other, entries=(*ENTRIES, Entry("new.png", "a", "", "n")), is_finished=False)
    assert taken(tmp_path)[0] == [other]  # it was finished before images were added


@pytest.mark.parametrize("before", [
    {"entries": ENTRIES[:3]}, {"done": 2}, {"origin": replace(ORIGIN, listing="of before")},
    {"entries": (replace(ENTRIES[0], label="b"), *ENTRIES[1:])},
    {"entries": (replace(ENTRIES[0], sha256="x"), *ENTRIES[1:])},
])  # fmt: skip
def test_what_cannot_be_taken_as_it_is_gets_no_command(before, tmp_path):
    extract(tmp_path, replace(SMALL, crop=96), **before)
    extract(tmp_path, SMALL)
    protocols, others = taken(tmp_path)
    assert protocols == [SMALL] and others.lacking == others.names == ("net-96@0.5",)


def test_files_that_are_gone_are_not_missed(tmp_path):
    extract(tmp_path, SMALL)
    extract(tmp_path, replace(SMALL, crop=96), replace(SMALL, crop=128))
    store_path(tmp_path, "set", replace(SMALL, crop=96)).unlink()
    assert taken(tmp_path)[0] == [replace(SMALL, crop=128)]
    store_path(tmp_path, "set", replace(SMALL, crop=128)).unlink()
    assert taken(tmp_path) == ([SMALL], Others())


def test_a_cache_that_names_no_extraction_is_as_before_and_its_groups_are_told_apart(tmp_path):
    dense, large = replace(SMALL, mode="dense"), replace(SMALL, crop=96)
    extract(tmp_path, SMALL, large)
    (tmp_path / "set" / "images.json").unlink()
    assert taken(tmp_path)[0] == [SMALL, large]
    extract(tmp_path, dense)
    (tmp_path / "set" / "images.json").unlink()
    said = r"never mixed; pick with --variants one of: 'net-64@0\.5-dense', 'net-64@0\.5,net-96@0\.5'"
    with pytest.raises(CacheError, match=said):
        find_stores(tmp_path)
    extract(tmp_path, dense, origin=ORIGIN)
    protocols, others = taken(tmp_path)
    assert protocols == [dense] and others.lacking == ("net-64@0.5", "net-96@0.5")  # of labels that are not known


def test_names_are_wanted_with_key_or_without_and_with_wildcards(tmp_path):
    extract(tmp_path, SMALL, replace(SMALL, crop=96))
    stores = stores_of(tmp_path / "set")
    assert of_latest(stores, ()) == stores and unique(stores).keys() == {"net-64@0.5", "net-96@0.5"}
    assert wanted(stores, ["*"]) == stores
    assert wanted(stores, ["*-96@*", full_name(stores[1])]) == [stores[1]]
    assert "2 views of 1 crops, seed 13" in protocol_words(stores[0])
    with pytest.raises(CacheError, match=r"no variant x, y in the cache; it holds: net-64@0\.5#"):
        wanted(stores, ["*-96@*", "x", "y"])


def test_what_was_asked_is_known_of_stores_that_one_extraction_described(tmp_path):
    extract(tmp_path, SMALL)
    small = list(find_stores(tmp_path, "set")[1].values())
    assert asked_of_extract(small) == {}, "an older version did not write it down"
    mark_finished(tmp_path / "set", small, {"crops": "64"})
    extract(tmp_path, other := replace(SMALL, crop=96))
    large = list(find_stores(tmp_path, "set")[1].values())
    mark_finished(tmp_path / "set", large, {"crops": "96"})
    assert large[0].protocol == other and asked_of_extract(large) == {"crops": "96"}
    assert asked_of_extract(small) == {"crops": "64"} and asked_of_extract([*small, *large]) == {}
