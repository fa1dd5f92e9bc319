"""A table of a report as text: a title, a sentence on how it is computed, and cells ready to print."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from report.statistics.intervals import Interval


@dataclass(frozen=True, eq=False)
class Section:
    """One table with its words."""

    title: str
    sentence: str
    cells: pd.DataFrame | None = None  # text; its index is the first column
    at_length: bool = False  # for table.md only: a terminal shows what a first reader needs


def number(value: float, decimals: int) -> str:
    """A number with so many decimals, or a dash where there is none."""
    return "–" if np.isnan(value) else f"{value:.{decimals}f}"


def markdown(parts: list[Section]) -> str:
    """All sections in one Markdown text."""
    return "\n".join(f"## {part.title}\n\n{part.sentence}\n{markdown_table(part.cells)}" for part in parts)


def markdown_table(cells: pd.DataFrame | None) -> str:
    """A table in Markdown, numbers to the right; nothing for no table."""
    if cells is None:
        return ""
    rows = [[corner(cells), *map(str, cells.columns)], ["---"] + ["--:"] * cells.shape[1]]
    rows += [[str(name), *line] for name, line in zip(cells.index, cells.to_numpy(), strict=True)]
    lines = ("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows)
    return "\n" + "\n".join(lines) + "\n"


def for_terminal(part: Section) -> Group:
    """A section as rich prints it, an empty line after it."""
    words = [Text(part.title, style="bold"), Text(part.sentence, style="dim")]
    return Group(*words, Text()) if part.cells is None else Group(*words, Text(), rich_table(part.cells), Text())


def rich_table(cells: pd.DataFrame) -> Table:
    """A table for the terminal, numbers to the right; where room is short, names are broken and numbers never."""
    widths = [int(cells[column].str.len().max()) for column in cells.columns]  # (columns,)
    breakable = [len(str(column)) > width for column, width in zip(cells.columns, widths, strict=True)]
    gap = (0, 0 if len(widths) > 8 else 1)
    table = Table(box=box.SIMPLE, padding=gap, collapse_padding=True, show_edge=False, pad_edge=False)
    table.add_column(Text(corner(cells)), overflow="fold", no_wrap=any(breakable))
    for column, breaks, width in zip(cells.columns, breakable, widths, strict=True):
        least = width if breaks else None
        table.add_column(Text(str(column)), justify="right", overflow="fold", no_wrap=not breaks, min_width=least)
    for name, line in zip(cells.index, cells.to_numpy(), strict=True):
        if name == "std":
            table.add_section()
        table.add_row(Text(str(name)), *map(Text, line), style="bold" if name == "fusion" else "")
    return table


def corner(cells: pd.DataFrame) -> str:
    """The heading of the first column; a confusion matrix names both its axes."""
    return f"{cells.index.name} \\ {cells.columns.name}" if cells.columns.name else str(cells.index.name)


def interval_text(name: str, found: Interval) -> str:
    """A number and its interval: per cent with one decimal, AUC with four and kappa with three."""
    decimals = {"AUC": 4, "Cohen's kappa": 3}.get(name)
    return found.text() if decimals is None else found.text(decimals, unit=1)


def signed(found: Interval, decimals: int, unit: float = 1) -> str:
    """A difference with its interval, each with its sign."""
    numbers = (round(unit * number, decimals) + 0.0 for number in (found.value, found.low, found.high))  # no -0.0
    value, low, high = (f"{number:+.{decimals}f}" for number in numbers)
    return f"{value} [{low}, {high}]".replace("+nan", "–").replace("nan", "–")
