"""A figure as an inline drawing of a web page: the same bytes each time, and addresses that no other drawing has."""

import base64
import io
from typing import Any
from xml.etree import ElementTree

from matplotlib import rc_context
from matplotlib.figure import Figure

from report.markup import CONTROL, Html, element

SVG, LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
LARGEST = 400_000  # bytes of one drawing; curves through more points are handed over as a picture
STYLE: dict[Any, Any] = {"svg.hashsalt": "histoboost", "svg.fonttype": "none"}  # words stay words


def inline(figure: Figure, name: str, alt: str) -> Html:
    """The figure as an <svg> whose words stay words, or as a picture where that would be very large.

    `name` is of this figure alone on its page; `alt` says what it shows to those who do not see it.
    """
    memory = io.BytesIO()
    with rc_context(STYLE):
        # nothing of the moment or the machine: the same answers make the same bytes
        metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(memory, format="svg", metadata=metadata, bbox_inches="tight", pad_inches=0.06)
    if memory.tell() > LARGEST:
        return picture(figure, alt)
    root = ElementTree.fromstring(CONTROL.sub("\ufffd", memory.getvalue().decode()))
    own_addresses(root, name)
    for style in root.findall(f"{{{SVG}}}defs[{{{SVG}}}style]"):
        root.remove(style)  # it would speak of the whole page, whose own style says the same
    width, height = (float(root.attrib.pop(side).removesuffix("pt")) for side in ("width", "height"))
    root.attrib |= {"role": "img", "aria-label": alt, "style": f"--wide: {width:.0f}; --high: {height:.0f}"}
    return Html(plain(root))


def own_addresses(root: ElementTree.Element, name: str) -> None:
    """Put the drawing's name before every id and every reference to one, so that two drawings share a page."""
    known = {node.attrib["id"] for node in root.iter() if "id" in node.attrib}
    used: set[str] = set()
    for node in root.iter():
        for key, value in list(node.attrib.items()):
            target = value.removeprefix("url(").removesuffix(")").removeprefix("#")
            if key != "id" and value != target and target in known:
                node.attrib[key] = value.replace(f"#{target}", f"#{name}-{target}")
                used.add(target)
        if f"{{{LINK}}}href" in node.attrib:
            node.attrib["href"] = node.attrib.pop(f"{{{LINK}}}href")
    for node in root.iter():
        if "id" in node.attrib:
            own = node.attrib.pop("id")
            if own in used:
                node.attrib["id"] = f"{name}-{own}"


def plain(root: ElementTree.Element) -> str:
    """The drawing as markup of HTML, which needs no namespaces."""
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="unicode").replace(f' xmlns="{SVG}"', "", 1)


def picture(figure: Figure, alt: str) -> Html:
    """The figure as a PNG picture within the page."""
    memory = io.BytesIO()
    figure.savefig(memory, format="png", bbox_inches="tight", pad_inches=0.06)
    width, height = figure.get_size_inches() * 72  # points, as a drawing has them
    style = f"--wide: {width:.0f}; --high: {height:.0f}"
    return element("img", src=data_address(memory.getvalue(), "png"), alt=alt, style=style)


def data_address(content: bytes, kind: str) -> str:
    """A picture's bytes as an address that needs no network."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
