"""One sheet of an .xlsx file, row by row: every cell becomes the text that a person sees."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from cohort.spreadsheets.xlsx_parts import NumberFormat, XlsxParts
from cohort.spreadsheets.xml_walker import TextCollector

CHUNK = 1 << 16  # bytes of a sheet that are looked at before its rows are handed on
REFERENCE = re.compile("([A-Z]{1,3})([0-9]{1,7})")  # of a cell
DAY_0, DAY_0_OF_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
EXACT = 10**15  # whole numbers below are written without an exponent
BOOLEANS = {"0": "FALSE", "1": "TRUE"}


class Workbook(NamedTuple):
    """What the cells of all sheets refer to."""

    texts: list[str]
    formats: list[NumberFormat]
    day_0: datetime

    @classmethod
    def of(cls, parts: XlsxParts) -> "Workbook":
        """Of an open file."""
        return cls(parts.texts(), parts.formats(), DAY_0_OF_1904 if parts.counts_from_1904() else DAY_0)


class CellRange(NamedTuple):
    """Cells from a corner to the other."""

    name: str
    first: int  # column, from 0
    last: int


class SheetRows:
    """The rows of a sheet that hold anything, and what is doubtful in the cells that were passed."""

    def __init__(self, workbook: Workbook, most_columns: Callable[[int], None]) -> None:
        """`most_columns` raises an error for a number of columns that is too large."""
        self.uncomputed: dict[int, str] = {}  # the first cell of each column with a formula and no value
        self.dates: dict[int, str] = {}  # the first date of each column
        self.merged: list[CellRange] = []
        self._workbook = workbook
        self._most_columns = most_columns
        self._rows: list[tuple[int, dict[int, str]]] = []  # line, and texts by column
        self._text = TextCollector()
        self._line, self._column = 0, -1
        self._row: dict[int, str] = {}  # texts by column
        self._cell: dict[str, str] = {}  # the attributes of the cell
        self._has_formula = False

    def read(self, parts: XlsxParts, sheet: bytes) -> Iterator[tuple[int, list[str]]]:
        """Each row of a part that has a filled cell, after its number."""
        walker = parts.walker(self._start, self._end, self._text.characters)
        for begin in range(0, len(sheet), CHUNK):
            walker.feed(sheet[begin : begin + CHUNK])
            for line, row in self._rows:
                yield line, [row.get(column, "") for column in range(max(row) + 1)]
            self._rows.clear()
        walker.feed(b"", is_last=True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._text.start(tag, attributes)
        if tag == "row":
            self._line = int(attributes.get("r", self._line + 1)) % (1 << 40)
            self._row, self._column = {}, -1
        elif tag == "c":
            reference = REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = column_of(reference[1]) if reference else self._column + 1
            self._most_columns(self._column + 1)
            self._cell = attributes
            self._has_formula = False
        elif tag == "f":
            self._has_formula = True
        elif tag == "mergeCell":
            self.merged.append(cell_range(attributes.get("ref", "")))

    def _end(self, tag: str) -> None:
        self._text.end(tag)
        if tag == "c":
            text = self._shown(self._text.take())
            if text:
                self._row[self._column] = text
            elif self._has_formula and self._cell.get("t") != "str":  # which may be empty text
                self.uncomputed.setdefault(self._column, self._cell.get("r", f"row {self._line}"))
        elif tag == "row" and self._row:
            self._rows.append((self._line, self._row))

    def _shown(self, written: str) -> str:
        """The text of a cell, by its type."""
        kind = self._cell.get("t", "n")
        if kind == "s" and written:
            return self._workbook.texts[int(written)]
        if kind == "b":
            return BOOLEANS.get(written, written)
        if kind != "n" or not written:
            return written
        style = int(self._cell.get("s", "0"))
        formats = self._workbook.formats
        shown_as = formats[style] if style < len(formats) else NumberFormat()
        number = float(written)
        if shown_as.is_date:
            text = date_text(number, self._workbook.day_0)
            self.dates.setdefault(self._column, text)
            return text
        return number_text(number, shown_as)


def column_of(letters: str) -> int:
    """The place of a column, from 0.

    >>> column_of("A"), column_of("Z"), column_of("AA")
    (0, 25, 26)
    """
    place = 0
    for letter in letters:
        place = 26 * place + ord(letter) - ord("A") + 1
    return place - 1


def cell_range(name: str) -> CellRange:
    """The columns of a range such as B2:C5; raises ValueError for what is none."""
    corners = [REFERENCE.fullmatch(corner) for corner in name.split(":")]
    columns = [column_of(corner[1]) for corner in corners if corner is not None]
    return CellRange(name, min(columns), max(columns))


def number_text(number: float, shown_as: NumberFormat) -> str:
    """A number as text: whole ones without a decimal point, with their leading zeros; others with every digit.

    >>> number_text(7.0, NumberFormat()), number_text(7.0, NumberFormat(digits=3)), number_text(0.1, NumberFormat())
    ('7', '007', '0.1')
    """
    is_whole = number == round(number, 0) and abs(number) < EXACT
    if not is_whole:
        return repr(number)
    return shown_as.before + str(int(number)).zfill(shown_as.digits)


def date_text(days: float, day_0: datetime) -> str:
    """A moment as ISO 8601 writes it: the date, the time, or both, whichever there is.

    >>> date_text(45352.0, DAY_0), date_text(45352.5, DAY_0), date_text(0.5, DAY_0)
    ('2024-03-01', '2024-03-01 12:00:00', '12:00:00')
    """
    try:
        moment = day_0 + timedelta(seconds=round(days * 86400))
    except OverflowError:
        return repr(days)  # Excel shows such a cell as #####
    if 0 < days < 1:
        return f"{moment:%H:%M:%S}"
    return f"{moment:%Y-%m-%d}" if days == int(days) else f"{moment:%Y-%m-%d %H:%M:%S}"
