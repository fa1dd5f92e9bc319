"""A run of `finetune` that is done: its images and folds, its predictions, and its networks, which lie in the cache.

The folder may be a stranger's: it leads to files by name, below its own cache, and a network is read only where its
file has the SHA-256 that the run wrote down.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors import SafetensorError, safe_open

from cohort.cohort import Cohort
from cohort.files.csv_text import CsvText
from cohort.files.stored_paths import is_file_name
from cohort.files.text_columns import whole_numbers
from cohort.folds import TRAIN_ONLY
from cohort.predictions import MAX_BYTES, classes_of, read_predictions
from cohort.samples import Sample
from finetune.pictures.decoded import Pictures, decoded_path, open_pictures
from finetune.training_settings import TrainingSettings
from imaging.files.regular_file import sha256_of
from workflow.run_folder import FILES, RunError, read_settings
from workflow.trained.kept_weights import FIRST

COLUMNS = ("image", "sha256", "phash", "fold", "label", "patient")
AGAIN = "run finetune again, which makes only what is lacking"
BEST = "best/"  # begins the names of a checkpoint's selected weights

Weights = Mapping[str, np.ndarray]  # float32 by name


@dataclass(frozen=True, eq=False)
class Member:
    """One network of a recipe, trained for every fold."""

    model: str  # in the predictions
    settings: TrainingSettings
    folder: Path  # of its checkpoints
    first_weights: Any  # words for its card
    digests: Mapping[str, str]  # SHA-256 of each fold's checkpoint

    def selected(self, fold: int) -> Weights:
        """The weights of a fold's network, as selected; raises RunError."""
        path = self.folder / f"fold-{fold}.safetensors"
        if not path.is_file():
            raise RunError(f"{path} is missing: the network of fold {fold}; {AGAIN}")
        if sha256_of(path) != self.digests.get(str(fold)):
            raise RunError(f"{path} has changed since the run was written; {AGAIN}")
        return _tensors(path, BEST)

    def first(self) -> Weights:
        """Those before it was trained; raises RunError."""
        if not (self.folder / FIRST).is_file():
            raise RunError(f"{self.folder / FIRST} is missing: the network before it was trained; {AGAIN}")
        return _tensors(self.folder / FIRST, "")


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """A run of finetune."""

    path: Path
    settings: dict[str, Any]
    cohort: Cohort
    files: pd.DataFrame  # of COLUMNS, in the order of the cohort
    table: pd.DataFrame  # its predictions
    members: tuple[Member, ...]
    cache: Path  # its folder in the cache

    @property
    def trained_on(self) -> np.ndarray:
        """Positions of the images that some network was trained on, ascending: not those of a separate test."""
        is_fold_alone = len(self.cohort.held_out_folds) == 1
        rows = self.cohort.fold == TRAIN_ONLY if is_fold_alone else np.full(len(self.cohort), True)
        return np.flatnonzero(rows)

    def pictures(self, settings: TrainingSettings) -> Pictures:
        """The images as they were decoded for some training; raises RunError."""
        samples = []
        for row in self.files.itertuples():
            samples.append(Sample(row.image, Path(row.image), row.label, row.patient, sha256=row.sha256))
        path = decoded_path(samples, settings, self.cache / "pictures")
        if not path.is_file():
            raise RunError(f"{path} is missing: the decoded images; {AGAIN}")
        return open_pictures(samples, settings, self.cache / "pictures")


def open_finished(path: Path) -> FinishedRun:
    """A run by its folder; raises RunError for one that is not of finetune, and for one that is damaged."""
    settings = read_settings(path)
    if settings is None:
        raise RunError(f"{path} is no folder of a run: it has no settings.json; name one of finetune")
    command = settings.get("command")
    if command != "finetune":
        raise RunError(
            f"{path} is a run of {command or 'another command'}, not of finetune; a bundle of boosted models is made "
            "by `fit` with the options that cv had, without --run"
        )
    files = read_labelled_files(path / FILES)
    table = read_predictions(path / "predictions.csv")
    cohort = Cohort.of(
        files["image"].tolist(),
        files["label"].tolist(),
        classes_of(table),
        files["patient"].tolist(),
        files["fold"].to_numpy(int),
    )
    tested = {cohort.images[row] for row in np.flatnonzero(cohort.tested)}
    if set(table["image"]) != tested:
        raise RunError(f"{path}: the images of predictions.csv are not those of {FILES} that were tested; {AGAIN}")
    cache = Path(settings.get("cache", "")) / str(settings.get("folder"))
    return FinishedRun(path, settings, cohort, files, table, _members(path, settings, table, cache), cache)


def read_labelled_files(path: Path) -> pd.DataFrame:
    """The table of the images of a run, with labels and patients; raises RunError."""
    text = CsvText(path, lambda column: column if column in COLUMNS else None, RunError, MAX_BYTES)
    lacking = [column for column in COLUMNS if column not in text.positions]
    if lacking:
        raise RunError(f"{path} has no column {lacking[0]}; {AGAIN}")
    table = pd.DataFrame(text.cells().columns, dtype=str)[list(COLUMNS)]
    table["fold"] = whole_numbers(table, "fold", path)
    return table


def _members(path: Path, settings: Mapping[str, Any], table: pd.DataFrame, cache: Path) -> tuple[Member, ...]:
    """The networks that the settings list; raises RunError."""
    found = []
    try:
        for facts in settings["members"]:
            training = TrainingSettings.from_json(json.dumps(facts["training"]))
            name = facts["folder"]
            if not is_file_name(name) or not is_file_name(cache.name):
                raise ValueError(f"{name!r} is no name of a folder")
            digests = {str(fold): str(digest) for fold, digest in facts["networks"].items()}
            found.append(Member(str(facts["model"]), training, cache / name, facts["first_weights"], digests))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise RunError(f"{path}: settings.json does not say where its networks lie ({error}); {AGAIN}") from error
    if {member.model for member in found} != set(table["model"]):
        raise RunError(f"{path}: its networks are not those of predictions.csv; {AGAIN}")
    return tuple(found)


def _tensors(path: Path, prefix: str) -> dict[str, np.ndarray]:
    """The float32 values of a file whose names begin so, by the rest of the name; raises RunError."""
    tensors = {}
    try:
        with safe_open(path, "pt") as file:
            for name in file.keys():  # noqa: SIM118  (it is no dict)
                value = file.get_tensor(name) if name.startswith(prefix) else None
                if value is not None and value.is_floating_point():
                    tensors[name.removeprefix(prefix)] = value.float().numpy()
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"{path} is damaged; delete it, and {AGAIN}") from error
    return tensors
