"""Looking for leaks among many tiles: `python benchmarks/leaks.py [--json FILE]`; a minute."""

import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

# when this file is run as a script its own folder comes first
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from benchmarks.command import measure
from benchmarks.row import Row, Rows, seconds
from imaging.perceptual_hash import NEAR
from report.measures.leakage import find_leaks
from report.measures.near_duplicates import near_pairs, pairs_within

TILES, PATIENTS, FOLDS = 100_000, 400, 10
ALIKE = 0.02  # of the tiles look like another
BLANK_TILES = 0.01  # have one and the same hash


def tiles(rng: np.random.Generator) -> np.ndarray:
    """Hashes as numbers, (n,) uint64: half of the bits set, some a few bits from another, some equal."""
    bits = np.argsort(rng.random((TILES, 64)), axis=1) < 32  # (n, 64)
    alike = rng.random(TILES) < ALIKE
    bits[alike] = bits[rng.integers(0, TILES, alike.sum())] ^ (rng.random((alike.sum(), 64)) < 0.06)
    bits[rng.random(TILES) < BLANK_TILES] = bits[0]
    return np.packbits(bits, axis=1).view(np.uint64).ravel()


def many_tiles() -> Iterator[Row]:
    """Seconds beside comparing each hash with each, and memory beside one array of n x n bytes."""
    rng = np.random.default_rng(0)
    numbers = tiles(rng)
    patient = rng.integers(0, PATIENTS, TILES)
    columns = {
        "images": [f"tile{number:06d}" for number in range(TILES)],
        "fold": patient % FOLDS + 1,
        "patients": patient.astype(str),
        "files": rng.integers(0, 50 * TILES, TILES).astype(str),
        "hashes": [f"{number:016x}" for number in numbers.tolist()],
        "limit": NEAR,
    }
    everywhere = np.arange(TILES)
    each_with_each = seconds(lambda: [None for _ in pairs_within(numbers, everywhere, NEAR)])
    in_blocks = seconds(lambda: [None for _ in near_pairs(numbers, NEAR)])
    all_of_it = seconds(lambda: find_leaks(**columns))
    yield Row("near pairs of 100,000 hashes", in_blocks, each_with_each, "s", None, note="beside each with each")
    yield Row("all leaks of 100,000 tiles", all_of_it, each_with_each, "s", None, note="beside the same")
    tracemalloc.start()
    find_leaks(**columns)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    yield Row("memory for it", peak, TILES**2 / 2**20, "MiB", 20, note="beside one array of n x n bytes")


ROWS: list[Rows] = [many_tiles]


if __name__ == "__main__":
    measure(__doc__, ROWS)
