"""The table of predictions: one row per image and model, written whole or not at all."""

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

PREFIX = "p_"  # a column of probabilities is the prefix and the name of the class


def predictions_table(
    images: Sequence[str],
    labels: np.ndarray,
    patients: Sequence[str] | None,
    fold: np.ndarray,
    probabilities: Mapping[str, np.ndarray],
    classes: Sequence[str],
) -> pd.DataFrame:
    """Lay the models' probabilities out as rows, model after model.

    `labels` (image,) are positions in `classes`, `probabilities` maps a model's name to an (image, class) array, and
    an unknown patient is "". The columns are image, label, patient, fold, model, p_<class>... Raises ValueError
    where a length or a label does not fit.
    """
    facts = pd.DataFrame(
        {
            "image": list(images),
            "label": _class_names(labels, classes),
            "patient": [""] * len(images) if patients is None else list(patients),
            "fold": np.asarray(fold),
        }
    )
    parts = [facts.assign(model=model, **_columns(model, p, facts, classes)) for model, p in probabilities.items()]
    if not parts:
        raise ValueError("a table of predictions needs the probabilities of at least one model; none were given")
    return pd.concat(parts, ignore_index=True)


def probability_columns(table: pd.DataFrame) -> list[str]:
    """Name the columns that hold probabilities, in the table's order of classes."""
    columns = [column for column in table.columns if column.startswith(PREFIX)]
    if not columns:
        raise ValueError(
            f"a table of predictions needs columns {PREFIX}<class>; it has only {', '.join(table.columns)}"
        )
    return columns


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a CSV under a temporary name, flush it and rename it, so that no reader ever meets half of it."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("w", newline="", encoding="utf-8") as file:
            table.to_csv(file, index=False, lineterminator="\n", quoting=_quoting(table))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _quoting(table: pd.DataFrame) -> Literal[0, 2]:
    """All text in quotes where a carriage return is in it: csv alone takes that for no reason to quote."""
    texts = table.select_dtypes(exclude="number")
    odd = any("\r" in str(text) for column in texts for text in texts[column].unique())
    return csv.QUOTE_NONNUMERIC if odd else csv.QUOTE_MINIMAL


def _class_names(labels: np.ndarray, classes: Sequence[str]) -> list[str]:
    """Turn positions into names; a position that is not there is an error, never class 0 nor the last class."""
    unknown = sorted({int(label) for label in labels} - set(range(len(classes))))
    if unknown:
        raise ValueError(f"labels must lie in 0..{len(classes) - 1} ({', '.join(classes)}); found {unknown}")
    return [classes[label] for label in labels]


def _columns(model: str, p: np.ndarray, facts: pd.DataFrame, classes: Sequence[str]) -> dict[str, np.ndarray]:
    if p.shape != (len(facts), len(classes)):
        raise ValueError(f"{model}: probabilities must be ({len(facts)}, {len(classes)}), image x class; got {p.shape}")
    return {f"{PREFIX}{name}": p[:, column] for column, name in enumerate(classes)}
