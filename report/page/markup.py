"""HTML from Python: text is always escaped, unless it is markup already."""

import base64
import html
import re
from collections.abc import Iterable

EMPTY = ("img", "meta")  # elements that hold nothing and are never closed
NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # not characters of HTML


class Html(str):
    """Text that is markup already; any other text is data, and data is escaped."""

    __slots__ = ()


def element(tag: str, *content: object, **attributes: object) -> Html:
    """One element around its content; None is nothing, a list is its parts.

    An underscore in the name of an attribute is a hyphen, at its end nothing; None leaves the attribute out.

    >>> element("p", "a < b", element("b", 2), class_="note", id=None)
    '<p class="note">a &lt; b<b>2</b></p>'
    """
    words = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escaped(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Html(f"<{tag}{words}>" if tag in EMPTY else f"<{tag}{words}>{joined(content)}</{tag}>")


def joined(content: Iterable[object]) -> Html:
    """The parts one after another, each escaped unless it is markup.

    >>> joined(["<", Html("<br>"), None, ["a", "&"]])
    '&lt;<br>a&amp;'
    """
    parts = (
        part if isinstance(part, Html) else joined(part) if isinstance(part, list | tuple) else escaped(part)
        for part in content
        if part is not None
    )
    return Html("".join(parts))


def escaped(value: object) -> str:
    """Data as text of HTML, also inside quotes; what is no character of HTML becomes the sign for that."""
    return html.escape(NO_TEXT.sub("\ufffd", str(value)).replace(" %", "\u00a0%"))  # no line begins with a % sign


def slug(title: str) -> str:
    """A title as an address within the page.

    >>> slug("All images together")
    'all-images-together'
    """
    return "-".join(re.findall(r"\w+", title.lower()))


def picture(content: bytes, kind: str, alt: str, **attributes: object) -> Html:
    """A picture within the page, which needs no second file; `alt` is for those who do not see it."""
    address = f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
    return element("img", src=address, alt=alt, **attributes)
