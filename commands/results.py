"""What cv and report leave in results/: predictions, folds, settings, and the tables and figures made from them."""

import hashlib
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from boost.folds import write_folds
from boost.table import write_table
from featurize.cache import Gathered
from featurize.store import Store, versions
from report.answers import Answers
from report.terminal import console
from report.write import replace_file, write_report

LIBRARIES = ("histoboost", "lightgbm", "numpy", "pandas", "scikit-learn", "joblib")  # what a prediction may depend on


def save(
    folder: Path, gathered: Gathered, fold: np.ndarray, table: pd.DataFrame, fused: pd.DataFrame, settings: dict
) -> None:
    """Write the predictions, once all of them are there, and what is needed to make them again."""
    write_folds(folder / "folds.csv", gathered.images, fold)
    write_table(folder / "predictions.csv", table)
    write_table(folder / "fused.csv", fused)
    replace_file(folder / "settings.json", (json.dumps(settings, indent=1, sort_keys=True) + "\n").encode())


def show(folder: Path, fusion: Answers, variants: Mapping[str, Answers] | None = None) -> None:
    """Write the tables and figures of some answers, and of the variants behind them, and print them."""
    for group in write_report(folder, fusion, variants):
        console.print(group)
    console.print(f"written to {folder}", markup=False)


def settings_of(chosen: dict, stores: Mapping[str, Store]) -> dict[str, Any]:
    """Everything that is needed to run a cross-validation again."""
    variants = {name: store.facts() for name, store in stores.items()}
    machine = {"platform": platform.platform(), "python": platform.python_version()}
    return {"command": "cv", **chosen, "variants": variants, "versions": versions(LIBRARIES) | machine}


def file_facts(path: Path | None) -> dict | None:
    """Name and content of a file that decided something; None for none."""
    return {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} if path else None
