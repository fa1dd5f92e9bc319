"""Headings, tables and tiles as HTML that screen readers read well.

Streamlit's own texts are Markdown, which may show pictures from anywhere; so names and messages stand in these.
"""

from collections.abc import Mapping, Sequence

from markdown_it import MarkdownIt
from markupsafe import Markup

from app.page.words import apart
from imaging.errors import shown

AS_THEY_ARE = ("auc",)  # measures that are no shares


def tile(name: str, ends: tuple[float, float, float], key: str = "", meaning: str = "") -> Markup:
    """A measure with its 95 % interval; in per cent, but for those of AS_THEY_ARE."""
    value, between = apart(ends)
    if key in AS_THEY_ARE and ends[0] == ends[0]:
        value = f"{ends[0]:.3f}"
        between = f"{ends[1]:.3f} to {ends[2]:.3f}" if ends[1] <= ends[2] else "no interval"
    small = Markup("").join(Markup("<small>{}</small>").format(text) for text in (between, meaning) if text)
    return Markup("<div><dt>{}</dt><dd>{}{}</dd></div>").format(name, value, small)


def heading(text: str) -> Markup:
    """The title of a part of the page."""
    return Markup('<div class="hb"><h2>{}</h2></div>').format(text)


def care_box(text: str) -> Markup:
    """A message that must be seen; the lines of it stay lines."""
    return Markup('<div class="hb hb-care" role="alert">{}</div>').format(text)


def card_markup(card: str) -> Markup:
    """Markdown of a bundle's card as HTML, in which no picture, link or HTML is obeyed."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.disable(["image", "link", "autolink", "html_inline", "html_block"])
    return Markup('<div class="hb hb-text">{}</div>').format(Markup(reader.render(card)))  # it escapes all text


def table_markup(name: str, rows: Sequence[Mapping[str, object]]) -> Markup:
    """A table of rows that have the same columns; the first of them names the row."""
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(column) for column in rows[0])
    body = []
    for row in rows:
        first, *others = (shown(value) for value in row.values())
        cells = Markup("").join(Markup("<td>{}</td>").format(value) for value in others)
        body.append(Markup('<tr><th scope="row">{}</th>{}</tr>').format(first, cells))
    return Markup(
        '<div class="hb hb-scroll" role="region" aria-label="{}" tabindex="0"><table><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(name, heads, Markup("").join(body))
