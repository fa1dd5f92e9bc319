"""How fast featurize is, beside references in the same run: `python benchmarks/featurize.py [--json FILE]`."""

import argparse
import json
import sys
from pathlib import Path

# when this file is run as a script its own folder comes first, and `import featurize` would find this file
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.encoding import cpu_rates, dense_speed, gpu_rates
from benchmarks.preprocessing import jittering, normalising, whole_line
from benchmarks.row import Row, Rows, processor, table
from benchmarks.scaling import long_runs

ROWS: list[Rows] = [whole_line, normalising, jittering, cpu_rates, gpu_rates, dense_speed, long_runs]


def main() -> None:
    """Measure, print and, where it is asked for, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write {row: {value, reference, ratio, target}}")
    parser.add_argument("--only", choices=[rows.__name__ for rows in ROWS], action="append", help="measure these only")
    options = parser.parse_args()
    measured = [row for rows in ROWS if rows.__name__ in (options.only or [rows.__name__]) for row in rows()]
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


if __name__ == "__main__":
    main()
