"""The blocks of a web page: a section with its table, and a figure with its words."""

import re

import pandas as pd

from report.page.markup import Html, element, joined, slug
from report.section import Section, corner

NUMBER = re.compile(r"(?P<value>[+-]?\d[\d.,]*( [±–] ?[\d.]+|–[\d.]+)?( %)?( of \d+)?|–)( (?P<interval>\[.*\]))?")
ROWS = 60  # of a table on the page; table.md has the others too
LONG = 18  # rows; a table of more may be parted between two pages of paper


def section_block(part: Section, figure: Html | None = None) -> Html:
    """A section: its title and words, then the table and, where there is one, the figure beside it."""
    table = None if part.cells is None or part.cells.empty else table_block(part.title, part.cells)
    content = element("div", table, figure, class_="pair") if figure else table
    words = element("p", minus(part.sentence), class_="how")
    return element("section", element("h3", part.title), words, content, "\n", id=slug(part.title))


def table_block(title: str, cells: pd.DataFrame) -> Html:
    """A table in a box of its own, which scrolls where the table is wider than the page."""
    shown = cells.iloc[:ROWS]
    # in a confusion matrix rows and columns are the same classes: the cells where they agree are marked
    agree = [str(name) for name in cells.columns] if cells.columns.name else [None] * cells.shape[1]
    numeric = [all(NUMBER.fullmatch(text) for text in shown.iloc[:, at]) for at in range(shown.shape[1])]
    styles = ["n" if is_so else None for is_so in numeric]
    heads = [element("th", name, scope="col", class_=style) for name, style in zip(cells.columns, styles, strict=True)]
    rows = []
    for name, line in zip(map(str, shown.index), shown.to_numpy().tolist(), strict=True):
        texts = [
            element("td", number(text) if style else text, class_=cell_style(text, style, like == name))
            for text, style, like in zip(line, styles, agree, strict=True)
        ]
        rows.append(element("tr", element("th", name, scope="row"), texts, "\n", class_=row_style(name)))
    head = element("thead", element("tr", element("th", corner(cells), scope="col"), heads))
    table = element("table", head, "\n", element("tbody", rows))
    rest = len(cells) - len(shown)
    more = element("p", f"{rest} more rows stand in table.md.", class_="more") if rest else None
    size = "scroll long" if len(shown) > LONG else "scroll"
    return joined([element("div", table, class_=size, tabindex=0, role="region", aria_label=f"Table: {title}"), more])


def cell_style(text: str, style: str | None, agree: bool) -> str | None:
    """The style of a cell: a number, one of the diagonal, or words of which there are none."""
    return "n agree" if agree else style or ("nil" if text == "–" else None)


def row_style(name: str) -> str | None:
    """The style of a row: the fusion's stands out, and a rule parts the std and each variant of two tables."""
    if name == "fusion" or name == "fusion, this run":
        return "whole"
    return "rule" if name == "std" or name.endswith(", paper") else None


def number(text: str) -> Html:
    """A number for the eye: its interval steps back, and a minus is one.

    >>> number("-0.5 [-1.0, +0.0]")
    '−0.5 <span class="interval">[−1.0, +0.0]</span>'
    """
    found = NUMBER.fullmatch(text)
    assert found is not None, f"{text!r} is in a column of numbers"
    interval = found["interval"] and [" ", element("span", minus(found["interval"]), class_="interval")]
    return joined([minus(found["value"]), interval or None])


def minus(text: str) -> str:
    """The hyphen before a number as a minus sign; one within a name stays."""
    return re.sub(r"(?<![^\s\[(])-(?=\d)", "−", text)
