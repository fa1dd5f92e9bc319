"""Folds in a file: `image,fold`, written by cv and read where somebody gives folds of their own."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cohort.checks.notices import Notice, Warn, unsaid
from cohort.files.offenders import some
from cohort.files.open_table import open_table
from cohort.files.text_columns import numbered
from cohort.folds import TRAIN_ONLY, Column, FoldError
from cohort.names.image_names import match_images
from cohort.prediction_tables.prediction_columns import key_columns, needed_column
from cohort.predictions import write_table

COLUMNS = ("image", "fold")


def write_folds(path: Path, images: Column, fold: Column) -> None:
    """Write `image,fold`, one row per image, whole or not at all."""
    write_table(path, pd.DataFrame({"image": list(images), "fold": list(fold)}))


def read_folds(path: Path, images: Column, train_only: bool = False, warn: Warn = unsaid) -> np.ndarray:
    """Read each image's fold, (image,) int, from a CSV or .xlsx table with columns image and fold.

    A fold may be written as 2, 2.0, fold_2, Fold 2 or f2, and folds may be counted from 0, of which `warn` is told.
    Images may be named without their folders where that is clear. Other columns, and rows of other images (a file may
    serve a whole data set of which a part is at hand), are passed over. Raises FoldError for a file that is no table, a
    missing column, an image that is missing, unclear or in two folds, and a fold that is no whole number. Where
    TRAIN_ONLY is expected, 0 is no fold to be held out.
    """
    rows, folds = _read_columns(Path(path), warn)
    matches = match_images(path, rows, list(images), FoldError)
    fold_of: dict[str, int] = {}
    for row, image, fold in zip(rows, matches, folds, strict=True):
        if image is None:
            continue
        if fold_of.setdefault(image, fold) != fold:
            raise FoldError(f"{path}: an image has one fold; {image} has two, the other by {row}; keep the right row")
    missing = [image for image in images if image not in fold_of]
    if missing:
        raise FoldError(f"{path}: every image needs a fold; missing: {some(missing)}; add their rows")
    first = 1
    if not train_only and TRAIN_ONLY in folds:
        first = 0
        sentence = (
            f"{Path(path).name}: folds are counted from 0 and are read as 1 to {max(folds) + 1}; where 0 was meant for "
            "images that are only trained on, choose train-only for those of unknown patients"
        )
        warn([Notice("folds-from-0", sentence)])
    return np.array([fold_of[image] - first + 1 for image in images], dtype=int)  # (image,)


def _read_columns(path: Path, warn: Warn) -> tuple[list[str], list[int]]:
    """The names and folds of a table, (row,) each."""
    table = open_table(path, needed_column, FoldError, warn=warn)
    positions = {key: found[0] for key, found in key_columns(table.header).items() if key in COLUMNS}
    if len(positions) < len(COLUMNS):
        header = some([name.strip() for name in table.header]) or "none"
        raise FoldError(f"{path}: a folds file needs columns image and fold; it has {header}")
    columns = table.cells(positions).columns
    names = [name.strip() for name in columns["image"]]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise FoldError(f"{path}: an image must be named once; named again: {some(repeated)}; keep one row of each")
    return names, _fold_numbers(path, columns["fold"])


def _fold_numbers(path: Path, texts: Sequence[str]) -> list[int]:
    """The folds as numbers, (row,); raises FoldError for what is no fold."""
    folds, wrong = [], []
    for text, number in zip(texts, numbered(texts), strict=True):
        if number is None or number < 0:
            wrong.append(repr(text))
        else:
            folds.append(number)
    if wrong:
        found = some(list(dict.fromkeys(wrong)))  # each once
        raise FoldError(f"{path}: a fold must be a whole number from 1; found {found}; number the folds 1, 2, 3")
    return folds
