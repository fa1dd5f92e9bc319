"""Sections as text: in Markdown for table.md, and as rich prints them to a terminal."""

from collections.abc import Iterable

import pandas as pd
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from report.section import Section, cell_text

MANY_COLUMNS = 8  # a table of more has no gaps between them in a terminal


def corner(cells: pd.DataFrame) -> str:
    """The heading of the first column; a confusion matrix names both its axes."""
    return f"{cells.index.name} \\ {cells.columns.name}" if cells.columns.name else str(cells.index.name)


def markdown(sections: Iterable[Section]) -> str:
    """All sections in one Markdown text."""
    return "\n".join(
        f"## {section.title}\n\n{section.sentence}\n{markdown_table(section.cells)}" for section in sections
    )


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
    return "| " + " | ".join(text.replace("|", r"\|") for text in texts) + " |"


def for_terminal(section: Section) -> Group:
    """A section as rich prints it, an empty line after it."""
    words = [Text(section.title, style="bold"), Text(section.sentence, style="dim"), Text()]
    if section.cells is None:
        return Group(*words)
    return Group(*words, rich_table(section.cells), Text())


def rich_table(cells: pd.DataFrame) -> Table:
    """A table for the terminal, numbers to the right; where room is short, names are broken and numbers never."""
    texts = cells.map(cell_text)
    gap = 0 if texts.shape[1] > MANY_COLUMNS else 1
    table = Table(box=box.SIMPLE, padding=(0, gap), collapse_padding=True, show_edge=False, pad_edge=False)
    widths = [max(map(len, texts[column])) for column in texts.columns]  # (columns,)
    is_breakable = [len(str(column)) > width for column, width in zip(texts.columns, widths, strict=True)]
    table.add_column(Text(corner(cells)), overflow="fold", no_wrap=any(is_breakable))
    for column, width, breakable in zip(texts.columns, widths, is_breakable, strict=True):
        head = Text(str(column))
        least = width if breakable else None
        table.add_column(head, justify="right", overflow="fold", no_wrap=not breakable, min_width=least)
    for name, *values in texts.itertuples():
        if name == "std":
            table.add_section()
        style = "bold" if name == "fusion" else ""
        table.add_row(Text(str(name)), *map(Text, values), style=style)
    return table
