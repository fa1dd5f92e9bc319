"""Laws of the states of images: the worst of all stores, blank only where the described file was."""

from dataclasses import replace

import numpy as np
import pytest

from featurize.protocol import Protocol
from featurize.store.file_format import Entry
from featurize.store.image_index import IndexedImage, write_image_index
from featurize.store.image_states import image_states
from featurize.store.open_store import open_store
from featurize.store.row import Row
from imaging.perceptual_hash import BLANK
from imaging.read import ImageInfo

PROTOCOL = Protocol("net", "digest", views=1, crops=1)
NAMES = ("a", "b", "c", "d")


def store_of(folder, statuses, scale):
    protocol = replace(PROTOCOL, scale=scale)
    store = open_store(folder / f"{scale}.h5", protocol, {"dim": 2}, [Entry(name, "x", "", name) for name in NAMES])
    rows = {}
    for name, status in statuses.items():
        boxes = np.zeros((1, 1, 3), np.int32)
        status_text = np.array(status, "S16")
        rows[name] = Row(np.ones((1, 2), np.float32), np.ones((1, 2)), boxes, status_text, np.ones((3, 2)), np.ones(2))
    store.write_rows(rows)
    return store


@pytest.mark.parametrize("turned", [False, True])
def test_the_worst_of_all_stores_and_scales_counts(tmp_path, turned):
    stores = [store_of(tmp_path, {"a": "ok", "b": "little tissue", "c": "degenerate"}, 0.5),
              store_of(tmp_path, {"a": "ok", "b": "degenerate", "c": "ok"}, 1.0)]  # fmt: skip
    states = image_states([*NAMES, "e"], stores[::-1] if turned else stores, tmp_path)
    assert states == ["ok", "little tissue", "degenerate", "", ""]


def test_blank_is_what_the_described_file_was(tmp_path):
    store = store_of(tmp_path, dict.fromkeys(NAMES, "little tissue"), 1.0)
    looks = {"a": ("a", BLANK), "b": ("another file by now", BLANK), "c": ("c", "1" * 16)}
    write_image_index(
        tmp_path, {name: IndexedImage("", ImageInfo(sha, 1, 1, look)) for name, (sha, look) in looks.items()}
    )
    assert image_states(NAMES, [store], tmp_path) == ["blank", *["little tissue"] * 3]
