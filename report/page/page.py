"""The report as one web page that needs nothing else: no network, no script, no second file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from imaging.errors import shown_lines
from report.evaluation import Evaluation
from report.page.figures import HtmlFigure, data_address, html_figure
from report.page.gallery import gallery
from report.page.headline import headline
from report.page.html_table import HtmlTable, html_table, minus
from report.section import Chapter, Section, Thumb

HERE = Path(__file__).parent
NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # not characters of HTML


@dataclass(frozen=True)
class HtmlThumb:
    """A small copy of an image as its template takes it."""

    src: Markup | None
    alt: str
    title: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A section as its template takes it."""

    key: str
    title: str
    sentence: str
    table: HtmlTable | None
    figure: HtmlFigure | None
    thumbs: list[HtmlThumb]


@dataclass(frozen=True)
class ChapterBlock:
    """A chapter as its template takes it."""

    key: str
    title: str
    blocks: list[Block]


def page(
    title: str,
    evaluation: Evaluation,
    chapters: Iterable[Chapter],
    appendices: Iterable[Chapter],
    figures: Mapping[str, Figure],
) -> bytes:
    """The whole page, the same bytes for the same input; `figures` are those of the chapters by name."""
    text = (
        environment()
        .get_template("page.html.j2")
        .render(
            title=title,
            style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
            kind=kind_of(evaluation),
            about=about(evaluation),
            headline=headline(evaluation),
            chapters=[chapter_block(chapter, figures) for chapter in chapters],
            gallery=gallery(evaluation),
            appendices=[chapter_block(chapter, figures) for chapter in appendices],
        )
    )
    return text.encode()


def environment() -> Environment:
    """The templates; text is data and always escaped, unless it is markup already."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        finalize=printable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def printable(value: object) -> object:
    r"""Text that a page can hold and that turns nothing around; what is no character of HTML becomes the sign for that.

    >>> printable("95 %") == "95\N{NO-BREAK SPACE}%"
    True
    """
    if isinstance(value, Markup):
        return value
    return shown_lines(NO_TEXT.sub("\ufffd", str(value))).replace(" %", "\u00a0%")  # no line begins with a % sign


def chapter_block(chapter: Chapter, figures: Mapping[str, Figure]) -> ChapterBlock:
    """A chapter with its sections."""
    return ChapterBlock(chapter.key, chapter.title, [block(section, figures) for section in chapter.sections])


def block(section: Section, figures: Mapping[str, Figure]) -> Block:
    """A section: its title and words, then the table and, where there is one, the figure beside it."""
    table = None
    if section.cells is not None and not section.cells.empty and not section.thumbs:
        table = html_table(section.cells)
    figure = None
    if section.picture is not None:
        figure = html_figure(section.picture, figures[section.picture.name])
    thumbs = [html_thumb(thumb) for thumb in section.thumbs]
    return Block(section.key, section.title, minus(section.sentence), table, figure, thumbs)


def html_thumb(thumb: Thumb) -> HtmlThumb:
    """A small copy of an image, within the page."""
    src = data_address(thumb.content, "jpeg") if thumb.content else None
    return HtmlThumb(src, thumb.alt, thumb.title, thumb.words)


def kind_of(evaluation: Evaluation) -> str:
    """What the numbers come from."""
    if evaluation.is_external:
        return "external test"
    return "separate test" if evaluation.test else "cross-validation"


def about(evaluation: Evaluation) -> str:
    """How much the report rests on."""
    fusion = evaluation.out_of_fold
    patients = f"{evaluation.groups.patients(fusion.known)} known" if fusion.known.any() else "no known"
    facts = f"{len(fusion.label)} images · {patients} patients · {len(fusion.classes)} classes"
    if evaluation.is_external:
        return facts
    return f"{facts} · test {evaluation.test}" if evaluation.test else f"{facts} · {len(np.unique(fusion.fold))} folds"
