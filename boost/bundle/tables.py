"""The tables within a bundle: its out-of-fold predictions, and the files of its training images.

Both come from a stranger. They are read as tables from people are, with limits, every cell as text until it is checked.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from boost.bundle.archive import BundleError
from cohort.files.csv_text import CsvText
from cohort.files.text_columns import require_names, shares, whole_numbers
from cohort.predictions import KEYS, PREFIX, check_predictions, table_bytes

FILE = ("image", "sha256")
LARGEST_TABLE = 1 << 25  # bytes; four hundred thousand predictions, of which 400 images and 6 variants have 2400


def predictions_of(content: bytes, name: Path, classes: Sequence[str]) -> pd.DataFrame:
    """A table of predictions for these classes, see cohort.predictions; raises BundleError or PredictionsError.

    `name` is how messages call it.
    """
    needed = [*KEYS, *(PREFIX + of_class for of_class in classes)]
    text = CsvText(name, lambda column: column, BundleError, LARGEST_TABLE, content)
    strangers = [column for column in text.header if column.startswith(PREFIX) and column not in needed]
    if strangers:
        raise BundleError(f"{name} has probabilities of classes that the bundle lacks: {strangers[0]}; fit it again")
    require_names(text.header, needed, name)
    positions = {column: text.positions[column] for column in needed}
    table = pd.DataFrame(text.cells(positions).columns, dtype=str)
    table["fold"] = whole_numbers(table, "fold", name)
    for column in needed[len(KEYS) :]:
        table[column] = shares(table, column, name)
    check_predictions(table, name)
    return table


def files_of_training(content: bytes, name: Path) -> dict[str, str]:
    """The training images by the SHA-256 of their files; raises BundleError. `name` is how messages call it."""
    return {digest: image for image, digest in rows_of_training(content, name)}


def rows_of_training(content: bytes, name: Path) -> list[tuple[str, str]]:
    """The training images in their order, each with the SHA-256 of its file; raises BundleError.

    `name` is how messages call it.
    """
    text = CsvText(name, lambda column: column if column in FILE else None, BundleError, LARGEST_TABLE, content)
    require_names(text.header, FILE, name)
    columns = text.cells().columns
    return list(zip(columns["image"], columns["sha256"], strict=True))


def as_member(table: pd.DataFrame) -> bytes:
    """A table as it is kept in a bundle; raises BundleError for one that would not be read."""
    content = table_bytes(table)
    if len(content) > LARGEST_TABLE:
        raise BundleError(f"a bundle's table has at most {LARGEST_TABLE} bytes, not {len(content)}; use fewer variants")
    return content


def file_table(files: Mapping[str, str]) -> bytes:
    """The table of training images, from the SHA-256 of their files by image; raises BundleError."""
    return as_member(pd.DataFrame({"image": list(files), "sha256": list(files.values())}))
