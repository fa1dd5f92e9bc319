"""HTML from Python: text is always escaped, unless it is markup already."""

import html
import re
from collections.abc import Iterable

EMPTY = ("br", "hr", "img", "meta", "col")  # elements that hold nothing and are never closed
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # not characters of HTML


class Html(str):
    """Text that is markup already; any other text is data, and data is escaped."""

    __slots__ = ()


def element(tag: str, *content: object, **attributes: object) -> Html:
    """One element around its content; None is nothing, an iterable is its parts.

    An underscore in the name of an attribute is a hyphen, at its end nothing; None and False leave the attribute out.

    >>> element("p", "a < b", element("b", 2), class_="note", hidden=False)
    '<p class="note">a &lt; b<b>2</b></p>'
    """
    words = "".join(attribute(name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items())
    return Html(f"<{tag}{words}>" if tag in EMPTY else f"<{tag}{words}>{joined(content)}</{tag}>")


def attribute(name: str, value: object) -> str:
    """One attribute with the space before it; a true one has no value."""
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escaped(value)}"'


def joined(content: Iterable[object]) -> Html:
    """The parts one after another, each escaped unless it is markup.

    >>> joined(["<", Html("<br>"), None, ["a", "&"]])
    '&lt;<br>a&amp;'
    """
    return Html("".join(map(one, content)))


def one(part: object) -> str:
    """A part of the content as markup."""
    if part is None:
        return ""
    if isinstance(part, Html):
        return part
    return escaped(part) if isinstance(part, str) or not isinstance(part, Iterable) else joined(part)


def escaped(value: object) -> str:
    """Data as text of HTML, also inside quotes; what is no character of HTML becomes the sign for that."""
    return html.escape(CONTROL.sub("\ufffd", str(value)).replace(" %", "\u00a0%"))  # no line begins with a % sign


def slug(title: str) -> str:
    """A title as an address within the page.

    >>> slug("All images together"), slug("Cohen's κ?")
    ('all-images-together', 'cohen-s-κ')
    """
    return "-".join(re.findall(r"\w+", title.lower())) or "part"
