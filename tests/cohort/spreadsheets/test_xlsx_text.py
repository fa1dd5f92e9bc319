"""Laws of tables in .xlsx files: cells are the text that is seen, a small file takes little memory, doubts are said."""

import tracemalloc

import pytest

from cohort.spreadsheets.xlsx_text import XlsxText
from imaging.errors import HistoboostError
from tests.cohort.spreadsheets.workbooks import DATE, MAIN, PADDED, parts_of, sheet, write_parts, write_workbook

HEADER = ["image", "Label ", "note"]


class TableError(HistoboostError):
    """Of a caller."""


def needed(name):
    return name.strip().lower() if name.strip().lower() in ("image", "label") else None


def opened(path, notices=None, **options):
    return XlsxText(path, needed, TableError, warn=[].extend if notices is None else notices.extend, **options)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.xlsx"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("007", "007"),
        (7, "7"),
        (7.0, "7"),
        ((7.0, PADDED), "007"),
        (-7.0, "-7"),
        (0.1, "0.1"),
        (1 / 3, repr(1 / 3)),
        (1e-5, "1e-05"),
        (123456789012.0, "123456789012"),
        ((45352.0, DATE), "2024-03-01"),
        (" x & <y>", " x & <y>"),
        (b'<c t="b"><v>1</v></c>', "TRUE"),
        (b'<c t="e"><v>#N/A</v></c>', "#N/A"),
        (b'<c t="str"><f>A1</f><v></v></c>', ""),
        (b"<c><f>1+1</f><v>2</v></c>", "2"),
        (b'<c t="s"><v>1</v></c>', "in situ"),
        (b'<c t="inlineStr"><is><r><t>in </t></r><r><t>situ_x000D_</t></r></is></c>', "in situ\r"),
        (None, ""),
    ],
)
def test_a_cell_is_the_text_that_is_seen(path, value, text):
    texts = ["<t>other</t>", "<r><t>in </t></r><r><t>situ</t></r><rPh><t>reading aid</t></rPh>"]
    write_workbook(path, [HEADER, ["a.png", value, "x"]], texts=texts)
    table = opened(path)
    assert table.header == tuple(HEADER) and table.positions == {"image": 0, "label": 1}
    assert table.cells().columns == {"image": ["a.png"], "label": [text]}


