"""Folds in a file: `image,fold`, written by cv and read where somebody gives folds of their own."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cohort.files.csv_text import CsvText
from cohort.files.image_names import match_images
from cohort.files.offenders import some
from cohort.folds import TRAIN_ONLY, Column, FoldError
from cohort.predictions import write_table

COLUMNS = ("image", "fold")
FOLD = "0{0,99}[1-9][0-9]{0,8}"  # a number from 1 as text


def write_folds(path: Path, images: Column, fold: Column) -> None:
    """Write `image,fold`, one row per image, whole or not at all."""
    write_table(path, pd.DataFrame({"image": list(images), "fold": list(fold)}))


def read_folds(path: Path, images: Column, train_only: bool = False) -> np.ndarray:
    """Read each image's fold, (image,) int, from a CSV with columns image and fold.

    Images may be named without their folders where that is clear. Other columns, and rows of other images (a file may
    serve a whole data set of which a part is at hand), are passed over. Raises FoldError for a file that is no table, a
    missing column, an image that is missing, unclear or in two folds, and a fold that is no number from 1; TRAIN_ONLY
    is a fold only where it is expected, since many count their folds from 0.
    """
    rows, folds = _read_columns(Path(path), train_only)
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
    return np.array([fold_of[image] for image in images], dtype=int)  # (image,)


def _read_columns(path: Path, train_only: bool) -> tuple[list[str], list[int]]:
    """The names and folds of a table, (row,) each."""
    table = CsvText(path, _needed, FoldError)
    if len(table.positions) < len(COLUMNS):
        header = some([name.strip() for name in table.header]) or "none"
        raise FoldError(f"{path}: a folds file needs columns image and fold; it has {header}")
    columns = table.cells().columns
    repeated = [name for name, count in Counter(columns["image"]).items() if count > 1]
    if repeated:
        raise FoldError(f"{path}: an image must be named once; named again: {some(repeated)}; keep one row of each")
    names = [name.strip() for name in columns["image"]]
    return names, _fold_numbers(path, columns["fold"], train_only)


def _needed(column: str) -> str | None:
    name = column.strip()
    return name if name in COLUMNS else None


def _fold_numbers(path: Path, texts: Sequence[str], train_only: bool) -> list[int]:
    """The folds as numbers, (row,); raises FoldError for what is no fold."""
    wrong = []
    for text in texts:
        is_fold = re.fullmatch(FOLD, text) or (train_only and text == str(TRAIN_ONLY))
        if not is_fold:
            wrong.append(repr(text))
    if wrong:
        raise FoldError(f"{path}: a fold must be a whole number from 1; found {some(wrong)}")
    return [int(text) for text in texts]
