"""The blocks of a web page: a table from a section, a drawing with its words, an interval as a line."""

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from report.intervals import Interval
from report.markup import Html, element, joined, slug
from report.section import Section, corner

NUMBER = re.compile(r"[+\-−]?\d[\d.,]*( [±–] ?\d[\d.]*)?(–\d[\d.]*)?( %)?( of \d+)?|–")
WITH_INTERVAL = re.compile(r"(\S+) (\[[^\]]*\])")
ROWS = 60  # of a table on the page; table.md has the others too
LONG = 18  # rows; a table of more may be parted between two pages of paper
DENSE = 9  # columns; of more, they stand closer together


def section_block(part: Section, drawing: Html | None = None, title: bool = True) -> Html:
    """A section under its title: the words, then the table and, where there is one, the drawing beside it."""
    table = None if part.cells is None or part.cells.empty else table_block(part.title, part.cells)
    content = element("div", table, drawing, class_="pair") if drawing else table
    heading = element("h3", part.title) if title else None
    words = element("p", minus(part.sentence), class_="how")
    return joined([element("section", heading, words, content, id=slug(part.title), class_="part"), "\n"])


def table_block(title: str, cells: pd.DataFrame) -> Html:
    """A table in a box of its own, which scrolls where the table is wider than the page."""
    shown = cells.iloc[:ROWS]
    kinds = [kind_of(shown.iloc[:, at]) for at in range(shown.shape[1])]
    heads = [head_cell(str(name), shown.iloc[:, at], kinds[at]) for at, name in enumerate(cells.columns)]
    head = element("tr", element("th", corner(cells), scope="col"), heads)
    named = cells.columns.name is not None  # rows and columns are the same classes: mark where they agree
    body = [
        body_row(str(name), line, kinds, agree=list(map(str, cells.columns)) if named else [])
        for name, line in zip(shown.index, shown.to_numpy().tolist(), strict=True)
    ]
    caption = element("caption", element("span", f". {title}", class_="unseen"))
    table = element(
        "table",
        caption,
        "\n",
        element("thead", head),
        "\n",
        element("tbody", body),
        style=f"--name:{longest(shown.index, 24)}",
    )
    rest = len(cells) - len(shown)
    more = element("p", f"And {rest} more rows, which stand in table.md.", class_="more") if rest else None
    size = " ".join(["scroll"] + ["long"] * (len(shown) > LONG) + ["dense"] * (shown.shape[1] > DENSE))
    box = element("div", table, class_=size, tabindex="0", role="region", aria_label=f"Table: {title}")
    return joined([box, more])


def head_cell(name: str, column: pd.Series, kind: str) -> Html:
    """The heading of a column, as wide as its longest word but not wider than is good to read."""
    words = [name] if kind else [name, *column]
    return element("th", name, scope="col", class_="n" if kind else None, style=f"--word:{longest(words, 18)}")


def longest(texts: Iterable[object], most: int) -> int:
    """The letters of the longest word, of which longer ones are broken.

    >>> longest(["adipose tissue", "mucosa"], 24)
    7
    """
    return min(most, max((len(word) for text in texts for word in str(text).split()), default=1))


def body_row(name: str, line: Sequence[str], kinds: list[str], agree: list[str]) -> Html:
    """A row: its heading and its cells."""
    cells = [
        element("td", value_of(text, kind) if kind else text, class_=classes(text, kind, at, name, agree))
        for at, (text, kind) in enumerate(zip(map(str, line), kinds, strict=True))
    ]
    row = {"fusion": "whole", "std": "spread"}.get(name)
    return joined([element("tr", element("th", name, scope="row"), cells, class_=row), "\n"])


def classes(text: str, kind: str, at: int, name: str, agree: list[str]) -> str | None:
    """The style of a cell: a number, a dash, or on the diagonal where rows and columns are the same classes."""
    found = {"n": bool(kind), "nil": text in ("–", ""), "agree": bool(agree) and agree[at] == name}
    return " ".join(style for style, is_so in found.items() if is_so) or None


def kind_of(column: pd.Series) -> str:
    """What a column holds: "" words, "n" numbers, or the room that its intervals need, in widths of a digit."""
    texts = [str(text) for text in column]
    found = [WITH_INTERVAL.fullmatch(text) for text in texts]
    if not all(NUMBER.fullmatch(match[1] if match else text) for match, text in zip(found, texts, strict=True)):
        return ""
    return str(max((room(match[2]) for match in found if match), default="n"))


def room(interval: str) -> float:
    """How wide an interval is in widths of a digit; what is no digit is about half as wide."""
    digits = sum(letter.isdigit() for letter in interval)
    return round(digits + 0.55 * (len(interval) - digits), 1)


def value_of(text: str, kind: str = "n") -> Html:
    """A number for the eye: its interval steps back, and a minus is one.

    >>> value_of("-0.5 [-1.0, +0.0]")
    '−0.5 <span class="interval">[−1.0, +0.0]</span>'
    """
    match = WITH_INTERVAL.fullmatch(text)
    wide = None if kind == "n" else f"min-width:{kind}ch"
    if match is None:
        return joined(
            [minus(text), None if wide is None else joined([" ", element("span", class_="interval", style=wide)])]
        )
    return joined([minus(match[1]), " ", element("span", minus(match[2]), class_="interval", style=wide)])


def minus(text: str) -> str:
    """The hyphen before a number as a minus sign; one within a name stays."""
    return re.sub(r"(?<![^\s\[(])-(?=\d)", "−", text)


def figure_block(drawing: Html, words: str, wide: bool = False) -> Html:
    """A drawing with its caption; a wide one scrolls in its own box rather than shrink until its words are lost."""
    box = element("div", drawing, class_="drawing wide" if wide else "drawing")
    return element("figure", box, element("figcaption", element("span", words)))


def interval_line(found: Interval, lowest: float = 0) -> Html:
    """An interval as a line with a dot on a scale from `lowest` to 1, for the eye only."""
    at, low, high = (100 * (value - lowest) / (1 - lowest) for value in (found.value, found.low, found.high))
    whisker = (
        Html(f'<rect x="{low:.1f}" y="2.5" width="{max(high - low, 0.8):.1f}" height="3" rx="1.5"/>')
        if low == low
        else None
    )
    return element(
        "svg",
        Html('<path d="M0 4H100"/>'),
        whisker,
        Html(f'<circle cx="{at:.1f}" cy="4" r="2.6"/>'),
        class_="line",
        viewBox="-3 0 106 8",
        aria_hidden="true",
    )
