"""Folds by a column of the manifest, as scanner or centre: each of its values is held out in turn.

What such folds measure is what to expect of a centre that no model has seen (internal-external cross-validation;
Debray et al. 2023, Stat. Methods Med. Res. 32:1372).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cohort.cohort import Cohort
from cohort.files.offenders import refuse
from cohort.folds import FoldError, check_folds
from cohort.manifest import manifest_in, read_column
from cohort.origin import Origin
from workflow.cohort_from_cache import CachedImages
from workflow.division import Labelled

MOST_GROUPS = 50  # a fold each


def left_out_by_column(images: CachedImages, column: str) -> Cohort:
    """The cached images in folds by a column of the table that they were read from.

    Raises FoldError where there is no such table, an image has no value, or folds cannot be; DatasetError where the
    table has no such column.
    """
    table = table_of(images.origins, column)
    return divided_by(images.described, read_column(table, column), column)


def table_of(origins: Mapping[str, Origin], column: str) -> Path:
    """The table that the data set was read from."""
    for origin in reversed(list(origins.values())):
        table = table_at(Path(origin.source))
        if table is not None:
            return table
    raise FoldError(
        f"images are divided by {column} as the table says that they were read from, and there is none where it was at "
        "extract; put it back, or write folds of your own (CSV image,fold)"
    )


def table_at(source: Path) -> Path | None:
    """The table of a data set: itself, or the one in its folder; None where there is none."""
    table = manifest_in(source) or source
    return table if table.is_file() else None


def divided_by(described: Labelled, values: Mapping[str, str], column: str) -> Cohort:
    """A fold for each value, in the order of the values; raises FoldError."""
    own = [values.get(image, "") for image in described.images]
    lacking = [image for image, value in zip(described.images, own, strict=True) if not value]
    refuse(FoldError, lacking, f"images have no {column}; fill it in, or leave them out")
    groups = sorted(set(own))
    if len(groups) == 1:
        raise FoldError(
            f"all images have one {column}, {groups[0]}, and at least 2 folds are needed to hold one out; hold out "
            "patients instead"
        )
    if len(groups) > MOST_GROUPS:
        raise FoldError(f"{column} has {len(groups)} values, and at most {MOST_GROUPS} are held out in turn; join some")
    fold = np.array([1 + groups.index(value) for value in own])
    require_whole_patients(described.patients, own, column)
    check_folds(described.images, described.labels, described.patients, fold)
    return Cohort.of(described.images, described.labels, described.classes, described.patients, fold)


def require_whole_patients(patients: Sequence[str], values: Sequence[str], column: str) -> None:
    """Raise FoldError where a known patient has images of two groups."""
    first: dict[str, str] = {}
    divided = set()
    for patient, value in zip(patients, values, strict=True):
        if patient and first.setdefault(patient, value) != value:
            divided.add(patient)
    way_out = "hold out patients instead, or correct the column"
    refuse(FoldError, sorted(divided), f"patients have images of more than one {column}; {way_out}")
