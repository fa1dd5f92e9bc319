"""Tables as people save them: CSV in the encodings and with the separators of other programs, every cell as text.

`TextTable` is what a table of any format has: a header and cells.

A table is not trusted to be small. Its bytes, its columns, its rows and its cells have limits, and only the cells of
the columns that are asked for are kept, so that a few kilobytes cannot fill the memory. No name makes a table of
something else: what is called .csv.gz is not unpacked.
"""

import csv
import io
import re
from abc import ABC, abstractmethod
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cohort.files.offenders import refuse
from cohort.files.tables_read import keep_digest
from imaging.errors import HistoboostError
from imaging.files.regular_file import open_regular

SEPARATORS = ",;\t|"  # in order of preference; Excel writes semicolons in half of Europe, and tabs as Unicode text
SEPARATOR_LINE = re.compile(r"""["']?sep=([,;|\t])["']?\s*""", re.IGNORECASE)  # above the header, for Excel
MAX_BYTES = 16 << 20  # two hundred thousand images
MAX_COLUMNS = 1 << 15
LONGEST_ROW = 1 << 22  # characters
MANY_CELLS = 1 << 20  # so many are kept of any table; more only where it has a byte for each, as complete rows have
MOST_CELLS = 1 << 24
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
SAVE_AS = "save it as a CSV table in UTF-8 (Excel: CSV UTF-8)"


@dataclass(frozen=True)
class Cells:
    """Some columns of a table, every cell as text."""

    lines: array  # (row,) the line of the file that each row ends in, from 1
    columns: dict[str, list[str]]  # by field, (row,) each; "" where a row is too short


