"""What a benchmark measures, a row of its table, and fair timing of two ways side by side."""

import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from threadpoolctl import threadpool_limits


@dataclass(frozen=True)
class Row:
    """One line of the table: a value beside its reference from the same run."""

    name: str
    value: float
    reference: float
    unit: str
    target: float | None  # of the ratio; None where nothing is demanded
    higher: bool = False  # is a higher value better, as of a rate; else a lower one, as of a time
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times better than the reference, or what share of it."""
        return self.value / self.reference if self.higher else self.reference / self.value

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        return "-" if self.target is None else "met" if self.ratio >= self.target else "NOT MET"


Rows = Callable[[], Iterator[Row]]  # a function that measures; it yields nothing where its means are missing


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    lines = ["| what | reference | here | ratio | target | | note |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        target = "-" if row.target is None else f">= {row.target:g}"
        numbers = f"{row.reference:.4g} {row.unit} | {row.value:.4g} {row.unit} | {row.ratio:.3g}"
        lines.append(f"| {row.name} | {numbers} | {target} | {row.verdict} | {row.note} |")
    return "\n".join(lines)


def side_by_side(*ways: Callable[[], object], rounds: int) -> list[float]:
    """Median seconds of each way on one thread, all of them in every round, so that a slow moment slows them all.

    A way is called twice and the second call counts: none pays for the caches and memory that another left behind.
    """
    with threadpool_limits(1):
        times = [[seconds(way, warm=True) for way in ways] for _ in range(rounds)]
    return [median(column) for column in zip(*times, strict=True)]


def seconds(way: Callable[[], object], warm: bool = False) -> float:
    """How long one call takes, or the second of two."""
    if warm:
        way()
    start = perf_counter()
    way()
    return perf_counter() - start


def processor() -> str:
    """The processor's name and how many cores this process may use."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{names[0] if names else platform.processor()}, {cores} cores"
