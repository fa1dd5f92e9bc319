"""Laws of tables from people: text stays text, whatever program saved it, and a small file takes little memory."""

import gzip
import os
import tracemalloc
from time import perf_counter

import pytest

from cohort.files.csv_text import MAX_COLUMNS, CsvText
from imaging.errors import HistoboostError

KNOWN = ("image", "label")


class TableError(HistoboostError):
    """Of a caller."""


def needed(name):
    return name.strip().lower() if name.strip().lower() in KNOWN else None


def read(path, content, **options):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return CsvText(path, needed, TableError, **options)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.csv"


def test_every_cell_of_the_needed_columns_is_text_and_knows_its_line(path):
    table = read(path, 'other,Image , LABEL\n1,007,NA\n\n2,"two\nlines",\n3\n')
    assert table.header == ("other", "Image ", " LABEL") and table.positions == {"image": 1, "label": 2}
    cells = table.cells()
    assert cells.columns == {"image": ["007", "two\nlines", ""], "label": ["NA", "", ""]}
    assert list(cells.lines) == [2, 5, 6]


def test_other_columns_may_be_asked_for(path):
    table = read(path, "image,a,a\nx,1,2\n")
    assert table.cells({"first": 1, "second": 2}).columns == {"first": ["1"], "second": ["2"]}


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("encoding", "end"),
    [
        ("utf-8", "\n"),
        ("utf-8-sig", "\r\n"),
        ("utf-16", "\r\n"),
        ("utf-16-le", "\n"),
        ("utf-16-be", "\r"),
        ("utf-8", "\r"),
    ],
)
def test_what_other_programs_write_is_read(mark, encoding, end, path):
    lines = ["", f"Image{mark}Label{mark}other thing", f'ä.png{mark}"x, y; z"{mark}1', f"b.png{mark}z", "", ""]
    cells = read(path, end.join(lines).encode(encoding)).cells()
    assert cells.columns == {"image": ["ä.png", "b.png"], "label": ["x, y; z", "z"]}


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_separator_may_be_said_above_the_header(line, encoding, path):
    cells = read(path, f"{line}\r\nimage;a,b,image,label\r\nx;y\r\n".encode(encoding)).cells()
    assert cells.columns == {"image": ["x"]} and list(cells.lines) == [3]


def test_empty_cells_beyond_the_header_are_no_cells(path):
    assert read(path, "image;label\na;b;;\n").cells().columns == {"image": ["a"], "label": ["b"]}


@pytest.mark.parametrize("row", ["  ", '""', ","])
def test_a_row_of_blanks_is_a_row_for_somebody_wrote_it(row, path):
    cells = read(path, f"image,label\n\na,b\n{row}\n\n").cells()
    assert [cell.strip() for cell in cells.columns["image"]] == ["a", ""] and list(cells.lines) == [3, 4]


def test_columns_of_one_name_that_are_not_needed_are_passed_over(path):
    assert read(path, "note,image,note,label\n1,a,2,b\n").cells().columns == {"image": ["a"], "label": ["b"]}


def test_a_file_without_rows_has_no_cells(path):
    assert read(path, "").header == () and read(path, "\n\n").cells().columns == {}
    assert read(path, "image,label\n").cells().columns == {"image": [], "label": []}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("image,label\nä.png,x\n".encode("cp1252"), r"cannot be read as a CSV table: .*decode .*; save it .*Excel"),
        (b"image,label\na.png,x\0\n", r"holds NUL characters; save it"),
        (b"\xff\xfei\0m\0a", r"cannot be read .* truncated data; save it"),
        (b'image,label\n"a.png,x\n', r"unexpected end of data; close open quotes, or save it"),
        (b'image,label\n"a"b,x\n', r"expected after .*; close open quotes, or save it"),
        (b"image,label\n" + b"a" * 200_000 + b",x\n", r"field larger than field limit .* close open quotes"),
        (b"image,Label,label\na.png,x,y\n", r"(?s)1 columns of .*t.csv are there twice; rename.*:\n  label"),
        (b"image,label\na,b\na,b,,c\n", r"(?s)1 rows of .*t.csv have more cells than there are columns;.*:\n  line 3"),
        (b"image" + b"," * MAX_COLUMNS, f"t.csv has more than {MAX_COLUMNS} columns; remove"),
        (b'image,"\n"' + b"," * (MAX_COLUMNS - 1), f"t.csv has more than {MAX_COLUMNS} columns; remove"),
    ],
    ids=range(10),
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_way_out(content, message, path):
    with pytest.raises(TableError, match=message):
        read(path, content).cells()


