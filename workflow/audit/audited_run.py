"""The images of a run of cv, with its labels, patients and folds, for an audit of just these."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cohort.cohort import Cohort
from cohort.files.offenders import some
from cohort.prediction_tables.prediction_columns import PREFIX
from cohort.predictions import probability_columns, read_predictions
from cohort.read_dataset import read_dataset
from cohort.samples import Dataset, Sample
from featurize.store.file_format import CacheError
from featurize.store.image_index import read_origins
from workflow.run_folder import FILES, RunError, digests_of, read_files, read_settings
from workflow.thumbnails import described

FUSED = "fused.csv"


@dataclass(frozen=True, eq=False)
class ToAudit:
    """The images that are audited."""

    dataset: Dataset
    cohort: Cohort  # the same in folds
    source: Path | None  # what they were read from, where it is known
    digests: Sequence[Mapping[str, str]] = ()  # SHA-256 of the files as far as a run, and the index of its cache, know

    @property
    def paths(self) -> dict[str, Path]:
        """Where each image is."""
        return {sample.name: sample.path for sample in self.dataset.samples}


def audited_run(folder: Path, data: Path | None) -> ToAudit:
    """The images of a run, looked for where they were described, or in the data set given.

    Raises RunError where the folder holds no run, or none of its images is at hand.
    """
    settings = read_settings(folder)
    if settings is None or not (folder / FUSED).is_file():
        raise RunError(f"{folder} holds no run of cv; name one, or give the images with --data")
    table = read_predictions(folder / FUSED)
    beside = folder / FILES
    digests = [digests_of(read_files(beside))] if beside.is_file() else []
    if data is None:
        indexed = described(settings)
        paths = {name: Path(image.path) for name, image in indexed.items()}
        digests.append({name: image.info.sha256 for name, image in indexed.items()})
    else:
        paths = {sample.name: sample.path for sample in read_dataset(data).samples}
    there = table[table["image"].isin(paths)]
    if there.empty:
        names = some(table["image"].tolist(), shown=2)
        raise RunError(f"none of the images of {folder} is at hand, such as {names}; give the folder with --data")
    dataset, cohort = in_folds(there, paths, str(settings.get("name") or folder.name))
    return ToAudit(dataset, cohort, data or source_of(settings), digests)


def in_folds(table: pd.DataFrame, paths: Mapping[str, Path], name: str) -> tuple[Dataset, Cohort]:
    """The images of a table of predictions as a data set of this name, and in their folds."""
    samples = []
    for image, label, patient in table[["image", "label", "patient"]].itertuples(index=False):
        samples.append(Sample(image, paths[image], label, patient))
    classes = tuple(column.removeprefix(PREFIX) for column in probability_columns(table))
    images, labels, patients = (table[column].tolist() for column in ("image", "label", "patient"))
    cohort = Cohort.of(images, labels, classes, patients, table["fold"].to_numpy())
    return Dataset(name, classes, tuple(samples)), cohort


def source_of(settings: Mapping[str, Any]) -> Path | None:
    """What the images of a run were last read from; None where the cache is gone or does not say."""
    with suppress(CacheError, KeyError, OSError, ValueError):
        for origin in read_origins(Path(settings["cache"]) / settings["name"]).values():
            return Path(origin.source)
    return None
