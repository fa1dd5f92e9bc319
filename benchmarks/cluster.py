"""What bounds a cluster: the one who writes, and what reaches him: `python benchmarks/cluster.py [--json FILE]`."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

# when this file is run as a script its own folder comes first
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from joblib import Parallel, delayed

from benchmarks.command import measure
from benchmarks.row import Row, Rows, seconds
from benchmarks.store import store_rate
from commands.cluster.dask import machines

IMAGES, SENT, WORKERS = 400, 60, 2
DIMS = (2048, 2048, 1408)  # ResNet-50, InceptionV3, VGG-16
ROWS_OF_ONE = [(50, dim) for dim in DIMS for _ in (400, 650)]  # (view, dim) of an image's six variants
FILE = 2048 * 1536 * 3  # bytes of one uncompressed image
NEEDED = 64 * 300e12 / (212e15 / 400)  # images/s: 64 GPUs of 300 TFLOP/s each, the paper's protocol


def arriving() -> Iterator[Row]:
    """Descriptors of an image's six variants from workers that do nothing else, against what 64 GPUs would make."""
    bytes_of_one = sum(views * dim * 4 for views, dim in ROWS_OF_ONE)
    yield _passing("descriptors from two workers", bytes_of_one, IMAGES, delayed(_rows))


def sending() -> Iterator[Row]:
    """Image files to workers that do not see them, against what 64 GPUs would use up."""
    yield _passing("image files to two workers", FILE, SENT, partial(delayed(len), bytes(FILE)))


def _passing(what: str, size: int, count: int, task: Callable[[], object]) -> Row:
    with machines("local", WORKERS):
        run = Parallel(WORKERS, return_as="generator_unordered")
        list(run(delayed(len)(b"") for _ in range(WORKERS)))  # they are awake
        spent = seconds(lambda: [None for _ in run(task() for _ in range(count))])
    note = f"{count / spent:.0f} images/s of {size / 1e6:.1f} MB"
    return Row(what, count * size / 1e6 / spent, NEEDED * size / 1e6, "MB/s", None, True, note)


def _rows() -> list[np.ndarray]:
    return [np.ones(shape, np.float32) for shape in ROWS_OF_ONE]


ROWS: list[Rows] = [store_rate, arriving, sending]


if __name__ == "__main__":
    measure(__doc__, ROWS)
