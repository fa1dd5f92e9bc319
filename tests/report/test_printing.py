import doctest
import io
import re

import pandas as pd
import pytest
from rich.console import Console

import report.printing
from benchmarks import fuzz, hostile
from report.printing import for_terminal, markdown, markdown_table, rich_table
from report.section import Section


def printed(thing: object, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO())
    console.print(thing)
    return console.file.getvalue()


def test_terminal_and_markdown_say_the_same():
    cells = pd.DataFrame({"n": ["1", "2"], "%": ["3.0", "–"]}, index=pd.Index(["a", "b"], name="class"))
    for part in (Section("key", "Title", "A sentence.", cells), Section("key", "Title", "Nothing to show.")):
        text, shown = markdown([part]), printed(for_terminal(part))
        assert f"## {part.title}\n\n{part.sentence}\n" in text
        assert part.title in shown and part.sentence in shown
        for cell in [] if part.cells is None else part.cells.to_numpy().ravel():
            assert cell in shown and f" {cell} |" in text


def test_a_name_with_a_bar_stays_one_cell():
    table = markdown_table(pd.DataFrame({"n": ["1"]}, index=pd.Index(["a|b"], name="class")))
    assert table == "\n| class | n |\n| --- | --: |\n| a\\|b | 1 |\n"


def test_a_name_that_looks_like_markup_is_printed_as_it_is():
    assert "[red]" in printed(rich_table(pd.DataFrame({"[bold]": ["1"]}, index=pd.Index(["[red]"], name="class"))))


@pytest.mark.parametrize("classes", [4, 10])
def test_numbers_survive_a_narrow_terminal(classes):
    names = [f"tissue{k}" for k in range(classes)]
    cells = pd.DataFrame("123", index=pd.Index(names, name="true"), columns=pd.Index(names, name="predicted"))
    shown = printed(rich_table(cells))
    assert shown.count("123") == classes**2
    assert all(f"\n{name}" in shown for name in names)
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(("rows", "columns"), [(60, 60), (3, 60), (600, 3)])
def test_a_table_of_many_classes_is_left_to_the_file_and_loses_no_column_without_a_word(rows, columns):
    names = [f"tissue{k}" for k in range(rows)]
    cells = pd.DataFrame("7", index=pd.Index(names, name="true"), columns=[f"c{k}" for k in range(columns)])
    section = Section("key", "Title", "A sentence.", cells)
    shown = printed(for_terminal(section))
    assert f"{rows} rows and {columns} columns are too many for a terminal: see table.md" in shown
    assert "tissue" not in shown and markdown([section]).count(" 7 |") == rows * columns


def test_ten_folds_fit_eighty_columns():
    columns = [*map(str, range(1, 11)), "mean", "std"]
    rows = pd.Index(["resnet50-400@0.5", "std", "fusion"], name="variant")
    shown = printed(rich_table(pd.DataFrame("92.5", index=rows, columns=columns)))
    assert shown.count("92.5") == 36 and "resnet50-400@0.5 92.5 92.5" in shown


@pytest.mark.parametrize("name", hostile.NAMES)
def test_a_name_is_nothing_but_a_name_in_every_text(name):
    cells = pd.DataFrame({name: [name]}, index=pd.Index([name], name="class"))
    section = Section("key", f"Of {name}", f"Sentence of {name}.", cells)
    text, shown = markdown([section]), printed(for_terminal(section), width=20_000)
    assert not fuzz.OBEYED.search(text) and not fuzz.OBEYED.search(shown)
    assert text.count("\n") == 7, "a name has no further line"
    assert not re.search(r"(?<!\\)(\\\\)*(<(?=[A-Za-z/!?])|!\[|(?<=\])\()", text), (
        "neither HTML nor a picture nor a link"
    )
    for row in text.splitlines()[4:]:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 3, "a name has one cell"


def test_the_documented_example():
    assert doctest.testmod(report.printing).failed == 0
