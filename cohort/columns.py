"""Columns of tables of images: the names that people give them, which of several is taken, and which are not used."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from unicodedata import normalize

from cohort.checks.notices import Notice
from cohort.files.csv_text import TextTable
from cohort.files.offenders import refuse, some
from cohort.names.spelling import clean, with_plain_dashes
from cohort.names.unknown_words import is_unknown_word
from cohort.samples import DatasetError

ALIASES = {  # in order of preference; compared without case, spaces, _ - and .
    "image": ("image", "filename", "slide_id", "file", "path"),
    "label": ("label", "class"),
    "patient": (
        "patient",
        "patient_id",
        "case_id",
        "subject",
        "subject_id",
        "case_submitter_id",
        "submitter_id",
        "bcr_patient_barcode",
        "patient_barcode",
        "tcga_id",
        "participant",
        "participant_id",
        "patient_number",
        "patient_name",
        "group",
    ),
}
DOUBTFUL = "group"  # of patients often, but of anything else too
SHOWN = 5


Cells = Mapping[int, Sequence[str]]  # what stands in the columns that may hold a field, by their position


def column_name(written: str) -> str:
    """What the name of a column is compared by.

    >>> column_name(" Patient ID"), column_name("patient-id"), column_name("PATIENT.ID")
    ('patientid', 'patientid', 'patientid')
    """
    return re.sub(r"[\s_.-]+", "", with_plain_dashes(normalize("NFKC", clean(written))).casefold())


FIELD_OF = {column_name(alias): field for field, names in ALIASES.items() for alias in names}


def usual_column(written: str) -> str | None:
    """The name as it is written, if a table of images may have a column of this name; else None."""
    return written if column_name(written) in FIELD_OF else None


class Columns(NamedTuple):
    """Where the columns of a table stand, and what becomes of each."""

    chosen: dict[str, int]  # the position of the column that holds each field
    rivals: dict[str, list[int]]  # the positions of other columns that may hold the field, in order of preference

    def unused(self, header: Sequence[str], also_used: Iterable[str] = ()) -> list[str]:
        """The names of all columns that are not taken, but for those that are used elsewhere."""
        used = {column_name(name) for name in also_used}
        taken = set(self.chosen.values())
        return [
            written
            for position, written in enumerate(header)
            if position not in taken and column_name(written) not in used
        ]


def choose_columns(
    table: TextTable, cells: Cells, required: Sequence[str], fields: Sequence[str] = tuple(ALIASES)
) -> Columns:
    """The column of each field: of several, the one of the name that is preferred, and no empty one before another.

    Raises DatasetError for a required field without a column, and for two columns of the preferred name.
    """
    empty = [position for position, values in cells.items() if not any(map(_entry, values))]
    chosen, rivals = {}, {}
    for field in fields:
        positions = _columns_of(table, field)
        if positions:
            filled = [position for position in positions if position not in empty] or positions
            chosen[field] = filled[0]
            rivals[field] = [position for position in positions if position != filled[0]]
            _require_one_of_the_name(table, filled)
        elif field in required:
            names = ALIASES[field]
            header = some([name.strip() for name in table.header], shown=20) or "none"
            usual = some(names[1:])
            raise DatasetError(f"{table.path} has no column {names[0]} (or {usual}); it has: {header}")
    return Columns(chosen, rivals)


def _columns_of(table: TextTable, field: str) -> list[int]:
    """The positions of the columns that may hold a field, in order of preference; a doubtful one only if alone."""
    positions: list[int] = []
    names = [column_name(written) for written in table.header]
    for alias in ALIASES[field]:
        same = [position for position, name in enumerate(names) if name == column_name(alias)]
        if alias != DOUBTFUL or not positions:
            positions += same
    return positions


def _require_one_of_the_name(table: TextTable, positions: Sequence[int]) -> None:
    """Refuse two columns of the preferred name: which of them is meant cannot be known."""
    name = column_name(table.header[positions[0]])
    same = [table.header[position].strip() for position in positions if column_name(table.header[position]) == name]
    rule = f"columns of {table.path} are there twice; rename or remove one of each"
    refuse(DatasetError, same[1:], rule)


def column_notices(table: TextTable, columns: Columns, cells: Cells, also_used: Iterable[str] = ()) -> list[Notice]:
    """What a reader must know of the columns: which are not used, which disagree, and which have a doubtful name."""
    source = table.path.name
    notices = []
    unused = columns.unused(table.header, also_used)
    if unused:
        sentence = f"{source}: columns not used: {_names(unused)}"
        notices.append(Notice("columns-not-used", sentence))
    for field, position in columns.chosen.items():
        taken = table.header[position].strip()
        if field == "patient" and column_name(taken) == DOUBTFUL:
            sentence = (
                f"{source}: column {taken} is taken as the patients; call it patient if that is right, and anything "
                "else if it is not"
            )
            notices.append(Notice("group-as-patients", sentence))
        for rival in columns.rivals[field] if field != "image" else ():
            if _disagree(cells[position], cells[rival]):
                other = table.header[rival].strip()
                sentence = (
                    f"{source}: columns {taken} and {other} may both be the {field}, and disagree; {taken} is taken: "
                    "correct or remove the one that is wrong"
                )
                notices.append(Notice("columns-disagree", sentence))
    return notices


def _names(written: Sequence[str]) -> str:
    """The first few names, and how many more there are, with those that are empty."""
    names = [name.strip() for name in written if name.strip()]
    nameless = len(written) - len(names)
    parts = [some(names, SHOWN)] if names else []
    if nameless:
        parts.append(f"{nameless} without a name")
    return ", ".join(parts)


def _disagree(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two columns divide the images otherwise; what they call the parts does not matter."""
    entries = {cell: _entry(cell) for cell in {*one, *other}}
    pairs = {(entries[ours], entries[theirs]) for ours, theirs in set(zip(one, other, strict=True))}
    ours, theirs = {ours for ours, _ in pairs}, {theirs for _, theirs in pairs}
    return theirs != {""} and not len(pairs) == len(ours) == len(theirs)


def _entry(cell: str) -> str:
    """What a cell says, without what nobody sees; "" for a word for unknown."""
    return "" if is_unknown_word(cell) else clean(cell)
