"""The training images that others are compared with: which they are, the nearest of them, and small copies.

A bundle keeps descriptors of up to a thousand training images to tell how distant a new one is. Whose they are stands
in a table beside, a row for each; bundles of earlier versions have none. Copies lie there only where somebody wanted
them to travel with the bundle.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from boost.bundle.archive import Archive, BundleError
from boost.bundle.tables import LARGEST_TABLE, as_member
from boost.uncertainty.out_of_distribution import reference_rows
from cohort.files.csv_text import CsvText
from cohort.files.text_columns import require_names
from imaging.read import read_header, read_image
from imaging.read_errors import ImageError

COLUMNS = ("image", "label", "patient")
COPIES = "thumbnails/"  # begins the names of members that are small copies
COPY_SIDE, LARGEST_COPY = 128, 1 << 16  # pixels of the longer side, and bytes
NEAREST = 5  # that are named of each answer
UNKNOWN = (
    "Which training images are the nearest is not known, for the bundle was fitted by an earlier version: fit it again."
)


@dataclass(frozen=True)
class Reference:
    """A training image that others are compared with."""

    image: str
    label: str
    patient: str  # "" where unknown
    copy: str = ""  # the member that holds a small copy; "" for none


@dataclass(frozen=True)
class Neighbour:
    """A training image near to a new one."""

    reference: Reference
    distance: float  # root mean square over columns, in standard deviations of the training images


References = tuple[Reference, ...]  # in the order of the descriptors


def references_of(images: Sequence[str], labels: Sequence[str], patients: Sequence[str]) -> References:
    """Those of the training images, all of which are given, in the order in which their distances were fitted."""
    rows = reference_rows(len(images))
    return tuple(Reference(str(images[row]), str(labels[row]), str(patients[row])) for row in rows)


def reference_members(
    parts: Sequence[References], copies: Mapping[str, bytes] | None = None
) -> Iterator[tuple[str, bytes]]:
    """The members that keep the references of each run, and the copies (JPEG) of those images that have one."""
    wanted = copies or {}
    for number, references in enumerate(parts):
        table = pd.DataFrame([(one.image, one.label, one.patient) for one in references], columns=list(COLUMNS))
        yield _table_member(number, len(parts)), as_member(table)
    every = dict.fromkeys(one.image for references in parts for one in references)
    for number, image in enumerate(every):
        if image in wanted:
            yield f"{COPIES}{number}.jpg", wanted[image]


def read_references(archive: Archive, counts: Sequence[int]) -> tuple[References, ...]:
    """The references of each run, whose numbers are these; () for a bundle that has none. Raises BundleError."""
    members = [_table_member(number, len(counts)) for number in range(len(counts))]
    if not all(member in archive.members for member in members):
        return ()
    tables = []
    for member, content, count in zip(members, archive.read(members), counts, strict=True):
        tables.append(_rows(content, archive.path / member, count))
    every = dict.fromkeys(image for rows in tables for image, _, _ in rows)
    copy_of = {}
    for number, image in enumerate(every):
        member = f"{COPIES}{number}.jpg"
        copy_of[image] = member if member in archive.members else ""
    return tuple(tuple(Reference(*row, copy_of[row[0]]) for row in rows) for rows in tables)


def _table_member(number: int, runs: int) -> str:
    return "references.csv" if runs == 1 else f"references/{number}.csv"


def _rows(content: bytes, name: Path, count: int) -> list[tuple[str, str, str]]:
    """Image, label and patient of each row of a table; raises BundleError unless there are so many, each image once."""
    text = CsvText(name, lambda column: column if column in COLUMNS else None, BundleError, LARGEST_TABLE, content)
    require_names(text.header, COLUMNS, name)
    columns = text.cells().columns
    rows = list(zip(*(columns[column] for column in COLUMNS), strict=True))
    if len(rows) != count or len({image for image, _, _ in rows}) < count:
        raise BundleError(f"{name} does not name the {count} images that others are compared with; fit it again")
    return rows


def nearest(parts: Sequence[References], squares: Sequence[np.ndarray], count: int = NEAREST) -> tuple[Neighbour, ...]:
    """The training images nearest to a new one, the nearest first, of squared distances (reference,) in each run.

    Of several runs their mean counts, for images that all of them compare with.
    """
    of_run = [
        {one.image: (one, float(square)) for one, square in zip(references, row, strict=True)}
        for references, row in zip(parts, squares, strict=True)
    ]
    found = []
    for image, (reference, _) in of_run[0].items() if of_run else ():
        if all(image in known for known in of_run):
            mean = float(np.mean([known[image][1] for known in of_run]))
            found.append(Neighbour(reference, float(np.sqrt(mean))))
    return tuple(sorted(found, key=lambda one: (one.distance, one.reference.image))[:count])


def read_copy(archive: Archive, member: str) -> bytes:
    """A small copy: a JPEG file that can be decoded, no larger than those that are written; raises BundleError."""
    where = Path(f"{archive.path.name}-{Path(member).name}")
    if archive.members.get(member, (LARGEST_COPY + 1, ""))[0] > LARGEST_COPY:
        raise BundleError(f"{archive.path}: {member} is larger than any copy of an image; fit it again")
    (content,) = archive.read([member])
    try:
        kind, size = read_header(where, content, lambda picture: (picture.format, picture.size))
        if kind != "JPEG" or max(size) > COPY_SIDE:
            raise BundleError(f"{archive.path}: {member} is no small JPEG; fit it again")
        read_image(where, content)
    except ImageError as error:
        raise BundleError(f"{archive.path}: {member} cannot be read ({error}); fit it again") from error
    return content
