"""Measuring how tiles were made: `python benchmarks/audit_speed.py [--json FILE]`; a minute or two.

Needs the folder of real data beside the checkout.
"""

import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

# when this file is run as a script its own folder comes first
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.command import measure
from benchmarks.row import Row, Rows, seconds
from cohort.audit.kept_measures import KeptMeasures
from cohort.audit.measure_image import ImageMeasures
from cohort.audit.measured import Measured, measured_from
from cohort.audit.measuring import measure_images
from cohort.checks.file_checks import inspect_all
from cohort.read_dataset import read_dataset
from cohort.samples import Sample

TILES = Path(__file__).resolve().parents[2] / "shared" / "data" / "crc5" / "training"  # 300 of 224 x 224, JPEG
REPEATS = 4  # of the tiles, read anew each time
MANY = 100_000


def seconds_a_thousand() -> Iterator[Row]:
    """Beside looking at the same files once, as extract does before any work."""
    if not TILES.is_dir():
        return
    samples = repeated(read_dataset(TILES).samples, REPEATS)
    thousands = len(samples) / 1000
    inspect_all(samples[:100])  # whoever comes first pays for imports
    looked = seconds(lambda: inspect_all(samples)) / thousands
    with TemporaryDirectory() as folder:
        kept = Path(folder) / "audit.measures"
        dict(measure_images(samples[:20]))
        start, start_of_work = perf_counter(), process_time()
        dict(measure_images(samples))  # not kept, for then the repeated tiles would be known
        measured = (perf_counter() - start) / thousands
        worked = (process_time() - start_of_work) / thousands
        dict(measure_images(samples, kept=kept))
        again = seconds(lambda: dict(measure_images(samples, kept=kept))) / thousands
    yield Row("1,000 tiles of 224 px measured", measured, looked, "s", None, note="beside decoding and hashing alone")
    yield Row("the same in seconds of one core", worked, looked, "s", None, note="beside the same")
    yield Row("1,000 tiles that are known", again, measured, "s", None, note="beside measuring them")


def memory_of_many() -> Iterator[Row]:
    """What the measures of MANY tiles take in memory and on the disk, beside one array of n x n bytes."""
    if not TILES.is_dir():
        return
    samples = repeated(read_dataset(TILES).samples[:20], MANY // 20)
    rows = [row for _, row in measure_images(samples[:20]) if isinstance(row, ImageMeasures)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "audit.measures"
        kept = KeptMeasures(path)
        for number in range(MANY):
            kept.add(f"{number:064x}", rows[number % len(rows)])
        del kept
        tracemalloc.start()
        table_of(path, samples)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        on_disk = path.stat().st_size / 2**20
    yield Row("memory for the measures of 100,000", peak, MANY**2 / 2**20, "MiB", 20, note="beside n x n bytes")
    yield Row("the file that keeps them", on_disk, MANY**2 / 2**20, "MiB", 20, note="beside the same")


def table_of(path: Path, samples: list[Sample]) -> Measured:
    """The table of images whose measures are kept."""
    kept = KeptMeasures(path)
    measures = {}
    for number, sample in enumerate(samples):
        row = kept.get(f"{number:064x}")
        if row is not None:
            measures[sample.name] = row
    return measured_from(samples, measures)


def repeated(samples: tuple[Sample, ...], times: int) -> list[Sample]:
    """The same files under other names."""
    return [
        replace(sample, name=f"{number}/{sample.name}", sha256=f"{number}")
        for number in range(times)
        for sample in samples
    ]


ROWS: list[Rows] = [seconds_a_thousand, memory_of_many]


if __name__ == "__main__":
    measure(__doc__, ROWS)
