"""Figures as bytes: for files of their own, and within the page."""

import base64
import io
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.figure import Figure

from imaging.errors import shown_lines
from report.page.html_table import minus
from report.section import Picture

Format = Literal["png", "svg", "pdf"]
FORMATS: tuple[Format, ...] = ("png", "svg", "pdf")
METADATA: dict[str, dict[str, None]] = {  # nothing of the moment or the machine: the same figure makes the same bytes
    "png": {},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
STYLE: Any = {
    "svg.hashsalt": "histoboost",
    "svg.fonttype": "none",  # words stay words, and the browser has letters for every language
    "pdf.fonttype": 42,  # TrueType, as journals ask for
    "text.parse_math": False,  # a $ in the name of a class is a $
}
LARGEST = 300_000  # bytes of a drawing on the page; one of many points is handed over as pixels
INCH = 96  # pixels of a screen


@dataclass(frozen=True)
class HtmlFigure:
    """A figure as its template takes it."""

    src: Markup
    alt: str
    caption: str
    width: str  # pixels that it was made for


def figure_bytes(figure: Figure, kind: Format, margin: float = 0.1) -> bytes:
    """The figure as a file with a margin of so many inches, the same bytes for the same figure."""
    memory = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(memory, format=kind, metadata=METADATA[kind], bbox_inches="tight", pad_inches=margin)
    figure.set_layout_engine("none")  # it has found its layout: drawing it again must not look for it again
    content = memory.getvalue()
    # words stay words in SVG, and names may hold what no reader of XML would bear
    return shown_lines(content.decode()).encode() if kind == "svg" else content


def html_figure(picture: Picture, figure: Figure) -> HtmlFigure:
    """The figure as a drawing that stays sharp at any size, within the page and as wide as it was made for."""
    kind, content = "svg+xml", figure_bytes(figure, "svg", margin=0.06)
    if len(content) > LARGEST:
        kind, content = "png", figure_bytes(figure, "png", margin=0.06)
    width = figure.get_figwidth() * INCH
    return HtmlFigure(data_address(content, kind), minus(picture.alt), picture.caption, f"{width:.0f}")


def data_address(content: bytes, kind: str) -> Markup:
    """A picture as an address that holds it, so that the page needs no second file."""
    return Markup(f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}")
