"""CSV tables of images as they come: columns by many names, images with or without their folders."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

ALIASES = {  # lower case, in order of preference
    "image": ("image", "filename", "slide_id", "file", "path"),
    "label": ("label", "class"),
    "patient": ("patient", "patient_id", "case_id", "group"),
}
_BEYOND = "\0"  # stands for the cells of a row beyond the last column


class DatasetError(ValueError):
    """A data set that cannot be used as it is; the message lists the offenders."""


def read_table(path: Path, required: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a CSV table as text under image, label and patient, whatever of the usual names its columns have."""
    columns, cells = _read_cells(path)
    chosen = {field: next((columns[n] for n in names if n in columns), None) for field, names in ALIASES.items()}
    for field in required:
        if chosen[field] is None:
            usual = ", ".join(ALIASES[field][1:])
            raise DatasetError(f"{path} has no column {field} (or {usual}); it has: {', '.join(columns) or 'none'}")
    rows = [{field: raw[name].strip() if name else "" for field, name in chosen.items()} for raw in cells.values()]
    filled = [field for field in required if field != "patient"]  # a patient may be unknown
    empty = [f"line {n}" for n, row in zip(cells, rows, strict=True) if not all(row[field] for field in filled)]
    refuse(empty, f"rows of {path} have an empty {' or '.join(filled)}")
    return rows


def _read_cells(path: Path) -> tuple[dict[str, str], dict[int, dict[str, str]]]:
    """The columns of a CSV file by their names in lower case, and its rows by line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey=_BEYOND, restval="", strict=True)
            columns = {name.strip().lower(): name for name in reader.fieldnames or ()}
            cells = dict([(reader.line_num, row) for row in reader])
    except (OSError, ValueError, csv.Error) as error:
        raise DatasetError(f"{path} cannot be read as a CSV table: {error}") from error
    long = [f"line {line}" for line, row in cells.items() if any(row.get(_BEYOND, ()))]
    refuse(long, f"rows of {path} have more cells than there are columns")
    return columns, cells


def rows_by_image(
    path: Path, table: Sequence[Mapping[str, str]], images: Sequence[str]
) -> dict[str, Mapping[str, str]]:
    """The rows of a table by the data set's names; a table may leave out folders, and may know other images."""
    by_base = defaultdict(list)
    for image in images:
        by_base[image.rsplit("/", 1)[-1]].append(image)
    found: dict[str, Mapping[str, str]] = {}
    unclear, unlike = [], []
    for row in table:
        given = Path(row["image"]).as_posix()
        same = [image for image in by_base[given.rsplit("/", 1)[-1]] if _is_end(given, image) or _is_end(image, given)]
        match = [given] if given in same else same
        if len(match) > 1:
            unclear.append(f"{given}: {', '.join(match)}")
        elif match and any(found.setdefault(match[0], row)[field] != row[field] for field in ("label", "patient")):
            unlike.append(match[0])
    refuse(unclear, f"rows of {path} fit several images; write their folders too")
    refuse(unlike, f"images have rows in {path} that disagree")
    if not found:
        raise DatasetError(f"{path} names none of the {len(images)} images, such as {images[0]}")
    return found


def _is_end(part: str, whole: str) -> bool:
    """True where a path is the last steps of another."""
    return f"/{whole}".endswith(f"/{part}")


def refuse(offenders: Sequence[str], rule: str, shown: int = 10) -> None:
    if offenders:
        more = f"\n  ... and {len(offenders) - shown} more" if len(offenders) > shown else ""
        raise DatasetError(f"{len(offenders)} {rule}:\n  " + "\n  ".join(offenders[:shown]) + more)
