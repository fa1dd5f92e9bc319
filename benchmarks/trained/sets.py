"""Is it worth to train a network end to end? Colorectal tiles and IDC patches, each beside frozen features.

    python -m benchmarks.trained.sets [--only crc5 idc] [--keep FOLDER]     # hours on two cores; goes on where it was

Every line is a run of the command `finetune`: accuracy with its interval by patient, log-loss, what frozen features of
the same network with the default head reach on the same folds, seconds of all epochs. crc5 is trained on its training/
and tested once on its test/, and then selected on that test: the difference is what selection pretends. idc is held out
by patient, and then by shuffled patches, which share patients: the difference is the leak. Fewer epochs or pixels than
the recipe has stand in the name of the run. Needs the folder of real data beside the checkout, and the package with
EfficientNet-Lite0's weights.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"


class Run(NamedTuple):
    """One call of finetune."""

    name: str
    options: tuple[str, ...]


CRC5 = ("--data", str(DATA / "crc5" / "training"), "--test", str(DATA / "crc5" / "test"))
IDC = ("--data", str(DATA / "idc" / "manifest.csv"), "--positive", "1", "--folds", "4")
SMALL = ("--recipe", "small")
FEWER = ("--epochs", "15")
OF_IDC = {
    "idc-cnn-15epochs": ("--recipe", "idc-cnn", *FEWER),
    "small-96px": (*SMALL, "--input", "96"),
    "idc-initial-15epochs": ("--recipe", "idc-initial", *FEWER),
    "idc-cnn-weighted-15epochs": ("--recipe", "idc-cnn-weighted", *FEWER),
    "idc-xception-3epochs": ("--recipe", "idc-xception", "--epochs", "3"),
}
SPLITS: dict[str, tuple[str, ...]] = {"by-patient": (), "shuffled": ("--groups", "none")}
RUNS = {
    "crc5": [
        Run("crc5-small", (*CRC5, *SMALL)),
        Run("crc5-small-from-scratch", (*CRC5, *SMALL, "--weights", "random")),
        Run("crc5-small-selected-on-test", (*CRC5, *SMALL, "--select-on", "test")),
    ],
    "idc": [
        Run(f"{name}-{split}", (*IDC, *options, *divided))
        for name, options in OF_IDC.items()
        for split, divided in SPLITS.items()
    ],
}


def main() -> None:
    """Run what is not there yet, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(RUNS), choices=list(RUNS))
    parser.add_argument("--runs", nargs="*", help="some of the runs, by name")
    parser.add_argument("--keep", type=Path, default=Path("trained-sets"), help="folder of caches and results")
    asked = parser.parse_args()
    print("| run | accuracy, % | log-loss | frozen: accuracy, % | trained minus frozen, points | seconds | epochs |")
    print("|---|---|---|---|---|---|---|")
    for data_set in asked.only:
        for run in RUNS[data_set]:
            if asked.runs is None or run.name in asked.runs:
                print(line_of(run, asked.keep), flush=True)


def line_of(run: Run, keep: Path) -> str:
    """A row of the table; the run is made unless its numbers lie there."""
    folder = keep / "results" / run.name
    if not (folder / "numbers.json").exists():
        train(run, keep)
    numbers = json.loads((folder / "numbers.json").read_text())
    accuracy, log_loss = numbers["accuracy"], numbers["log_loss"]
    frozen = (numbers["trained_networks"]["frozen_features"] or {}).get("accuracy")
    epochs = pd.read_csv(folder / "training.csv")
    cells = [
        run.name,
        percents(accuracy["value"], accuracy["low"], accuracy["high"]),
        f"{log_loss['value']:.3f} [{log_loss['low']:.3f}, {log_loss['high']:.3f}]",
        "" if frozen is None else f"{100 * frozen['value']:.1f}",
        "" if frozen is None else difference_of(frozen),
        f"{epochs['seconds'].sum():.0f}",
        f"{len(epochs)} in {epochs['fold'].nunique()} folds",
    ]
    return f"| {' | '.join(cells)} |"


def train(run: Run, keep: Path) -> None:
    """Call finetune as a user does; raises CalledProcessError."""
    command = [sys.executable, str(ROOT / "pipeline.py"), "finetune", *run.options, "--name", run.name]
    command += ["--cache", str(keep / "cache"), "--out", str(keep / "results"), "--offline"]
    (keep / "logs").mkdir(parents=True, exist_ok=True)
    with (keep / "logs" / f"{run.name}.txt").open("a") as log:
        subprocess.run(command, check=True, stdout=log, stderr=log, cwd=ROOT)


def difference_of(frozen: dict) -> str:
    """Trained minus frozen, of numbers.json, in points of accuracy."""
    change = frozen["difference"]
    return percents(change["value"], change["low"], change["high"], sign="+")


def percents(value: float, low: float, high: float, sign: str = "") -> str:
    """A share and its interval in percent."""
    return f"{100 * value:{sign}.1f} [{100 * low:{sign}.1f}, {100 * high:{sign}.1f}]"


if __name__ == "__main__":
    main()
