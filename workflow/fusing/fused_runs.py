"""Runs in one: the mean of what each voted, out-of-fold, recalibrated as a run is, with a report of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from boost.fusion import fuse
from boost.recalibrated_table import recalibrated
from cohort.predictions import PREFIX, RAW_PREFIX, classes_of, raw_columns_of, read_predictions, selected_on_test
from featurize.store.store import versions
from imaging.files.regular_file import sha256_of
from workflow.bundles.trained_card import named
from workflow.fusing.same_images import FusionError, require_same_files, require_same_images
from workflow.run_folder import FILES, LIBRARIES, auc_of_run, read_files, read_settings

FUSED = "fused.csv"
COMMAND = "fuse"  # what settings.json of a fused run says


@dataclass(frozen=True, eq=False)
class RunVotes:
    """A run that is to be fused with others."""

    name: str
    path: Path
    votes: pd.DataFrame  # what all of its models voted, before any recalibration: a row an image
    files: pd.DataFrame | None  # what is known of the image files
    settings: dict[str, Any]


@dataclass(frozen=True, eq=False)
class FusedRun:
    """Several runs as one."""

    table: pd.DataFrame  # the vote of each run, as a model of its name
    fused: pd.DataFrame
    files: pd.DataFrame
    settings: dict[str, Any]


def read_votes(path: Path, name: str) -> RunVotes:
    """A run by its folder, called so; raises FusionError for no run, and for one that is fused already."""
    settings = read_settings(path)
    if settings is None or not (path / FUSED).is_file():
        raise FusionError(
            f"{path} is no folder of a run: it lacks settings.json or {FUSED}; name one of cv or finetune"
        )
    if settings.get("command") == COMMAND:
        raise FusionError(f"{path} is fused already; fuse its runs with the others in one go, each has one vote then")
    fused = read_predictions(path / FUSED)
    votes = fused.drop(columns=raw_columns_of(fused)).assign(model=named(name, fused))
    if raw_columns_of(fused):
        for of_class in classes_of(fused):
            votes[PREFIX + of_class] = fused[RAW_PREFIX + of_class]
    files = read_files(path / FILES) if (path / FILES).is_file() else None
    return RunVotes(name, path, votes, files, settings)


def fused_run(runs: Sequence[RunVotes], name: str) -> FusedRun:
    """The mean of what the runs voted; raises FusionError where they are not of the same images."""
    require_same_images({run.name: run.votes for run in runs})
    listed = {run.name: run.files for run in runs if run.files is not None and "sha256" in run.files.columns}
    digests = {name: dict(zip(files["image"], files["sha256"], strict=True)) for name, files in listed.items()}
    if len(digests) > 1:
        require_same_files(digests, "images of the run")
    table = pd.concat([run.votes for run in runs], ignore_index=True)
    fused = fuse(table)
    is_recalibrated = fused["fold"].nunique() > 1
    files = next(iter(listed.values())) if listed else fused[["image", "fold"]]
    settings = _settings(runs, name, fused, is_recalibrated)
    return FusedRun(table, recalibrated(fused) if is_recalibrated else fused, files, settings)


def _settings(runs: Sequence[RunVotes], name: str, fused: pd.DataFrame, is_recalibrated: bool) -> dict[str, Any]:
    """What settings.json says."""
    first = runs[0].settings
    is_optimistic = any(selected_on_test(run.votes["model"].unique()) for run in runs)
    rules = {auc_of_run(run.settings) for run in runs}
    settings: dict[str, Any] = {
        "command": COMMAND,
        "name": name,
        "runs": [
            {"name": run.name, "command": run.settings.get("command"), "sha256": sha256_of(run.path / FUSED)}
            for run in runs
        ],
        "images": len(fused),
        "folds": int(fused["fold"].nunique()),
        "groups": first.get("groups"),
        "selected_on_test": is_optimistic,
        "recalibrated": is_recalibrated,
        "sets": first.get("sets") or "",
        "versions": versions(LIBRARIES),
    }
    if len(rules) == 1:
        settings["auc"] = rules.pop()
    return settings
