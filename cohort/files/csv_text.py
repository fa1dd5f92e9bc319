"""CSV tables of images as they come: columns by many names, images with or without their folders."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from unicodedata import normalize

from imaging.errors import HistoboostError

ALIASES = {  # lower case, in order of preference
    "image": ("image", "filename", "slide_id", "file", "path"),
    "label": ("label", "class"),
    "patient": ("patient", "patient_id", "case_id", "group"),
}
USUAL = {name for names in ALIASES.values() for name in names}
SEPARATORS = ",;\t"  # in order of preference; Excel writes semicolons in half of Europe, and tabs as Unicode text
MAX_BYTES = 16 << 20  # two hundred thousand images; as a table in memory it takes up to sixty times that
MAX_PATH = 4096  # characters, as in Linux
_BEYOND = "\0"  # stands for the cells of a row beyond the last column
_SAVE = "save it as a CSV table in UTF-8 (Excel: CSV UTF-8)"


class DatasetError(HistoboostError):
    """A data set that cannot be used as it is; the message lists the offenders."""


def read_table(path: Path, required: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a CSV table as text under image, label and patient, whatever of the usual names its columns have.

    Separated by commas, semicolons or tabs, in UTF-8, or in UTF-16 as Excel's Unicode text is. Images are as written;
    labels and patients are the same however their accents are stored (Unicode NFC).
    """
    columns, cells = _read_cells(path)
    chosen = {field: next((columns[n] for n in names if n in columns), None) for field, names in ALIASES.items()}
    for field in required:
        if chosen[field] is None:
            usual = ", ".join(ALIASES[field][1:])
            raise DatasetError(f"{path} has no column {field} (or {usual}); it has: {', '.join(columns) or 'none'}")
    rows = [{field: raw[name].strip() if name else "" for field, name in chosen.items()} for raw in cells.values()]
    filled = [field for field in required if field != "patient"]  # a patient may be unknown
    empty = [f"line {n}" for n, row in zip(cells, rows, strict=True) if not all(row[field] for field in filled)]
    refuse(empty, f"rows of {path} have an empty {' or '.join(filled)}; fill it in or delete the row")
    long = [f"line {n}" for n, row in zip(cells, rows, strict=True) if len(row["image"]) > MAX_PATH]
    refuse(long, f"rows of {path} have an image longer than {MAX_PATH} characters; close an open quote or correct it")
    return [row | {field: normalize("NFC", row[field]) for field in ("label", "patient")} for row in rows]


def _read_cells(path: Path) -> tuple[dict[str, str], dict[int, dict[str, str]]]:
    """The columns of a CSV file by their names in lower case, and its rows by line."""
    text = _read_text(path)
    try:
        reader = csv.DictReader(
            io.StringIO(text, newline=""), restkey=_BEYOND, restval="", strict=True, delimiter=_separator(text)
        )
        names = reader.fieldnames or ()
        cells = dict([(reader.line_num, row) for row in reader])
    except csv.Error as error:
        raise DatasetError(f"{path} cannot be read as a CSV table: {error}; close open quotes, or {_SAVE}") from error
    known = Counter(name.strip().lower() for name in names)
    twice = [
        name for name, count in known.items() if count > 1 and name in {a for all in ALIASES.values() for a in all}
    ]
    refuse(twice, f"columns of {path} are there twice; rename or remove one of each")
    long = [f"line {line}" for line, row in cells.items() if any(row.get(_BEYOND, ()))]
    refuse(long, f"rows of {path} have more cells than there are columns; quote cells that hold the separator")
    return {name.strip().lower(): name for name in names}, cells


def _read_text(path: Path) -> str:
    """The text of a table, by its byte order mark or in UTF-8."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise DatasetError(
                f"{path} is larger than {MAX_BYTES >> 20} MiB, the most that is read as a table of images"
            )
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except (OSError, UnicodeError) as error:
        way_out = "" if isinstance(error, OSError) else f"; {_SAVE}"
        raise DatasetError(f"{path} cannot be read as a CSV table: {error}{way_out}") from error
    if "\0" in text:
        raise DatasetError(f"{path} cannot be read as a CSV table: it holds NUL characters; {_SAVE}")
    return text


def _separator(text: str) -> str:
    """The separator under which the first line names most of the usual columns."""
    head = text.lstrip("\r\n").split("\n", 1)[0]
    named = {mark: {name.strip(' "\r').lower() for name in head.split(mark)} for mark in SEPARATORS}
    return max(SEPARATORS, key=lambda mark: len(named[mark] & USUAL))


def rows_by_image(
    path: Path, table: Sequence[Mapping[str, str]], images: Sequence[str]
) -> dict[str, Mapping[str, str]]:
    """The rows of a table by the data set's names; a table may leave out folders, and may know other images."""
    whole, by_end = _indexed(images)
    found: dict[str, Mapping[str, str]] = {}
    unclear, unlike = [], []
    for row in table:
        given = normalize("NFC", Path(row["image"]).as_posix())
        shorter = [whole[end] for end in _ends(given) if end in whole]
        match = [whole[given]] if given in whole else by_end.get(given, []) + shorter
        if len(match) > 1:
            unclear.append(f"{given}: {', '.join(match[:3])}" + (" ..." if len(match) > 3 else ""))
        elif match and any(found.setdefault(match[0], row)[field] != row[field] for field in ("label", "patient")):
            unlike.append(match[0])
    refuse(unclear, f"rows of {path} fit several images; write their folders too")
    refuse(unlike, f"images have rows in {path} that disagree; keep the right one of each")
    if not found:
        such = f", such as {images[0]}" if images else ""
        raise DatasetError(f"{path} names none of the {len(images)} images{such}; write image names as they are there")
    return found


def _indexed(images: Iterable[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Images by their names, and by what their names end in, so that a row is found without looking at all of them."""
    whole = {normalize("NFC", image): image for image in images}
    by_end = defaultdict(list)
    for name, image in whole.items():
        for end in _ends(name):
            by_end[end].append(image)
    return whole, by_end


def _ends(path: str) -> list[str]:
    """What is left of a path without its first step, its first two, and so on: `a/b/c` to `b/c`, `c`."""
    return [path[at + 1 :] for at, character in enumerate(path) if character == "/"]


def listed(offenders: Sequence[str], rule: str, shown: int = 10) -> str:
    """How many offend a rule, and the first of them."""
    more = f"\n  ... and {len(offenders) - shown} more" if len(offenders) > shown else ""
    return f"{len(offenders)} {rule}:\n  " + "\n  ".join(offenders[:shown]) + more


def refuse(offenders: Sequence[str], rule: str, shown: int = 10) -> None:
    if offenders:
        raise DatasetError(listed(offenders, rule, shown))
