"""The parts of an .xlsx file, taken out within bounds: which sheets it has, its texts and its formats of numbers.

The file is a ZIP archive of XML parts (ECMA-376). A few kilobytes may unpack to gigabytes, and entities may grow in the
parser: sizes are summed before anything is unpacked, and a document type, which the standard forbids, is refused.
"""

import re
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import PurePosixPath
from posixpath import normpath
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from cohort.spreadsheets.xml_walker import Start, Take, TextCollector, XmlWalker, ignore
from imaging.errors import HistoboostError

MAX_UNPACKED = 64 << 20  # bytes of all parts together; a sheet of two hundred thousand images has about as many
MAX_TAGS = 1 << 18  # of a part other than a sheet and its texts
DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
DATE_FORMATS = {str(number) for number in (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))}
LONGEST_CODE = 255  # of a format, as in Excel
NOT_SHOWN = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')  # of a code of a format: text, fillers, colours, conditions
DAMAGED = (BadZipFile, zlib.error, struct.error, LookupError, ValueError, EOFError, OSError, RuntimeError)
ELAPSED = re.compile(r"\[[hms]+\]")  # hours, minutes or seconds beyond a day
PADDED = re.compile(r'(?:"([^"]*)"|\\(.))?(0{1,20})')  # a code that writes leading zeros, after some text or none


class Sheet(NamedTuple):
    """One sheet of a workbook."""

    name: str
    part: str
    is_hidden: bool


class NumberFormat(NamedTuple):
    """How numbers are shown, as far as it says what they are."""

    is_date: bool = False
    before: str = ""  # what stands before the digits
    digits: int = 0  # at least so many, with leading zeros


class XlsxParts:
    """An open .xlsx file."""

    def __init__(self, data: bytes, unreadable: Callable[[str], HistoboostError]) -> None:
        """Open the archive; `unreadable` makes the error that is raised, here and by the methods, of the reason."""
        self._unreadable = unreadable
        try:
            self._archive = ZipFile(BytesIO(data))
        except DAMAGED as error:
            raise unreadable(f"it is a damaged archive ({error}); save it again") from error
        unpacked = sum(part.file_size for part in self._archive.infolist())
        if unpacked > MAX_UNPACKED:
            raise unreadable(f"unpacked it is larger than {MAX_UNPACKED >> 20} MiB; save the table alone, or as CSV")
        self._workbook = self._of_type(self._related(""), "officeDocument")
        if not self._workbook or not self._workbook.endswith(".xml"):
            raise unreadable("it is an archive, but no .xlsx workbook; save it as .xlsx or as CSV")

    def sheets(self) -> list[Sheet]:
        """The sheets of cells in their order."""
        parts = self._related(self._workbook)
        sheets = []
        for _, tag, attributes in self._tags(self._workbook):
            if tag == "sheet":
                kind, part = parts.get(attributes.get("id", ""), ("", ""))
                if kind == "worksheet":
                    is_hidden = attributes.get("state", "visible") != "visible"
                    sheets.append(Sheet(attributes.get("name", part), part, is_hidden))
        return sheets

    def counts_from_1904(self) -> bool:
        """Whether days are counted as on old Macintoshes."""
        for _, tag, attributes in self._tags(self._workbook):
            if tag == "workbookPr":
                return attributes.get("date1904", "0") in ("1", "true")
        return False

    def texts(self) -> list[str]:
        """The texts that cells refer to by number."""
        part = self._of_type(self._related(self._workbook), "sharedStrings")
        collector = TextCollector()
        texts: list[str] = []

        def end(tag: str) -> None:
            collector.end(tag)
            if tag == "si":
                texts.append(collector.take())

        if part:
            self.walker(collector.start, end, collector.characters).feed(self.read(part), True)
        return texts

    def formats(self) -> list[NumberFormat]:
        """The format of numbers of each style that cells refer to by number."""
        part = self._of_type(self._related(self._workbook), "styles")
        codes: dict[str, str] = {}
        formats = []
        for parent, tag, attributes in self._tags(part) if part else []:
            number = attributes.get("numFmtId", "0")
            if tag == "numFmt":
                codes[number] = attributes.get("formatCode", "")
            elif (parent, tag) == ("cellXfs", "xf"):
                formats.append(number_format(number, codes.get(number, "")))
        return formats

    def read(self, part: str) -> bytes:
        """The bytes of a part, no more of them than the archive has promised."""
        try:
            data = self._unpack(self._archive.getinfo(part))
        except DAMAGED as error:
            raise self._unreadable(f"{part} cannot be unpacked ({error}); save it again") from error
        if any(mark in data for mark in DOCTYPES):
            raise self._unreadable(f"{part} has a document type, which no workbook may have; save it again")
        return data

    def _unpack(self, part: ZipInfo) -> bytes:
        if part.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise BadZipFile(f"method {part.compress_type} of packing, which no workbook has")
        with self._archive.open(part) as file:
            return file.read(part.file_size + 1)

    def walker(self, start: Start, end: Take, characters: Take = ignore) -> XmlWalker:
        """A parser that calls these for tags, by their names without namespaces, and for the text between them."""
        return XmlWalker(start, end, characters, self._unreadable)

    def _tags(self, part: str) -> list[tuple[str, str, dict[str, str]]]:
        """All tags of a small part: the one around it, its name and its attributes."""
        tags: list[tuple[str, str, dict[str, str]]] = []
        around = [""]

        def start(tag: str, attributes: dict[str, str]) -> None:
            if len(tags) == MAX_TAGS:
                raise self._unreadable(f"{part} has more than {MAX_TAGS} tags; save the table alone, or as CSV")
            tags.append((around[-1], tag, attributes))
            around.append(tag)

        def end(tag: str) -> None:
            around.pop()

        self.walker(start, end).feed(self.read(part), True)
        return tags

    def _related(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to by identifier: the kind, and the other part."""
        path = PurePosixPath(part)
        list_of_them = str(path.parent / "_rels" / f"{path.name}.rels")
        parts = {}
        for _, tag, attributes in self._tags(list_of_them):
            if tag == "Relationship":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = normpath(str(path.parent / attributes.get("Target", ""))).lstrip("/")
                parts[attributes.get("Id", "")] = kind, target
        return parts

    @staticmethod
    def _of_type(parts: dict[str, tuple[str, str]], wanted: str) -> str:
        return next((part for kind, part in parts.values() if kind == wanted), "")


def number_format(number: str, code: str) -> NumberFormat:
    """What a format of numbers says of them, by its number and, where it has one of its own, its code.

    >>> number_format("164", "yyyy-mm-dd").is_date, number_format("165", '"P"000')
    (True, NumberFormat(is_date=False, before='P', digits=3))
    """
    if not code:
        return NumberFormat(is_date=number in DATE_FORMATS)
    first = code[:LONGEST_CODE].partition(";")[0]  # what follows is for numbers below 0, and for 0
    padded = PADDED.fullmatch(first)
    if padded:
        return NumberFormat(before=padded[1] or padded[2] or "", digits=len(padded[3]))
    shown = NOT_SHOWN.sub("", ELAPSED.sub("h", first.lower()))
    return NumberFormat(is_date=re.search("[dmyhs]", shown) is not None)