def test_cells_stand_where_their_names_say_and_empty_rows_are_none(path):
    rows = (
        '<row r="2"><c r="B2" t="str"><v>label</v></c><c r="A2" t="str"><v>image</v></c></row>'
        '<row r="4"><c r="B4"><v>2</v></c></row><row r="5"><c r="A5"/></row><row r="9"><c r="A9"><v>1</v></c></row>'
    )
    write_workbook(path, {"s": f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"})
    cells = opened(path).cells()
    assert cells.columns == {"image": ["", "1"], "label": ["2", ""]} and list(cells.lines) == [4, 9]


def test_of_several_sheets_the_one_that_is_meant_is_read_and_the_others_are_named(path):
    notices = []
    write_workbook(path, {"empty": [], "plan": [["draft"]], "data": [HEADER, ["a", "x", ""]], "old": [["image"]]})
    assert opened(path, notices).cells().columns == {"image": ["a"], "label": ["x"]}
    assert [notice.kind for notice in notices] == ["spreadsheet"]
    assert "only sheet 'data' is read; others hold something too: plan, old" in notices[0]


def test_a_hidden_sheet_is_not_read(path):
    notices = []
    write_workbook(path, {"lists": [HEADER], "data": [HEADER, ["a", "x", ""]]}, hidden=["lists"])
    assert opened(path, notices).cells().columns["image"] == ["a"] and notices == []


def test_a_workbook_without_cells_is_an_empty_table(path):
    write_workbook(path, [])
    assert opened(path).header == () and opened(path).cells().columns == {}


def test_dates_in_needed_columns_are_told_of(path):
    notices = []
    write_workbook(path, [HEADER, [(45352.0, DATE), "x", (45352.0, DATE)], ["b", "x", ""]])
    opened(path, notices).cells()
    assert [notice.kind for notice in notices] == ["spreadsheet"]
    assert "column 'image' holds dates, such as 2024-03-01" in notices[0]


def test_what_a_sheet_shows_and_does_not_hold_is_refused_in_needed_columns(path):
    uncomputed = b'<c r="B2"><f>A1</f></c>'
    write_workbook(path, [HEADER, ["a", uncomputed, ""]])
    with pytest.raises(TableError, match=r"(?s)formulas that were never computed; open it in Excel.*B2"):
        opened(path).cells()
    assert opened(path).cells({"image": 0}).columns == {"image": ["a"]}
    merged = sheet([HEADER, ["a", "x", ""], ["b", "", ""]], '<mergeCells><mergeCell ref="B2:B3"/></mergeCells>')
    write_workbook(path, {"s": merged})
    with pytest.raises(TableError, match=r"(?s)are merged into one cell; unmerge them, and fill in every row.*B2:B3"):
        opened(path).cells()
    assert opened(path).cells({"note": 2}).columns == {"note": ["", ""]}


@pytest.mark.parametrize("rows", [[["image", "Image "]], [["image"], ["a", "b"]]])
def test_rules_of_every_table_hold(path, rows):
    write_workbook(path, rows)
    with pytest.raises(TableError, match=r"are there twice|more cells than there are columns"):
        opened(path).cells()


BILLION = '<!DOCTYPE a [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("part", "content", "message"),
    [
        ("xl/worksheets/s1.xml", BILLION + sheet([["&b;"]]), "has a document type"),
        ("xl/styles.xml", BILLION.encode("utf-16"), "has a document type"),
        ("xl/worksheets/s1.xml", "<worksheet", "its XML is damaged"),
        ("xl/worksheets/s1.xml", f'<a {MAIN}><row><c t="s"><v>9</v></c></row></a>', "its XML is damaged"),
        ("xl/worksheets/s1.xml", f"<a {MAIN}><row><c><v>x</v></c></row></a>", "its XML is damaged"),
        ("xl/worksheets/s1.xml", f'<a {MAIN}><row r="x"/></a>', "its XML is damaged"),
        ("xl/workbook.xml", f"<workbook {MAIN}>{'<b/>' * (1 << 18)}</workbook>", "more than 262144 tags"),
        ("_rels/.rels", "<Relationships/>", "no .xlsx workbook; save it as .xlsx or as CSV"),
        ("xl/_rels/workbook.xml.rels", None, "cannot be unpacked"),
        ("xl/worksheets/s1.xml", None, "cannot be unpacked"),
    ],
)
def test_damaged_and_hostile_parts_are_refused(path, part, content, message):
    parts = parts_of({"s": [HEADER]})
    if content is None:
        del parts[part]
    else:
        parts[part] = content
    write_parts(path, parts)
    with pytest.raises(TableError, match=rf"t.xlsx cannot be read as an Excel table: .*{message}"):
        opened(path).cells()


def test_a_damaged_archive_is_refused(path):
    write_workbook(path, [HEADER])
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(TableError, match="damaged archive"):
        opened(path)


def refused_within(path, message, limit, **options):
    """Opening and reading is refused, and never holds so many bytes."""
    tracemalloc.start()
    try:
        with pytest.raises(TableError, match=message):
            opened(path, **options).cells()
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


def test_a_few_kilobytes_never_become_gigabytes(path, monkeypatch):
    monkeypatch.setattr("cohort.spreadsheets.xlsx_parts.MAX_UNPACKED", 1 << 20)
    write_workbook(path, {"s": sheet([HEADER]) + " " * (1 << 20)})
    assert path.stat().st_size < 1 << 13
    refused_within(
        path, "unpacked it is larger than 1 MiB; save the table alone, or as CSV", 1 << 19, max_bytes=1 << 14
    )
    write_workbook(path, [HEADER, *[["x" * 100] * 3] * 1000])
    refused_within(path, "holds more than 0 MiB of text", 8 << 20, max_bytes=path.stat().st_size)


def test_a_cell_far_to_the_right_takes_no_room_for_those_before_it(path, monkeypatch):
    monkeypatch.setattr("cohort.files.csv_text.MANY_CELLS", 1 << 17)
    far = '<row><c r="XFD1"><v>1</v></c></row>'
    write_workbook(path, {"s": f"<worksheet {MAIN}><sheetData>{far * 2000}</sheetData></worksheet>"})
    refused_within(path, "cells in all", 32 << 20)
    write_workbook(path, {"s": f'<worksheet {MAIN}><row><c r="ZZZ1"/>{"<c/>" * (1 << 15)}</row></worksheet>'})
    refused_within(path, "more than 32768 columns", 32 << 20)


def test_what_openpyxl_writes_is_read(path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    book.active.append(["ä.png", 7, 0.25])
    book.active.append([True, 1 / 4, None])
    book.save(path)
    assert opened(path).cells({"image": 0, "label": 1}).columns == {"image": ["ä.png", "TRUE"], "label": ["7", "0.25"]}
