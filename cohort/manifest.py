"""Tables of images, as manifests, patients beside images and new labels are: their columns, rows and images."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from cohort.checks.notices import Warn, unsaid
from cohort.files.csv_text import CsvText
from cohort.files.image_names import match_images
from cohort.files.offenders import refuse, some
from cohort.files.stored_paths import StoredPaths, steps
from cohort.samples import DatasetError, Sample, require_classes

ALIASES = {  # lower case, in order of preference
    "image": ("image", "filename", "slide_id", "file", "path"),
    "label": ("label", "class"),
    "patient": ("patient", "patient_id", "case_id", "group"),
}
USUAL_NAMES = {name for names in ALIASES.values() for name in names}
MAX_PATH = 4096  # characters, as in Linux


class ImageRow(NamedTuple):
    """A row of a table of images; "" where the table does not say."""

    image: str  # as it is written
    label: str = ""
    patient: str = ""


def read_image_table(path: Path, required: Sequence[str], warn: Warn = unsaid) -> list[ImageRow]:
    """The rows of a CSV table of images, whatever of the usual names its columns have.

    required: of image, label and patient, those whose column must be there; an image and a label must also be filled
    in, a patient may be unknown. Labels and patients are the same however their accents are stored (Unicode NFC).
    Raises DatasetError.
    """
    table = CsvText(path, _usual_name, DatasetError)
    cells = table.cells(_chosen_columns(table, required))
    blank = [""] * len(cells.lines)
    images, labels, patients = (cells.columns.get(field, blank) for field in ALIASES)
    rows = []
    for image, label, patient in zip(images, labels, patients, strict=True):
        rows.append(ImageRow(image.strip(), normalize("NFC", label.strip()), normalize("NFC", patient.strip())))
    _require_filled(path, cells.lines, rows, [field for field in required if field != "patient"])
    return rows


def _usual_name(column: str) -> str | None:
    name = column.strip().lower()
    return name if name in USUAL_NAMES else None


def _chosen_columns(table: CsvText, required: Sequence[str]) -> dict[str, int]:
    """The position of the column that holds each field: of several, the one of the name that is preferred."""
    positions = {}
    for field, names in ALIASES.items():
        present = [name for name in names if name in table.positions]
        if present:
            positions[field] = table.positions[present[0]]
        elif field in required:
            usual = ", ".join(names[1:])
            header = some([name.strip() for name in table.header], shown=20) or "none"
            raise DatasetError(f"{table.path} has no column {field} (or {usual}); it has: {header}")
    return positions


def _require_filled(path: Path, lines: Sequence[int], rows: Sequence[ImageRow], fields: Sequence[str]) -> None:
    """Refuse rows in which one of the fields is empty, or in which the image's name cannot be one."""
    empty, too_long = [], []
    for line, row in zip(lines, rows, strict=True):
        if any(getattr(row, field) == "" for field in fields):
            empty.append(f"line {line}")
        if len(row.image) > MAX_PATH:
            too_long.append(f"line {line}")
    refuse(DatasetError, empty, f"rows of {path} have an empty {' or '.join(fields)}; fill it in or delete the row")
    way_out = "close an open quote or correct it"
    refuse(DatasetError, too_long, f"rows of {path} have an image longer than {MAX_PATH} characters; {way_out}")


def rows_by_image(path: Path, rows: Sequence[ImageRow], images: Sequence[str]) -> dict[str, ImageRow]:
    """The rows of a table by the data set's names of the images; rows of other images are left aside.

    A row may name its image with more or fewer folders. Raises DatasetError for a row that fits several images, for
    rows of an image that disagree, and for a table that names none of the images.
    """
    matches = match_images(path, [row.image for row in rows], images, DatasetError)
    by_image: dict[str, ImageRow] = {}
    contradicted = []
    for image, row in zip(matches, rows, strict=True):
        if image is None:
            continue
        first = by_image.setdefault(image, row)
        if (first.label, first.patient) != (row.label, row.patient):
            contradicted.append(image)
    refuse(DatasetError, contradicted, f"images have rows in {path} that disagree; keep the right one of each")
    if not by_image:
        such = f", such as {images[0]}" if images else ""
        raise DatasetError(f"{path} names none of the {len(images)} images{such}; write image names as they are there")
    return by_image


def read_labels(path: Path, images: Sequence[str], warn: Warn = unsaid) -> dict[str, tuple[str, str]]:
    """Label and patient ("" where unknown) of the images that a table names, in full or without their folders.

    Rows of other images are left aside; raises DatasetError for two rows that disagree and for a single class.
    """
    rows = rows_by_image(path, read_image_table(path, ("image", "label"), warn), images)
    require_classes(str(path), {row.label for row in rows.values()})
    return {image: (row.label, row.patient) for image, row in rows.items()}


def manifest_samples(path: Path, warn: Warn = unsaid) -> list[Sample]:
    """A sample for each row of a manifest; its images are looked for beside it. Raises DatasetError."""
    rows = read_image_table(path, ("image", "label"), warn)
    images = find_images(path, [row.image for row in rows])
    return [
        Sample(image.as_posix(), path.parent / image, row.label, row.patient)
        for image, row in zip(images, rows, strict=True)
    ]


def find_images(table: Path, images: Sequence[str]) -> list[Path]:
    """The paths of a table's images, from its folder on where they lie below it, else whole; they may not exist.

    Raises DatasetError for a path that leads out of the folder by `..`, which would be another image wherever the
    table is moved to. Names are found with their accents stored either way (Unicode NFC, NFD) and with backslashes.
    """
    outside = [image for image in images if ".." in steps(Path(image)) and not Path(image).is_absolute()]
    way_out = "move the table to a folder above the images and write their paths from there, or write whole paths"
    refuse(DatasetError, outside, f"images in {table} lead out of its folder by ..; {way_out}")
    beside = StoredPaths(table.parent)
    return [beside.find(Path(image)) for image in images]


def read_column(path: Path, name: str) -> dict[str, str]:
    """What one further column of a manifest says of each image, by the image's name in the data set; "" where nothing.

    Names of columns are compared without regard to case. Raises DatasetError where there is no such column.
    """
    wanted = name.strip().lower()

    def field_of(column: str) -> str | None:
        lower = column.strip().lower()
        return "column" if lower == wanted and lower not in USUAL_NAMES else _usual_name(column)

    table = CsvText(path, field_of, DatasetError)
    image_names = [image_name for image_name in ALIASES["image"] if image_name in table.positions]
    positions = {"image": table.positions[image_names[0]]}
    column = "column" if wanted not in USUAL_NAMES else wanted
    if column not in table.positions:
        header = some([written.strip() for written in table.header], shown=20)
        raise DatasetError(f"{path} has no column {name}; it has: {header}")
    positions["value"] = table.positions[column]
    cells = table.cells(positions).columns
    images = find_images(path, [image.strip() for image in cells["image"]])
    values = [normalize("NFC", value.strip()) for value in cells["value"]]
    return {normalize("NFC", image.as_posix()): value for image, value in zip(images, values, strict=True)}
