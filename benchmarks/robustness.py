"""Robustness of two networks on real breast tissue, side by side: `python -m benchmarks.robustness`.

SqueezeNet and VGG-16 (dense, at a quarter of the scale, where it takes minutes) with their real weights describe the 58
fields of ucsb, cv trains, and the draft of `robustness` alters 30 of them. Everything is kept in
results/benchmarks/robustness, so that what was cut off goes on; a run that is there already is only read. Needs the
folder of real data and weights beside the checkout; some five minutes a network on two cores with nothing else to do.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from commands.audit.robustness import robustness
from imaging.alter.alterations import ALTERATIONS
from pipeline import cv, extract

ROOT = Path(__file__).resolve().parents[1]
SHARED, KEPT = ROOT.parent / "shared", ROOT / "results" / "benchmarks" / "robustness"
NETWORKS: dict[str, dict[str, Any]] = {
    "squeezenet1_1": {"crops": "400", "scale": 1.0, "views": 4, "crops_per_view": 5},
    "vgg16": {"crops": "100", "scale": 0.25, "views": 1, "crops_per_view": 6, "mode": "dense"},
}
HEADS = {"squeezenet1_1": "blend", "vgg16": "logistic"}


def curves(network: str) -> pd.DataFrame:
    """The table of a network's robustness, made where it is not there."""
    results, cache = KEPT / "results", KEPT / "cache"
    table = results / network / "robustness.csv"
    if not table.exists():
        weights = str(SHARED / "weights")
        data = SHARED / "data" / "ucsb"
        extract(data=data, encoders=network, weights=weights, name=network, cache=cache, out=results,
                **NETWORKS[network])  # fmt: skip
        cv(name=network, heads=HEADS[network], folds=5, cache=cache, out=results)
        robustness(name=str(results / network), weights=weights, results=results)
    return pd.read_csv(table)


def rows() -> Iterator[str]:
    """A line for each setting: accuracy with its interval, and flips, of each network."""
    tables = {network: curves(network).set_index(["alteration", "value"]) for network in NETWORKS}
    yield "| altered by | " + " | ".join(f"{network}, accuracy | flips" for network in tables) + " |"
    yield "|---|" + "--:|--:|" * len(tables)
    for key, value in next(iter(tables.values())).index:
        title = f"{ALTERATIONS[key].title} {value:g}" if key in ALTERATIONS else key
        cells = [cell for table in tables.values() for cell in cells_of(table.loc[(key, value)])]
        yield f"| {title} | {' | '.join(cells)} |"


def cells_of(row: pd.Series) -> tuple[str, str]:
    """Accuracy with its interval, and flips, in per cent."""
    low, high = 100 * row["accuracy_low"], 100 * row["accuracy_high"]
    flips = "" if pd.isna(row["flips"]) else f"{100 * row['flips']:.0f}"
    return f"{100 * row['accuracy']:.0f} [{low:.0f}, {high:.0f}]", flips


if __name__ == "__main__":
    for line in list(rows()):
        print(line)
