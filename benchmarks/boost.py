"""How fast boosting is, beside the original loop in the same run: `python benchmarks/boost.py [--json FILE]`."""

import sys
from pathlib import Path

# when this file is run as a script its own folder comes first, and `import boost` would find this file
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.boosting import many_workers, real_tissue, resuming, synthetic
from benchmarks.command import measure
from benchmarks.row import Rows

ROWS: list[Rows] = [synthetic, real_tissue, many_workers, resuming]


if __name__ == "__main__":
    measure(__doc__, ROWS)
