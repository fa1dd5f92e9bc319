"""Tables in .xlsx files, as Excel and others save them, with the face of a CSV table."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from cohort.checks.notices import Notice, Warn, unsaid
from cohort.files.csv_text import MAX_BYTES, Cells, TextTable
from cohort.files.offenders import refuse, some
from cohort.spreadsheets.xlsx_parts import Sheet, XlsxParts
from cohort.spreadsheets.xlsx_sheet import SheetRows, Workbook
from imaging.errors import HistoboostError


class XlsxText(TextTable):
    """The table in an .xlsx file: in the first sheet of those whose header names most of the needed columns."""

    _kind = "an Excel table"

    def __init__(
        self,
        path: Path,
        field_of: Callable[[str], str | None],
        error: type[HistoboostError],
        max_bytes: int = MAX_BYTES,
        warn: Warn = unsaid,
    ) -> None:
        """Open a table; see CsvText for the arguments. Hidden sheets are passed over.

        `warn` is told of other sheets that hold anything, and by `cells` of dates. Cells are text as a person sees it:
        7 for the number 7.0, with the leading zeros that its format has; dates as ISO 8601 writes them. Raises the
        error also for what a sheet shows and does not hold: formulas that were never computed, and merged cells.
        """
        self.path, self._error, self._warn = path, error, warn
        self.header = ()
        self._max_bytes = max_bytes
        self._sheet: Sheet | None = None
        self._parts = XlsxParts(self._read(max_bytes), self._unreadable)
        self._workbook = Workbook.of(self._parts)
        self._choose_sheet(field_of)

    def _choose_sheet(self, field_of: Callable[[str], str | None]) -> None:
        """Open the first of the sheets that name most of the columns; an empty one where all are empty."""
        full: list[str] = []
        chosen, most = None, -1
        for sheet in self._parts.sheets():
            header = [] if sheet.is_hidden else self._header_of(sheet)
            if not header:
                continue
            full.append(sheet.name)
            needed = sum(field_of(name) is not None for name in header)
            if needed > most:
                chosen, most = sheet, needed
        self._sheet = chosen
        self._read_header(field_of)
        others = [name for name in full if chosen is not None and name != chosen.name]
        if others and chosen is not None:
            sentence = f"{self.path}: only sheet {chosen.name!r} is read; others hold something too: {some(others)}"
            self._warn([Notice("spreadsheet", f"{sentence}; save the right one alone where another is meant")])

    def _header_of(self, sheet: Sheet) -> list[str]:
        self._sheet = sheet
        _, names = next(self._rows(), (0, []))
        return names

    def cells(self, positions: Mapping[str, int] | None = None) -> Cells:
        """As of every table; raises the table's error also for merged and for uncomputed cells in these columns."""
        cells = super().cells(positions)
        columns = set((self.positions if positions is None else positions).values())
        uncomputed = [name for column, name in sorted(self._passed.uncomputed.items()) if column in columns]
        way_out = "open it in Excel or LibreOffice and save it, or replace formulas by their values"
        refuse(self._error, uncomputed, f"columns of {self.path} hold formulas that were never computed; {way_out}")
        merged = []
        for cell_range in self._passed.merged:
            if any(cell_range.first <= column <= cell_range.last for column in columns):
                merged.append(cell_range.name)
        way_out = "unmerge them, and fill in every row"
        refuse(self._error, merged, f"ranges of {self.path} are merged into one cell; {way_out}")
        self._warn_of_dates(columns)
        return cells

    def _warn_of_dates(self, columns: set[int]) -> None:
        """A name such as 3-1 becomes a date in Excel, and cannot be had back."""
        notices = []
        for column, date in sorted(self._passed.dates.items()):
            if column in columns:
                sentence = (
                    f"{self.path}: column {self.header[column]!r} holds dates, such as {date}; where they were names "
                    "such as 3-1, write them again in cells that are formatted as text"
                )
                notices.append(Notice("spreadsheet", sentence))
        self._warn(notices)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row that holds anything; the cells together are no longer than a CSV table may be."""
        self._passed = SheetRows(self._workbook, self._limit_columns)
        self._bytes = cells = characters = 0
        if self._sheet is None:
            return
        sheet = self._parts.read(self._sheet.part)
        self._bytes = len(sheet)
        for line, row in self._passed.read(self._parts, sheet):
            cells += len(row)
            self._limit_cells(cells)
            characters += sum(map(len, row))
            if characters > self._max_bytes:
                limit = f"{self._max_bytes >> 20} MiB"
                raise self._error(f"{self.path} holds more than {limit} of text, the most that is read; remove columns")
            yield line, row
