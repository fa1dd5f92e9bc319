"""Rows about the cache: how fast rows of the paper's shape reach the disk and are checked, against plain writes."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.row import Row
from featurize.protocol import Protocol
from featurize.store import store as cache
from featurize.store.file_format import Entry
from featurize.store.open_store import open_store
from featurize.store.store import Store

VIEWS, DIM, CROPS, IMAGES, FILES = 50, 2048, 20, 400, 6
MEGABYTES = VIEWS * DIM * 4 / 1e6  # of an image's descriptors
ROUNDS = 3


def store_rate() -> Iterator[Row]:
    """Rows of 50 x 2048, safely on the disk, one by one and in groups; one file and six; then all are checked.

    The reference writes the same bytes to one plain file, and waits for the disk after as many of them.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rows = [_row(seed) for seed in range(8)]
        stores = [_store(folder / f"{number}.h5", crop) for number, crop in enumerate(range(400, 400 + FILES))]
        for group, files in ((1, 1), (64, 1), (1, FILES), (8, FILES)):
            plain, here = [], []
            for _ in range(ROUNDS):
                plain.append(_plain(folder / "plain", rows, group))
                here.append(_written(stores[:files], rows, group))
            name = f"write {IMAGES} images to {files} files, {group} at a time"
            note = f"{max(here) / MEGABYTES / files:.0f} images/s"
            yield Row(name, max(here), max(plain), "MB/s", None, True, note)
        started = perf_counter()
        for one_of in stores:
            one_of.require_rows([entry.image for entry in one_of.entries], one_of.arrays())
        checked = FILES * IMAGES * MEGABYTES / (perf_counter() - started)
        yield Row(f"check {FILES} x {IMAGES} rows", checked, max(here), "MB/s", None, True, note="against writing them")


def _row(seed: int) -> cache.Row:
    rng = np.random.default_rng(seed)
    boxes, status = np.zeros((VIEWS, CROPS, 3), np.int32), np.array("ok", "S16")
    descriptors = rng.normal(size=(VIEWS, DIM)).astype(np.float32)
    return cache.Row(descriptors, np.ones((VIEWS, 2)), boxes, status, np.ones((3, 2)), np.ones(2))


def _store(path: Path, crop: int) -> Store:
    entries = [Entry(f"{number:03d}.tif", "benign", "", f"{number:064d}") for number in range(IMAGES)]
    return open_store(path, Protocol("resnet50", "digest", crop, crops=CROPS, views=VIEWS), {"dim": DIM}, entries)


def _written(stores: list[Store], rows: list[cache.Row], group: int) -> float:
    """Megabytes a second of writing every image to every store, so many at a time."""
    names = list(stores[0].rows)
    started = perf_counter()
    for start in range(0, IMAGES, group):
        block = {name: rows[number % len(rows)] for number, name in enumerate(names[start : start + group])}
        for one_of in stores:
            one_of.write_rows(block)
    return len(stores) * IMAGES * MEGABYTES / (perf_counter() - started)


def _plain(path: Path, rows: list[cache.Row], group: int) -> float:
    contents = [row.descriptors.tobytes() for row in rows]
    mode = "r+b" if path.exists() else "wb"
    started = perf_counter()
    with path.open(mode, buffering=0) as file:
        for start in range(0, IMAGES, group):
            for number in range(start, min(start + group, IMAGES)):
                file.write(contents[number % len(contents)])
            os.fsync(file.fileno())
    return IMAGES * MEGABYTES / (perf_counter() - started)
