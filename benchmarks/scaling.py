"""Rows about long runs: memory does not grow with the number of images, and time grows in proportion."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import psutil

from benchmarks.row import Row
from cohort.phantom_cohort import write_phantoms
from cohort.read_dataset import read_dataset
from featurize.extract import extract
from featurize.plan import plan_extraction
from imaging.phantom import phantoms

ROOT = Path(__file__).resolve().parents[1]
FEW, MANY, REMEMBERED = 10, 200, 40


def long_runs() -> Iterator[Row]:
    """A process of its own describes 400 phantoms; its memory after 40 and 400, its time for 10 and for 200 more."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scaling"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    early, late, few, many = map(float, done.stdout.split())
    yield Row(f"memory after 400 images, against {REMEMBERED}", late, early, "MiB", 0.9, note="one worker in process")
    yield Row(f"seconds an image, {MANY} against {FEW}", many, few, "s", 0.95, note="synthetic fields, squeezenet1_1")


def main() -> None:
    """Print memory in MiB after 40 and 400 images, and seconds an image of runs of 10 and of 200."""
    with tempfile.TemporaryDirectory() as folder:
        manifest = write_phantoms(Path(folder) / "fields", phantoms(per_class=100, patients=10, height=192, width=256))
        samples = read_dataset(manifest).samples
        run, memory = describe(Path(folder), manifest), []
        next(run)
        spans = {FEW: [], MANY: []}
        done = 1
        while done < len(samples):
            for count in (FEW, FEW, FEW, MANY):
                count = min(count, len(samples) - done)
                started = perf_counter()
                for _ in range(count):
                    next(run)
                    done += 1
                    if done in (REMEMBERED, len(samples)):
                        memory.append(psutil.Process().memory_info().rss / 2**20)
                if count in spans:
                    spans[count].append((perf_counter() - started) / count)
    few, many = (sorted(times)[len(times) // 2] for times in spans.values())
    print(*memory, few, many)


def describe(folder: Path, manifest: Path) -> Iterator:
    """Extraction in this process, image by image."""
    variants = [("squeezenet1_1", 96, 1.0), ("squeezenet1_1", 128, 1.0)]
    prepared = plan_extraction(read_dataset(manifest), variants, "random", "cpu", views=3, crops=4)
    yield from extract(prepared.dataset.samples, prepared.open_stores(folder / "cache"), prepared.pool, jobs=1)


if __name__ == "__main__":
    main()
