"""Folds in a file: `image,fold`, written by cv and read where somebody gives folds of their own."""

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pandas as pd

from cohort.folds import Column, FoldError, some
from cohort.predictions import write_table

MAX_BYTES = 16 << 20


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
    rows = _read_rows(path)
    twice = rows["image"][rows["image"].duplicated()].tolist()
    if twice:
        raise FoldError(f"{path}: an image must be named once; named again: {some(twice)}; keep one row of each")
    numbered = "0*[1-9][0-9]{0,8}|0" if train_only else "0*[1-9][0-9]{0,8}"
    wrong = rows["fold"][~rows["fold"].str.fullmatch(numbered)].tolist()
    if wrong:
        raise FoldError(f"{path}: a fold must be a whole number from 1; found {some([repr(text) for text in wrong])}")
    numbers: dict[str, int] = {}
    for image, row, fold in _matches(path, images, zip(rows["image"], rows["fold"].astype(int), strict=True)):
        if numbers.setdefault(image, fold) != fold:
            raise FoldError(f"{path}: an image has one fold; {image} has two, the other by {row}; keep the right row")
    missing = [image for image in images if image not in numbers]
    if missing:
        raise FoldError(f"{path}: every image needs a fold; missing: {some(missing)}; add their rows")
    return np.array([numbers[image] for image in images], dtype=int)  # (image,)


def _read_rows(path: Path) -> pd.DataFrame:
    """A CSV table with columns image and fold, all text, separated by commas, semicolons or tabs."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise FoldError(f"{path} is larger than {MAX_BYTES >> 20} MiB; give a CSV table of image and fold")
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        head = text.partition("\n")[0]
        separator = next((mark for mark in ";\t" if mark in head and "," not in head), ",")
        rows = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, sep=separator)
    except FoldError:
        raise
    except (OSError, ValueError, OverflowError) as error:
        raise FoldError(f"{path} cannot be read as a CSV table: {error}; save it as one in UTF-8") from error
    rows = rows.rename(columns=lambda name: str(name).strip())
    absent = [column for column in ("image", "fold") if list(rows.columns).count(column) != 1]
    if absent:
        raise FoldError(f"{path}: a folds file needs columns image and fold; it has {some(list(rows.columns))}")
    if not isinstance(rows.index, pd.RangeIndex):  # pandas shifts rows that are longer than the header
        raise FoldError(f"{path}: rows have more cells than there are columns; complete the header")
    return rows


def _matches(path: Path, images: Column, rows: Iterable[tuple[str, int]]) -> Iterator[tuple[str, str, int]]:
    """Image, row and fold where a row names an image, in full or by more or less of its folders."""
    whole = {normalize("NFC", image): image for image in images}
    by_end = defaultdict(list)
    for name, image in whole.items():
        for end in _ends(name):
            by_end[end].append(image)
    for row, fold in rows:
        name = normalize("NFC", row.strip())
        found = [whole[name]] if name in whole else by_end[name] + [whole[end] for end in _ends(name) if end in whole]
        if len(found) > 1:
            raise FoldError(f"{path}: row {row} fits several images: {some(found)}; write their folders too")
        yield from ((image, row, fold) for image in found)


def _ends(name: str) -> list[str]:
    """What is left of a path without its first step, its first two, and so on."""
    return [name[at + 1 :] for at, character in enumerate(name) if character == "/"]
