"""How fast featurize is, beside references in the same run: `python benchmarks/featurize.py [--json FILE]`."""

import sys
from pathlib import Path

# when this file is run as a script its own folder comes first, and `import featurize` would find this file
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.command import measure
from benchmarks.encoding import cpu_rates, dense_speed, gpu_rates
from benchmarks.preprocessing import jittering, normalising, whole_line
from benchmarks.row import Rows
from benchmarks.scaling import long_runs

ROWS: list[Rows] = [whole_line, normalising, jittering, cpu_rates, gpu_rates, dense_speed, long_runs]


if __name__ == "__main__":
    measure(__doc__, ROWS)