class TextTable(ABC):
    """A table of text. Its header is read at once, its rows when `cells` asks for some of the columns."""

    path: Path
    header: tuple[str, ...]  # the names of all columns as they are written; empty where the file is
    positions: dict[str, int]  # where the columns stand that are needed, by field
    _error: type[HistoboostError]
    _bytes: int  # of the file, or of what is packed in it
    _kind = "a CSV table"

    @abstractmethod
    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row, the header first, after the line of the file that it ends in."""

    def _read_header(self, field_of: Callable[[str], str | None]) -> None:
        _, names = next(self._rows(), (0, []))
        self._limit_columns(len(names))
        self.header = tuple(names)
        self.positions = self._positions(field_of)

    def cells(self, positions: Mapping[str, int] | None = None) -> Cells:
        """The cells of the columns that are needed, or of those at other positions.

        Raises the table's error for rows with more cells than the header has, unless those are empty.
        """
        positions = self.positions if positions is None else positions
        lines = array("q")
        columns: dict[str, list[str]] = {field: [] for field in positions}
        too_long = []
        rows = self._rows()
        next(rows, None)  # the header
        for line, row in rows:
            lines.append(line)
            self._limit_cells(len(lines) * len(positions))
            if any(row[len(self.header) :]):
                too_long.append(f"line {line}")
            for field, position in positions.items():
                columns[field].append(row[position] if position < len(row) else "")
        way_out = "complete the header, or quote cells that hold the separator"
        refuse(self._error, too_long, f"rows of {self.path} have more cells than there are columns; {way_out}")
        return Cells(lines, columns)

    def _positions(self, field_of: Callable[[str], str | None]) -> dict[str, int]:
        fields = [field_of(name) for name in self.header]
        counts = Counter(field for field in fields if field is not None)
        repeated = [field for field, count in counts.items() if count > 1]
        refuse(self._error, repeated, f"columns of {self.path} are there twice; rename or remove one of each")
        return {field: position for position, field in enumerate(fields) if field is not None}

    def _read(self, max_bytes: int) -> bytes:
        try:
            with open_regular(self.path) as file:
                data = file.read(max_bytes + 1)
        except OSError as error:
            raise self._unreadable(error.strerror or str(error)) from error
        if len(data) > max_bytes:
            raise self._too_large(max_bytes)
        keep_digest(self.path, data)
        return data

    def _too_large(self, most: int) -> HistoboostError:
        limit = f"{most >> 20} MiB"
        return self._error(f"{self.path} is larger than {limit}, the most that is read as a table; remove columns")

    def _unreadable(self, why: str) -> HistoboostError:
        return self._error(f"{self.path} cannot be read as {self._kind}: {why}")

    def _limit_columns(self, count: int) -> None:
        if count > MAX_COLUMNS:
            raise self._error(f"{self.path} has more than {MAX_COLUMNS} columns; remove those that are not needed")

    def _limit_cells(self, count: int) -> None:
        """Short rows under a wide header would fill the memory with cells that nobody wrote."""
        most = min(max(MANY_CELLS, self._bytes), MOST_CELLS)
        if count > MOST_CELLS:
            raise self._error(f"{self.path} has more than {MOST_CELLS} cells; divide it, or remove columns")
        if count > most:
            raise self._error(
                f"{self.path} has a header of {len(self.header)} columns and rows that are far shorter, more than "
                f"{most} cells in all; complete the rows, or remove columns"
            )


class CsvText(TextTable):
    """A CSV table."""

    def __init__(
        self,
        path: Path,
        field_of: Callable[[str], str | None],
        error: type[HistoboostError],
        max_bytes: int = MAX_BYTES,
        content: bytes | None = None,
    ) -> None:
        """Open a table separated by commas, semicolons, tabs or bars, in UTF-8 or UTF-16.

        field_of: the field that a column of this name holds, None where the column is not needed. error: what is
        raised, here and by `cells`, with the file, the rule, the first offenders and the way out: for a file that
        cannot be read or is larger than `max_bytes`, and for two columns that hold one field. content: of the table,
        where it is no file of its own; then the path is only its name.
        """
        self.path = path
        self._error = error
        self._data = self._read(max_bytes) if content is None else content
        if len(self._data) > max_bytes:
            raise self._too_large(max_bytes)
        self._bytes = len(self._data)
        stated = self._stated_separator()
        self._skipped = 1 if stated else 0  # lines above the header
        self._separator = stated or self._likely_separator(field_of)
        self._read_header(field_of)

    def _stated_separator(self) -> str:
        """What a line `sep=;` above the header says; "" where there is none."""
        first_line = next(self._lines(), "")
        stated = SEPARATOR_LINE.fullmatch(first_line)
        return stated[1] if stated else ""

    def _likely_separator(self, field_of: Callable[[str], str | None]) -> str:
        """The separator under which the first line names most of the columns that are needed."""
        first_line = next((line for line in self._lines() if line.strip("\r\n")), "")
        likely, most = SEPARATORS[0], 0
        for separator in SEPARATORS:
            self._limit_columns(first_line.count(separator) + 1)
            names = [name.strip(' "\r\n') for name in first_line.split(separator)]
            needed = sum(field_of(name) is not None for name in names)
            if needed > most:
                likely, most = separator, needed
        return likely

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row, the header first, after the line that it ends in; empty lines are no rows, blanks are."""
        length = columns = 0  # of the row that is being read, which quotes may carry over many lines

        def lines() -> Iterator[str]:
            nonlocal length, columns
            for line in islice(self._lines(), self._skipped, None):
                length += len(line)
                columns += line.count(self._separator)
                self._limit_row(length, columns)
                yield line

        reader = csv.reader(lines(), delimiter=self._separator, strict=True)
        try:
            for row in reader:
                length = columns = 0
                if row:
                    yield reader.line_num + self._skipped, row
        except csv.Error as error:
            raise self._unreadable(f"{error}; close open quotes, or {SAVE_AS}") from error

    def _lines(self) -> Iterator[str]:
        """The lines of the file with their ends, decoded one by one."""
        try:
            text = io.TextIOWrapper(io.BytesIO(self._data), _encoding(self._data[:2]), newline="")
            while line := text.readline(LONGEST_ROW + 1):
                if "\0" in line:
                    raise self._unreadable(f"it holds NUL characters; {SAVE_AS}")
                self._limit_row(len(line), 0)
                yield line
        except UnicodeError as error:
            raise self._unreadable(f"{error}; {SAVE_AS}") from error

    def _limit_row(self, length: int, columns: int) -> None:
        """A row without end is one list in memory, whatever is needed of it."""
        if length > LONGEST_ROW or columns > 2 * MAX_COLUMNS:
            raise self._error(
                f"{self.path} has a row of more than {LONGEST_ROW} characters or {2 * MAX_COLUMNS} cells; {SAVE_AS}"
            )


def _encoding(start: bytes) -> str:
    """By the first two bytes: a mark, or the zero that every second byte of UTF-16 is in plain letters."""
    if start in UTF16_MARKS:
        return "utf-16"
    if start[1:] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if start[:1] == b"\0" else "utf-8-sig"
