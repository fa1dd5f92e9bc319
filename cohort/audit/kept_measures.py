"""Measures that are kept: one file that grows by a line an image, so that whatever ends a run, no line is lost.

A line has a checksum; one that was cut off in the middle is not believed, and its image is measured again. Lines are
known by the content of the image's file, so that it may be moved and renamed. A file of other measures is begun anew.
"""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from sys import intern
from typing import NamedTuple
from zlib import crc32

import numpy as np

from cohort.audit.json_kinds import number_or_nan, text_of
from cohort.audit.measure_image import ImageMeasures
from cohort.audit.probe_list import OF_FILES, AuditError
from cohort.files.atomic import reason, way_out, write_all, write_whole
from imaging.files.regular_file import open_regular

MEASURES = "audit.measures"  # the name of the file, beside the descriptors of a data set or among results
METHOD = 1  # counts up when an image of the same content would be given other measures
BEGINNING = b"histoboost measures "
LONGEST = 1 << 14  # bytes of a line
LOOK = re.compile(r"[0-9a-f]{16}")  # a perceptual hash
NUMBERS, WORDS = (sum(len(getattr(probe, kind)) for probe in OF_FILES) for kind in ("numbers", "words"))


class KeptMeasures:
    """The measures in a file, by the SHA-256 of an image's file; without a path nothing is kept.

    Raises AuditError for a file that is none of measures, or that cannot be read or written.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, ImageMeasures] = {}
        if path is not None:
            try:
                self._open(path)
            except OSError as error:
                raise AuditError(f"{path} cannot be used ({reason(error)}); {way_out(error)}") from error

    def __len__(self) -> int:
        """How many images are known."""
        return len(self._known)

    def get(self, digest: str) -> ImageMeasures | None:
        """The measures of a file's content; None where they are not known."""
        return self._known.get(digest)

    def add(self, digest: str, measures: ImageMeasures) -> None:
        """Keep the measures of a file's content, on the disk too; what is known is not written again."""
        if digest in self._known or self._path is None:
            return
        self._known[digest] = measures
        try:
            with self._path.open("ab", buffering=0) as file:
                write_all(file, 0, _line(digest, measures))  # at the end wherever that is: it is opened to append
        except OSError as error:
            raise AuditError(f"{self._path} cannot be written ({reason(error)}); {way_out(error)}") from error

    def _open(self, path: Path) -> None:
        """Read what is there, and see that the next line begins as one."""
        if path.exists():
            there = _read(path)
            if there.is_current:
                self._known = there.known
                if not there.ends_whole:
                    self._end_line(path)
                return
            if not there.is_ours:
                raise AuditError(f"{path} is no file of measures, and is left as it is; choose another name")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, _header())

    def _end_line(self, path: Path) -> None:
        with path.open("ab", buffering=0) as file:
            file.write(b"\n")


def read_measures(path: Path) -> Mapping[str, ImageMeasures]:
    """What is kept in a file, by the SHA-256 of an image's file, and nothing is written; empty for any other file."""
    try:
        return _read(path).known
    except OSError:
        return {}


class _There(NamedTuple):
    """What a file holds."""

    known: dict[str, ImageMeasures]
    is_current: bool  # it is of the measures of this version
    is_ours: bool  # or of another one, or empty
    ends_whole: bool


def _read(path: Path) -> _There:
    """Every line that is whole of a file of measures; raises OSError."""
    known: dict[str, ImageMeasures] = {}
    line = b"\n"
    with open_regular(path) as file:
        first = file.readline(LONGEST)
        is_current = first == _header()
        if is_current:
            for line in iter(lambda: file.readline(LONGEST), b""):
                one = _read_line(line)
                if one is not None:
                    digest, measures = one
                    known[digest] = measures
    return _There(known, is_current, not first or first.startswith(BEGINNING), line.endswith(b"\n"))


def is_measures_file(path: Path) -> bool:
    """Whether a file begins as those of measures do, of this version or another."""
    try:
        with open_regular(path) as file:
            return file.readline(LONGEST).startswith(BEGINNING)
    except OSError:
        return False


def _header() -> bytes:
    return BEGINNING + _digest_of_measures().encode() + b"\n"


def _digest_of_measures() -> str:
    """Names what is measured: files of other measures are not believed."""
    names = [(probe.key, probe.numbers, probe.words) for probe in OF_FILES]
    return sha256(repr((METHOD, names)).encode()).hexdigest()[:16]


def _line(digest: str, measures: ImageMeasures) -> bytes:
    row = [digest, measures.numbers.tolist(), measures.words, measures.broken, measures.phash]
    body = json.dumps(row, separators=(",", ":")).encode()
    return b"%08x %s\n" % (crc32(body), body)


def _read_line(line: bytes) -> tuple[str, ImageMeasures] | None:
    """The digest and measures of a line; None for one that is not whole."""
    checksum, _, body = line.rstrip(b"\n").partition(b" ")
    if checksum != b"%08x" % crc32(body):
        return None
    try:
        digest, numbers, words, broken, phash = json.loads(body)
        if len(numbers) != NUMBERS or len(words) != WORDS or not LOOK.fullmatch(phash):
            return None
        in_order = tuple(number_or_nan(number) for number in numbers)
        own = ImageMeasures(np.array(in_order), tuple(map(intern, words)), text_of(broken), phash)
        text_of(broken).encode()  # it is written into files
        return text_of(digest), own
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        return None
