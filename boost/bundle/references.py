"""The training images that others are compared with: which they are, the nearest of them, and small copies.

A bundle keeps descriptors of up to a thousand training images to tell how distant a new one is. Whose they are stands
in a table beside, a row for each; bundles of earlier versions have none. Copies lie there only where somebody wanted
them to travel with the bundle.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
    for number, references in enumerate(parts):
        rows = [(one.image, one.label, one.patient) for one in references]
        yield _table_member(number, len(parts)), as_member(pd.DataFrame(rows, columns=list(COLUMNS)))
    for image, member in _copy_members(parts).items():
        if copies and image in copies:
            yield member, copies[image]


def read_references(archive: Archive, counts: Sequence[int]) -> tuple[References, ...]:
    """The references of each run, whose numbers are these; () for a bundle that has none. Raises BundleError."""
    members = [_table_member(number, len(counts)) for number in range(len(counts))]
    if not all(member in archive.members for member in members):
        return ()
    parts = []
    for member, content, count in zip(members, archive.read(members), counts, strict=True):
        parts.append(_references(content, archive.path / member, count))
    member_of = _copy_members(parts)
    with_copies = []
    for references in parts:
        placed = [replace(one, copy=member_of[one.image]) for one in references]
        with_copies.append(tuple(one if one.copy in archive.members else replace(one, copy="") for one in placed))
    return tuple(with_copies)


def _copy_members(parts: Sequence[References]) -> dict[str, str]:
    """The member in which the copy of each image lies, if there is one."""
    images = dict.fromkeys(one.image for references in parts for one in references)
    return {image: f"{COPIES}{number}.jpg" for number, image in enumerate(images)}


def _table_member(number: int, runs: int) -> str:
    return "references.csv" if runs == 1 else f"references/{number}.csv"


def _references(content: bytes, name: Path, count: int) -> References:
    """The rows of a table; raises BundleError unless there are so many, each image once."""
    text = CsvText(name, lambda column: column if column in COLUMNS else None, BundleError, LARGEST_TABLE, content)
    require_names(text.header, COLUMNS, name)
    columns = text.cells().columns
    rows = zip(*(columns[column] for column in COLUMNS), strict=True)
    references = tuple(Reference(*row) for row in rows)
    if len(references) != count or len({one.image for one in references}) < count:
        raise BundleError(f"{name} does not name the {count} images that others are compared with; fit it again")
    return references


def nearest(parts: Sequence[References], squares: Sequence[np.ndarray], count: int = NEAREST) -> tuple[Neighbour, ...]:
    """The training images nearest to a new one, the nearest first, of squared distances (reference,) in each run.

    Of several runs their mean counts, for images that all of them compare with.
    """
    if not parts:
        return ()
    in_runs: dict[str, list[float]] = {}  # squared distances by image
    for references, row in zip(parts, squares, strict=True):
        for one, square in zip(references, row.tolist(), strict=True):
            in_runs.setdefault(one.image, []).append(square)
    neighbours = []
    for one in parts[0]:
        known = in_runs[one.image]
        if len(known) == len(parts):
            neighbours.append(Neighbour(one, float(np.sqrt(np.mean(known)))))
    neighbours.sort(key=lambda neighbour: neighbour.distance)
    return tuple(neighbours[:count])


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
