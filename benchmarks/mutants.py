"""Change the sources at random, one place at a time, and count the changes that their own tests notice.

`python benchmarks/mutants.py [--count 100] [--seed 1] [--rooms boost,report] [--jobs 1]`. A place is a comparison, an
arithmetic sign or a constant, and all places are equally likely; annotations, texts and what is raised are left alone.
A mutant meets the test file that mirrors its source file, or the test files of the mirroring folder where there is
none. It is caught when a test fails or takes too long. Prints who was caught, by kind and by room, and who survived.
"""

import argparse
import ast
import multiprocessing
import os
import re
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("imaging", "cohort", "featurize", "boost", "report", "workflow", "commands", "pipeline.py")
COMPARISONS = {
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
}
SIGNS = {
    ast.Add: ("+", ("-",)),
    ast.Sub: ("-", ("+",)),
    ast.Mult: ("*", ("/",)),
    ast.Div: ("/", ("*",)),
    ast.FloorDiv: ("//", ("*",)),
    ast.Pow: ("**", ("*",)),
}
PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = ["torch", "torchvision", "lightgbm", "pandas", "scipy.stats", "skimage.transform",
             "sklearn.metrics", "matplotlib.pyplot", "hypothesis", "typer.testing"]  # fmt: skip
NOT_COPIED = (".*", "__pycache__", "*.egg-info", "*.h5", "results", "models")


@dataclass(frozen=True)
class Place:
    """A stretch of a source file, in bytes, and what may stand there instead."""

    file: Path  # relative to the checkout
    kind: str
    line: int
    start: int
    end: int
    old: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Mutant:
    """A place with what stands there instead."""

    place: Place
    new: str

    def applied_to(self, source: bytes) -> bytes:
        """The source with this change."""
        return source[: self.place.start] + self.new.encode() + source[self.place.end :]

    def __str__(self) -> str:
        return f"{self.place.file}:{self.place.line}: {self.place.kind} {self.place.old} -> {self.new}"


def main() -> None:
    """Draw, test and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rooms", default=",".join(ROOMS), help="folders and files, those that exist are taken")
    parser.add_argument("--jobs", type=int, default=1, help="mutants that are tested at the same time")
    parser.add_argument("--limit", type=float, default=600, help="seconds that the tests of a mutant may take")
    options = parser.parse_args()
    mutants = draw_mutants(ROOT, options.rooms.split(","), options.count, options.seed)
    outcomes = try_all(ROOT, mutants, options.jobs, options.limit)
    print(f"\n{summary(outcomes)}")


def draw_mutants(root: Path, rooms: list[str], count: int, seed: int) -> list[Mutant]:
    """So many mutants of different places, in the order drawn; fewer where there are not so many places."""
    places = [place for file in sources(root, rooms) for place in SourceFile(root, file).places()]
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(places), min(count, len(places)), replace=False)
    mutants = []
    for place in (places[index] for index in chosen):
        choice = place.choices[rng.integers(len(place.choices))]
        mutants.append(Mutant(place, choice))
    return mutants


def sources(root: Path, rooms: list[str]) -> list[Path]:
    """The source files of the rooms that exist, relative to the checkout."""
    files = []
    for room in rooms:
        path = root / room
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path] * path.is_file()
    return [file.relative_to(root) for file in files]


class SourceFile:
    """The bytes of a source file, and where the nodes of its syntax tree stand in them."""

    def __init__(self, root: Path, file: Path) -> None:
        self.file = file  # relative to the checkout
        self.source = (root / file).read_bytes()
        lengths = [len(line) for line in self.source.splitlines(keepends=True)]
        self.line_starts = np.cumsum([0, *lengths]).tolist()

    def places(self) -> list[Place]:
        """All places where a mutant can be made, in their order."""
        places: list[Place] = []
        for node in mutable_nodes(ast.parse(self.source)):
            places += self.places_at(node)
        return sorted(places, key=lambda place: place.start)

    def places_at(self, node: ast.AST) -> list[Place]:
        """Those of one node; only a chain of comparisons has several."""
        if isinstance(node, ast.Compare):
            lefts = [node.left, *node.comparators]
            pairs = zip(lefts, node.ops, node.comparators, strict=False)
            return [self.between(left, right, "comparison", *COMPARISONS[type(sign)]) for left, sign, right in pairs]
        if isinstance(node, ast.BinOp) and type(node.op) in SIGNS:
            return [self.between(node.left, node.right, "sign", *SIGNS[type(node.op)])]
        if isinstance(node, ast.AugAssign) and type(node.op) in SIGNS:
            return [self.between(node.target, node.value, "sign", *SIGNS[type(node.op)])]
        if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
            changed = not node.value if isinstance(node.value, bool) else node.value + 1
            return [self.place("constant", self.start_of(node), self.end_of(node), (repr(changed),))]
        return []

    def between(self, left: ast.expr, right: ast.expr, kind: str, sign: str, choices: tuple[str, ...]) -> Place:
        """The place of the sign between two operands."""
        start = self.end_of(left)
        gap = self.source[start : self.start_of(right)]  # brackets, blanks, comments and the sign
        code = re.sub(rb"#[^\n]*", lambda comment: b" " * len(comment[0]), gap)
        pattern = re.escape(sign).replace(r"\ ", r"\s+")  # any blanks in "not in"
        match = re.search(pattern.encode(), code)
        return self.place(kind, start + match.start(), start + match.end(), choices)

    def place(self, kind: str, start: int, end: int, choices: tuple[str, ...]) -> Place:
        """A place between two offsets."""
        line = self.source.count(b"\n", 0, start) + 1
        return Place(self.file, kind, line, start, end, self.source[start:end].decode(), choices)

    def start_of(self, node: ast.expr) -> int:
        """Offset of a node's first byte; ast counts columns in bytes, too."""
        return self.line_starts[node.lineno - 1] + node.col_offset

    def end_of(self, node: ast.expr) -> int:
        """Offset past a node's last byte."""
        return self.line_starts[node.end_lineno - 1] + node.end_col_offset