def test_the_caller_says_how_large_a_table_may_be(path):
    content = b"image,label\n" + b"a" * (1 << 20)
    read(path, content, max_bytes=len(content))
    with pytest.raises(TableError, match=r"t.csv is larger than 1 MiB, the most that is read as a table; remove"):
        read(path, content, max_bytes=len(content) - 1)


def test_a_folder_is_no_table(path):
    with pytest.raises(TableError, match=r"cannot be read as a CSV table: .*[Dd]irectory"):
        CsvText(path.parent, needed, TableError)


def memory_of(action):
    """The most that an action held at once, in bytes."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_short_rows_under_a_wide_header_take_no_room_for_cells_that_nobody_wrote(path, monkeypatch):
    """As rows of dictionaries, 48 kB of this kind took more than 400 MB."""
    monkeypatch.setattr("cohort.files.csv_text.MANY_CELLS", 1 << 17)
    table = read(path, "image" + "".join(f",{number}" for number in range(2000)) + "\n" + "a\n" * 2000)
    assert memory_of(table.cells) < 1 << 19

    def refused():
        with pytest.raises(
            TableError, match=rf"of 2001 columns and rows .* more than {1 << 17} cells in all; complete"
        ):
            table.cells({name: position for position, name in enumerate(table.header)})

    assert memory_of(refused) < 4 << 20


def test_complete_rows_are_read_however_many_there_are(path, monkeypatch):
    monkeypatch.setattr("cohort.files.csv_text.MANY_CELLS", 10)
    assert len(read(path, "image,label\n" + ",\n" * 100).cells().lines) == 100
    with pytest.raises(TableError, match="far shorter"):
        read(path, "image,label,Image2\n" + "a\n" * 100).cells(dict.fromkeys("abc", 0))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"image,label\n" + b"," * 1_000_000, "has a row of more than"),
        (b"image,label\n" + b"a" * 5_000_000, "has a row of more than"),
        (b"image,label\n" + b'"\n",' * 1_000_000, "has a row of more than"),
    ],
    ids=["cells", "characters", "lines"],
)
def test_a_row_has_an_end(content, message, path):
    started = perf_counter()

    def refused():
        with pytest.raises(TableError, match=message):
            read(path, content).cells()

    assert memory_of(refused) < len(content) + (80 << 20) and perf_counter() - started < 20


@pytest.mark.parametrize("name", ["t.csv.gz", "t.csv.bz2", "t.csv.xz", "t.csv.zip", "t.csv.zst", "t.gz"])
def test_no_name_makes_a_table_of_something_packed(name, tmp_path):
    packed = gzip.compress(b"image,label\n" + b"a.png,x\n" * 100_000)
    with pytest.raises(TableError, match="cannot be read as a CSV table"):
        read(tmp_path / name, packed).cells()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_is_not_waited_for(path):
    os.mkfifo(path)
    with pytest.raises(TableError, match="it is a pipe"):
        CsvText(path, needed, TableError)


def test_the_content_of_a_table_may_be_at_hand(path):
    assert CsvText(path, needed, TableError, content=b"image\na\n").cells().columns == {"image": ["a"]}
    with pytest.raises(TableError, match="larger than 0 MiB"):
        CsvText(path, needed, TableError, 5, b"image\na\n")
