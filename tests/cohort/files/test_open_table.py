"""A table is what its bytes say, whatever it is called."""

import pytest

from cohort.files.csv_text import CsvText
from cohort.files.open_table import open_table, tables_called
from cohort.spreadsheets.xlsx_text import XlsxText
from imaging.errors import HistoboostError
from tests.cohort.spreadsheets.workbooks import write_workbook


class TableError(HistoboostError):
    """Of a caller."""


def opened(path):
    return open_table(path, lambda name: name, TableError)


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx", "t.txt"])
def test_content_decides_and_not_the_name(tmp_path, name):
    path = tmp_path / name
    path.write_text("image\na\n")
    assert isinstance(opened(path), CsvText) and opened(path).cells().columns == {"image": ["a"]}
    write_workbook(path, [["image"], ["a"]])
    assert isinstance(opened(path), XlsxText) and opened(path).cells().columns == {"image": ["a"]}


def test_old_and_protected_excel_files_are_refused_with_a_way_out(tmp_path):
    path = tmp_path / "t.xls"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512))
    with pytest.raises(TableError, match=r"old Excel file, or one with a password; save it as \.xlsx without"):
        opened(path)


def test_what_cannot_be_opened_is_the_tables_own_error(tmp_path):
    with pytest.raises(TableError, match="cannot be read"):
        opened(tmp_path / "nowhere.csv")


def test_a_table_is_found_however_it_is_cased_and_csv_before_what_it_may_be_exported_from(tmp_path):
    assert tables_called(tmp_path, "patients") == []
    for name in ("Patients.XLSX", "patients.tsv", "patients.txt", "patients2.csv"):
        (tmp_path / name).touch()
    assert tables_called(tmp_path, "patients") == [tmp_path / "patients.tsv"]
    (tmp_path / "PATIENTS.csv").touch()
    assert tables_called(tmp_path, "patients") == [tmp_path / "PATIENTS.csv"]
    assert tables_called(tmp_path / "nowhere", "patients") == []