def mutable_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """A syntax tree without annotations, formatted texts, what is raised, and what only type checkers see."""
    if isinstance(node, ast.JoinedStr | ast.Raise):
        return
    if isinstance(node, ast.FunctionDef) and node.name in ("__repr__", "__str__"):
        return
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        return
    yield node
    for field, value in ast.iter_fields(node):
        if field not in ("annotation", "returns"):
            children = value if isinstance(value, list) else [value]
            for child in children:
                if isinstance(child, ast.AST):
                    yield from mutable_nodes(child)


def tests_of(root: Path, file: Path) -> list[str]:
    """The test file that mirrors a source file, or all those in the nearest folder that mirrors one of its folders."""
    own = root / "tests" / file.with_name(f"test_{file.name}")
    if own.exists():
        return [str(own.relative_to(root))]
    for folder in file.parents:
        beside = sorted((root / "tests" / folder).glob("test_*.py"))
        if beside:
            return [str(test.relative_to(root)) for test in beside]
    raise SystemExit(f"{file} has no tests")


def try_all(root: Path, mutants: list[Mutant], jobs: int, limit: float) -> dict[Mutant, str]:
    """Each mutant's outcome: "caught", "time-out" or "survived". A job has a copy of the checkout for itself."""
    PROCESSES.set_forkserver_preload(PRELOADED)  # of a server that runs already it changes nothing
    with TemporaryDirectory() as scratch:
        copies = [Path(scratch) / f"job{job}" / "checkout" for job in range(jobs)]
        for copy in copies:
            shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
            (copy.parent / "shared").symlink_to((root.parent / "shared").resolve())  # where tests look for real data

        def try_share(job: int) -> dict[Mutant, str]:
            return {mutant: try_one(copies[job], mutant, limit) for mutant in mutants[job::jobs]}

        with ThreadPoolExecutor(jobs) as pool:
            shares = list(pool.map(try_share, range(jobs)))
    return {mutant: outcome for share in shares for mutant, outcome in share.items()}


def try_one(copy: Path, mutant: Mutant, limit: float) -> str:
    """The outcome of one mutant; a test that fails without it, too, is left out. Its file is as before afterwards."""
    path = copy / mutant.place.file
    source = path.read_bytes()
    tests = tests_of(copy, mutant.place.file)
    left_out: list[str] = []
    while True:
        path.write_bytes(mutant.applied_to(source))
        try:
            outcome, failed = run_tests(copy, [*tests, *left_out], limit)
        finally:
            path.write_bytes(source)
        if failed is None or run_tests(copy, [failed], limit)[1] is None:
            print(f"{outcome:8} {mutant}", f"by {failed}" * bool(failed), flush=True)
            return outcome
        print(f"left out, as it fails without a mutant: {failed}", flush=True)
        left_out.append(f"--deselect={failed}")


def run_tests(copy: Path, arguments: list[str], limit: float) -> tuple[str, str | None]:
    """The outcome of some tests, and the name of the test that failed first."""
    log = copy.parent / "log.txt"
    log.touch()
    process = PROCESSES.Process(target=run_pytest, args=(copy, log, arguments))
    process.start()
    process.join(limit)
    outcome = {None: "time-out", 0: "survived"}.get(process.exitcode, "caught")
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # itself or what it has left behind
    process.kill()
    process.join()
    failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", log.read_text(), re.MULTILINE)
    return outcome, failed[1] if failed and outcome == "caught" else None


def run_pytest(copy: Path, log: Path, arguments: list[str]) -> None:
    """Run tests in this process, which is the fork of one that has imported the large packages but nothing of ours."""
    os.setsid()
    os.chdir(copy)
    sys.path = [str(copy), *(path for path in sys.path if Path(path) not in (ROOT, ROOT / "benchmarks"))]
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # no compiled mutant stays behind
    sys.dont_write_bytecode = True
    with log.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    import pytest

    code = pytest.main(["-x", "-q", "-rfE", "-p", "no:cacheprovider", *arguments])
    sys.stdout.flush()
    os._exit(code)  # does not wait for idle workers


def summary(outcomes: dict[Mutant, str]) -> str:
    """A table of those caught, by kind and by room, and the list of survivors."""
    drawn: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for mutant, outcome in outcomes.items():
        for row in ("all", mutant.place.kind, mutant.place.file.parts[0]):
            drawn[row] += 1
            caught[row] += outcome != "survived"
    kinds = ["all", "comparison", "sign", "constant"]
    rows = kinds + sorted(set(drawn) - set(kinds))
    lines = ["| mutants | caught | of |", "|---|--:|--:|"]
    lines += [f"| {row} | {caught[row]} | {drawn[row]} |" for row in rows]
    time_outs = list(outcomes.values()).count("time-out")
    survivors = sorted(f"    {mutant}" for mutant, outcome in outcomes.items() if outcome == "survived")
    return "\n".join([*lines, "", f"{time_outs} of those caught took too long. Survivors:", "", *survivors])


if __name__ == "__main__":
    main()
