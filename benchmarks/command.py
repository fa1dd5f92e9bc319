"""What the scripts of rows have in common: `SCRIPT [--json FILE] [--only ROWS]`."""

import argparse
import json
from pathlib import Path

from benchmarks.row import Row, Rows, processor, table


def measure(about: str | None, rows: list[Rows]) -> None:
    """Measure, print and, where it is asked for, write."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write {row: {value, reference, ratio, target}}")
    parser.add_argument("--only", choices=[way.__name__ for way in rows], action="append", help="measure these only")
    options = parser.parse_args()
    measured = [row for way in rows if way.__name__ in (options.only or [way.__name__]) for row in way()]
    print(f"{processor()}\n\n{table(measured)}")
    if options.json:
        write(options.json, measured)


def write(path: Path, rows: list[Row]) -> None:
    """The rows as JSON; ratios are turned so that higher is better."""
    facts = {
        row.name: {"value": row.value, "reference": row.reference, "ratio": row.ratio, "target": row.target}
        for row in rows
    }
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(json.dumps(facts, indent=2) + "\n")
    unfinished.replace(path)
