"""What a data set was read from, and whether it would be read otherwise today: a label corrected, a folder renamed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from inspect import signature
from pathlib import Path
from typing import Any

from cohort.files.csv_text import MAX_BYTES
from cohort.files.tables_read import tables_read
from cohort.read_dataset import read_dataset
from cohort.samples import Dataset
from imaging.errors import HistoboostError
from imaging.files.regular_file import sha256_of


@dataclass(frozen=True)
class Origin:
    """Where images, labels and patients of a data set come from."""

    source: str  # the folder or table, absolute
    tables: Mapping[str, str]  # every table that was read: SHA-256 by absolute path
    listing: str  # SHA-256 over image, label and patient of all images
    options: Mapping[str, Any] = field(default_factory=dict)  # of read_dataset
    left_out: tuple[str, ...] = ()  # images that could not be used


@dataclass(frozen=True)
class Differences:
    """What became of an origin."""

    tables: tuple[str, ...] = ()  # file names of tables that are new, gone or hold something else
    listing: bool = False  # whether images, labels or patients are others now
    images: tuple[str, ...] = ()  # all images of today
    is_known: bool = True  # False where the data cannot be read as they were


def read_with_origin(source: Path, **options: Any) -> tuple[Dataset, Origin]:
    """A data set, by `read_dataset`, and its origin."""
    with tables_read() as digests:
        dataset = read_dataset(source, **options)
    tables = {str(path): digest for path, digest in digests.items()}
    return dataset, Origin(str(source.absolute()), tables, listing_digest(dataset), options)


def listing_digest(dataset: Dataset) -> str:
    """SHA-256 over the name, label and patient of every image, in whatever order."""
    rows = sorted("\0".join(row) for row in dataset.rows)
    return sha256("\n".join(rows).encode(errors="surrogatepass")).hexdigest()


def without_images(origin: Origin, images: Iterable[str]) -> Origin:
    """The origin, that these images could not be used."""
    return replace(origin, left_out=tuple(sorted(images)))


def differences(origin: Origin) -> Differences:
    """Compare an origin with the data as they are now; never raises for data that are gone or broken."""
    edited = {path for path, digest in origin.tables.items() if _digest(path) not in (None, digest)}
    try:
        dataset, now = read_with_origin(Path(origin.source), **_options(origin.options))
    except (HistoboostError, OSError, TypeError, ValueError, AttributeError):  # options may be a stranger's
        return Differences(_names(edited), is_known=False)
    others = edited | (set(origin.tables) ^ set(now.tables))
    images = tuple(sample.name for sample in dataset.samples)
    return Differences(_names(others), now.listing != origin.listing, images)


def _names(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({Path(path).name for path in paths}))


def _digest(path: str) -> str | None:
    """SHA-256 of a table; None where it is gone or cannot be read."""
    try:
        return sha256_of(path, MAX_BYTES)
    except (OSError, ValueError):
        return None


def _options(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Options of read_dataset as they were before JSON made lists of its named tuples."""
    parameters = signature(read_dataset).parameters
    options = {}
    for name, value in kept.items():
        kind = parameters[name].annotation if name in parameters else None
        is_tuple = isinstance(kind, type) and issubclass(kind, tuple) and isinstance(value, list)
        options[name] = kind(*value) if is_tuple and kind is not None else value
    return options
