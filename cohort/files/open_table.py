"""Tables of either kind, told apart by what is in them and not by their names."""

from collections.abc import Callable
from pathlib import Path

from cohort.checks.notices import Warn, unsaid
from cohort.files.csv_text import MAX_BYTES, CsvText, TextTable
from cohort.spreadsheets.xlsx_text import XlsxText
from imaging.errors import HistoboostError
from imaging.files.regular_file import open_regular

TABLES = (".csv", ".tsv", ".xlsx")  # endings by which a table is known among images
ZIP = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # .xls, and .xlsx that is protected by a password


def tables_called(folder: Path, name: str) -> list[Path]:
    """The tables of this name in a folder, however it is cased: of the first ending that there is, sorted."""
    stems = [path for path in folder.glob("*") if path.stem.lower() == name and path.is_file()]
    for ending in TABLES:
        tables = sorted(path for path in stems if path.suffix.lower() == ending)
        if tables:
            return tables
    return []


def open_table(
    path: Path,
    field_of: Callable[[str], str | None],
    error: type[HistoboostError],
    max_bytes: int = MAX_BYTES,
    warn: Warn = unsaid,
) -> TextTable:
    """Open a CSV or .xlsx table; `warn` is told what is doubtful in it. Raises the error; see CsvText and XlsxText."""
    start = _first_bytes(path)
    if start == ZIP:
        return XlsxText(path, field_of, error, max_bytes, warn)
    if start == OLD_OFFICE:
        raise error(
            f"{path} is an old Excel file, or one with a password; save it as .xlsx without a password, or as CSV UTF-8"
        )
    return CsvText(path, field_of, error, max_bytes)


def _first_bytes(path: Path) -> bytes:
    """Those that tell; none of what cannot be read, which the reader says better."""
    try:
        with open_regular(path) as file:
            return file.read(len(ZIP))
    except OSError:
        return b""
