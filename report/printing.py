"""Sections as text: in Markdown for table.md, and as rich prints them to a terminal.

Names in them are others' choice, and stay names: no HTML, no picture, no further line or cell, nothing that is obeyed.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import pandas as pd
from rich import box
from rich.cells import cell_len
from rich.console import Group, JustifyMethod
from rich.table import Table
from rich.text import Text

from imaging.errors import shown, shown_lines
from report.section import Section, cell_text

# in Markdown: an escape of the next mark, HTML, a picture, a link's address, and code that hides it
MARKS = re.compile(r"\\(?=[!-/:-@\[-`{-~])|<(?=[A-Za-z/!?])|!(?=\[)|(?<=\])\(")
MANY_COLUMNS = 8  # a table of more has no gaps between them in a terminal


MOST_ROWS, MOST_COLUMNS = 40, 20  # of a table in a terminal; where room is short, it would lose columns without a word


def corner(cells: pd.DataFrame) -> str:
    """The heading of the first column; a confusion matrix names both its axes."""
    return f"{cells.index.name} \\ {cells.columns.name}" if cells.columns.name else str(cells.index.name)


def markdown(sections: Iterable[Section], above: Iterable[str] = ()) -> str:
    """All sections in one Markdown text, with the lines `above` them."""
    texts = [f"{markdown_text(line)}\n" for line in above]
    for section in sections:
        title, sentence = markdown_text(section.title), markdown_text(section.sentence)
        texts.append(f"## {title}\n\n{sentence}\n{markdown_table(section.cells)}")
    return "\n".join(texts)


def markdown_text(text: object) -> str:
    r"""A text on one line of Markdown in which names are nothing but names.

    >>> print(markdown_text("p < 0.05 of <b>, ![x](y)"))
    p < 0.05 of \<b>, \![x]\(y)
    """
    return MARKS.sub(r"\\\g<0>", one_line(text))


def one_line(text: object) -> str:
    """A sentence with names in it, nothing of which is obeyed; the ends of lines in names too are shown."""
    return shown_lines(text).replace("\n", r"\n")


def unbroken(sentence: str) -> Text:
    """A sentence with a command in it for the terminal: that begins a line, so that no end of one is copied with it."""
    return Text(one_line(sentence).replace(" `", "\n`", 1), style="bold")


def markdown_table(cells: pd.DataFrame | None) -> str:
    """A table in Markdown, numbers to the right; nothing for no table."""
    if cells is None:
        return ""
    heads = [corner(cells), *map(str, cells.columns)]
    rows = [heads, ["---"] + ["--:"] * cells.shape[1]]
    for name, *values in cells.map(cell_text).itertuples():
        rows.append([str(name), *values])
    return "\n" + "\n".join(map(markdown_row, rows)) + "\n"


def markdown_row(texts: list[str]) -> str:
    """One row of a Markdown table; a bar within a cell does not end it."""
    return "| " + " | ".join(markdown_text(shown(text)).replace("|", r"\|") for text in texts) + " |"


def for_terminal(section: Section) -> Group:
    """A section as rich prints it, an empty line after it."""
    words = [Text(one_line(section.title), style="bold"), Text(one_line(section.sentence), style="dim"), Text()]
    if section.cells is None:
        return Group(*words)
    rows, columns = section.cells.shape
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        return Group(
            *words, Text(f"{rows} rows and {columns} columns are too many for a terminal: see table.md"), Text()
        )
    return Group(*words, rich_table(section.cells), Text())


def rich_table(cells: pd.DataFrame) -> Table:
    """A table for the terminal, numbers to the right; where room is short, names are broken and numbers never."""
    texts = cells.map(lambda cell: shown(cell_text(cell)))
    gap = 0 if texts.shape[1] > MANY_COLUMNS else 1
    table = Table(box=box.SIMPLE, padding=(0, gap), collapse_padding=True, show_edge=False, pad_edge=False)
    widths = [max(map(len, texts[column])) for column in texts.columns]  # (columns,)
    is_breakable = [len(str(column)) > width for column, width in zip(texts.columns, widths, strict=True)]
    table.add_column(Text(shown(corner(cells))), overflow="fold", no_wrap=any(is_breakable))
    for column, width, breakable in zip(texts.columns, widths, is_breakable, strict=True):
        head = Text(shown(column))
        least = width if breakable else None
        table.add_column(head, justify="right", overflow="fold", no_wrap=not breakable, min_width=least)
    for name, *values in texts.itertuples():
        if name == "std":
            table.add_section()
        style = "bold" if name == "fusion" else ""
        table.add_row(Text(shown(name)), *map(Text, values), style=style)
    return table


def short_table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int]) -> Table:
    """A table of texts without rules, a line a row; `right` are the columns of numbers, which end in line.

    Where room is short, the last column loses the ends of its words.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for number, head in enumerate(heads):
        justify: JustifyMethod = "right" if number in right else "left"
        texts = [shown(head), *(shown(row[number]) for row in rows)]
        is_last = number == len(heads) - 1
        least = 0 if is_last else max(map(cell_len, texts))
        look: dict[str, Any] = {"no_wrap": True, "overflow": "ellipsis", "min_width": least}
        table.add_column(Text(texts[0], style="dim"), justify=justify, **look)
    for row in rows:
        table.add_row(*(Text(shown(text)) for text in row))
    return table
