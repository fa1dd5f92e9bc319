"""Kill extract and cv at random moments, run them again, and hold what they leave against an undisturbed run.

`python benchmarks/faults.py [--kills 100] [--json FILE]`. A round begins with an empty cache and repeats extract till
it ends, then cv till it ends; each life is cut by `kill -9` at a moment drawn from the length of an undisturbed run,
now and then only in the leading process, so that its workers are orphans. Rounds go on until there were enough kills.
A life is the fork of a server that has imported the large packages, so that kills meet the work and not the imports.
"""

import argparse
import multiprocessing
import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.command import write
from benchmarks.row import Row, processor, table
from cohort.phantom_cohort import write_phantoms
from featurize.store.store import Store
from imaging.phantom import phantoms

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = {
    "extract": ["--encoders", "squeezenet1_1", "--weights", "random", "--scale", "1", "--crops", "64,96",
                "--views", "8", "--crops-per-view", "3"],
    "cv": ["--folds", "3", "--seeds", "2"],
}  # fmt: skip
PREDICTIONS = ("predictions.csv", "fused.csv", "folds.csv", "table.csv")
PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = ["torch", "torchvision", "lightgbm", "pandas", "scipy.stats", "matplotlib.pyplot"]
PATIENCE = 20  # times the length of an undisturbed run that a life may take which nobody cuts


@dataclass
class Tally:
    """What happened to one command."""

    name: str
    kills: int = 0
    rounds: int = 0
    equal: int = 0

    def __str__(self) -> str:
        return f"{self.name}: {self.kills} kills, {self.equal} of {self.rounds} rounds equal"


def main() -> None:
    """Measure, print and, where it is asked for, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="stop after the round that reaches so many")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    tallies = harass(options.kills, np.random.default_rng(options.seed))
    rows = [
        Row(f"rounds of {name} equal to the bit, {tally.kills} kills", tally.equal, tally.rounds, "rounds", 1, True)
        for name, tally in tallies.items()
    ]
    print(f"{processor()}\n\n{table(rows)}")
    if options.json:
        write(options.json, rows)
    if any(tally.equal < tally.rounds for tally in tallies.values()):
        raise SystemExit(1)


def harass(kills: int, rng: np.random.Generator, jobs: int = 2, cuts: int = 60) -> dict[str, Tally]:
    """Rounds until there were so many kills in all; in a round, so many lives of a command may be cut."""
    PROCESSES.set_forkserver_preload(PRELOADED)
    tallies = {name: Tally(name) for name in OPTIONS}
    with TemporaryDirectory() as scratch:
        place = Path(scratch)
        write_phantoms(place / "fields", phantoms(per_class=3, patients=3, height=128, width=160))
        log = place / "log.txt"
        Life(["--help"], log).ended()  # the first life waits for the imports
        lengths = {name: length_of(command(place, place / "calm", name, jobs), log) for name in OPTIONS}
        while sum(tally.kills for tally in tallies.values()) < kills:
            shutil.rmtree(place / "round", ignore_errors=True)
            for name, tally in tallies.items():
                tally.kills += live_on(command(place, place / "round", name, jobs), log, lengths[name], cuts, rng)
                tally.rounds += 1
                tally.equal += left_by(place / "round", name) == left_by(place / "calm", name)
            print(", ".join(map(str, tallies.values())), flush=True)
    return tallies


def command(place: Path, folder: Path, name: str, jobs: int) -> list[str]:
    """The arguments of extract or cv."""
    where = ["--data", place / "fields"] if name == "extract" else ["--out", folder / "results"]
    more = [*where, "--cache", folder / "cache", "--jobs", jobs, *OPTIONS[name]]
    return [name, *map(str, more)]


class Life:
    """A process of its own that runs a command; what it prints goes to a file."""

    def __init__(self, line: list[str], log: Path) -> None:
        self.line, self.log = line, log
        self.process = PROCESSES.Process(target=live, args=(line, log))
        self.process.start()

    def ended(self, seconds: float | None = None) -> bool:
        """Whether it has ended by itself, waiting so long; raises SystemExit where it failed."""
        self.process.join(seconds)
        if self.process.exitcode:
            raise SystemExit(f"{' '.join(self.line)} failed\n{self.log.read_text()}")
        return self.process.exitcode is not None

    def kill(self, alone: bool) -> None:
        """End it, with its workers or alone."""
        if not alone:
            with suppress(ProcessLookupError):  # it may be too young to have a session
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()


def live(line: list[str], log: Path) -> None:
    """Run a command in this process."""
    os.setsid()  # its workers are killed with it
    with log.open("w") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    from pipeline import app

    code = app(line, standalone_mode=False)
    os._exit(code or 0)  # does not wait for idle workers


def length_of(line: list[str], log: Path) -> float:
    """Seconds of an undisturbed run."""
    started = time.perf_counter()
    Life(line, log).ended()
    return time.perf_counter() - started


def live_on(line: list[str], log: Path, length: float, cuts: int, rng: np.random.Generator) -> int:
    """Run a command again and again until a life ends by itself, the last one uncut; returns how many were cut."""
    orphans: list[int] = []  # process groups whose leader alone was killed; their workers are there meanwhile
    try:
        for lives in range(cuts):
            life = Life(line, log)
            if life.ended(rng.uniform(0.1, 1 + lives / 10) * length):  # in time long enough
                return lives
            alone = rng.random() < 0.25
            life.kill(alone)
            if alone:
                orphans.append(life.process.pid)
        last = Life(line, log)
        if not last.ended(PATIENCE * length):
            last.kill(alone=False)
            raise SystemExit(f"it never ends after {cuts} kills: {' '.join(line)}")
        return cuts
    finally:
        for group in orphans:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)


def left_by(folder: Path, name: str) -> dict[str, bytes]:
    """What a command left: the cache files, every row readable, or the predictions."""
    if name == "cv":
        return {file: (folder / "results" / "fields" / file).read_bytes() for file in PREDICTIONS}
    files = sorted((folder / "cache").rglob("*.h5"))
    for file in files:
        store = Store(file)
        for entry in store.entries:
            store.require_rows([entry.image], store.arrays())
    return {file.name: file.read_bytes() for file in files}


if __name__ == "__main__":
    main()
