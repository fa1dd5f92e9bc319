"""XML read as a stream of tags, so that no tree of them fills the memory, and the texts between the tags."""

import re
from collections.abc import Callable
from xml.parsers import expat

from imaging.errors import HistoboostError

ESCAPED = re.compile("_x(00[01][0-9A-Fa-f]|005F)_")  # how Excel writes control characters, and what looks like that

Start = Callable[[str, dict[str, str]], None]  # is given a tag's name and its attributes
Take = Callable[[str], None]  # is given a tag's name, or some text


def ignore(text: str) -> None:
    """Take some text and do nothing."""


class XmlWalker:
    """Goes through XML in chunks, and makes what is wrong in it the caller's error."""

    def __init__(self, start: Start, end: Take, characters: Take, unreadable: Callable[[str], HistoboostError]) -> None:
        self._start = start
        self._unreadable = unreadable
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start_element
        self._parser.EndElementHandler = lambda name: end(local(name))
        self._parser.CharacterDataHandler = characters

    def feed(self, data: bytes, is_last: bool = False) -> None:
        """Go on with some bytes."""
        try:
            self._parser.Parse(data, is_last)
        except (expat.ExpatError, ValueError, LookupError) as error:
            if isinstance(error, HistoboostError):
                raise
            raise self._unreadable(f"its XML is damaged ({error}); save it again") from error

    def _start_element(self, name: str, attributes: dict[str, str]) -> None:
        self._start(local(name), {local(attribute): value for attribute, value in attributes.items()})


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(" ")[2]


class TextCollector:
    """The text of a cell or of a shared string, runs of any style together, without the Japanese reading aid."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._is_text = False
        self._in_reading_aid = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag begins."""
        if tag == "rPh":
            self._in_reading_aid = True
        self._is_text = tag in ("t", "v") and not self._in_reading_aid

    def end(self, tag: str) -> None:
        """A tag ends."""
        self._is_text = False
        if tag == "rPh":
            self._in_reading_aid = False

    def characters(self, text: str) -> None:
        """Some text between two tags."""
        if self._is_text:
            self._parts.append(text)

    def take(self) -> str:
        """What was collected since it was last taken."""
        text = "".join(self._parts)
        self._parts.clear()
        return ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), text)
