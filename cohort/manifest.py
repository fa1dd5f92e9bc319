"""Tables of images, as manifests, patients beside images and new labels are: their columns, rows and images."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from cohort.checks.notices import Notice, Warn, unsaid
from cohort.checks.written_names import names_in_cells, patients_in_cells
from cohort.columns import ALIASES, choose_columns, column_name, column_notices, usual_column
from cohort.files.offenders import refuse, some
from cohort.files.open_table import open_table, tables_called
from cohort.files.stored_paths import StoredPaths, steps
from cohort.names.image_names import match_images
from cohort.samples import DatasetError, Sample, require_classes

MANIFEST = "manifest"  # in any case, with the ending of a table
MAX_PATH = 4096  # characters, as in Linux


class ImageRow(NamedTuple):
    """A row of a table of images; "" where the table does not say."""

    image: str  # as it is written
    label: str = ""
    patient: str = ""


def read_image_table(
    path: Path,
    required: Sequence[str],
    warn: Warn = unsaid,
    patients_as_written: bool = False,
    fields: Sequence[str] = tuple(ALIASES),
    also_used: Sequence[str] = (),
) -> list[ImageRow]:
    """The rows of a CSV table of images, whatever of the usual names its columns have.

    required: of image, label and patient, those whose column must be there; an image and a label must also be filled
    in, a patient may be unknown. fields: those that are wanted at all; also_used: columns that are read elsewhere.
    Labels and patients are the same however their accents are stored (Unicode NFC), and without characters that nobody
    sees; words for unknown are unknown patients, unless those are as written. `warn` is told of these, and of columns
    that are not used. Raises DatasetError.
    """
    table = open_table(path, usual_column, DatasetError, warn=warn)
    read = table.cells()
    cells = {table.positions[name]: values for name, values in read.columns.items()}  # by position
    columns = choose_columns(table, cells, required, fields)
    warn(column_notices(table, columns, cells, also_used))
    blank = [""] * len(read.lines)
    images, labels, patients = (cells.get(columns.chosen.get(field, -1), blank) for field in ALIASES)
    labels = names_in_cells(labels, "classes", path.name, warn)
    patients = patients_in_cells(patients, path.name, warn, patients_as_written)
    rows = []
    for image, label, patient in zip(images, labels, patients, strict=True):
        rows.append(ImageRow(image.strip(), label, patient))
    _require_filled(path, read.lines, rows, [field for field in required if field != "patient"])
    return rows


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


def rows_by_image(
    path: Path, rows: Sequence[ImageRow], images: Sequence[str], warn: Warn = unsaid
) -> dict[str, ImageRow]:
    """The rows of a table by the data set's names of the images; rows of other images are left aside, and counted.

    A row may name its image with more or fewer folders. Raises DatasetError for a row that fits several images, for
    rows of an image that disagree, and for a table that names none of the images.
    """
    matches = match_images(path, [row.image for row in rows], images, DatasetError)
    by_image: dict[str, ImageRow] = {}
    contradicted, strangers = [], []
    for image, row in zip(matches, rows, strict=True):
        if image is None:
            strangers.append(row.image)
            continue
        first = by_image.setdefault(image, row)
        if (first.label, first.patient) != (row.label, row.patient):
            contradicted.append(image)
    refuse(DatasetError, contradicted, f"images have rows in {path} that disagree; keep the right one of each")
    if not by_image:
        such = f", such as {images[0]}" if images else ""
        raise DatasetError(f"{path} names none of the {len(images)} images{such}; write image names as they are there")
    if strangers:
        sentence = f"{path.name}: {len(strangers)} rows name no image, such as {some(strangers, shown=2)}"
        warn([Notice("rows-without-an-image", sentence)])
    return by_image


def read_labels(
    path: Path, images: Sequence[str], warn: Warn = unsaid, patients_as_written: bool = False
) -> dict[str, tuple[str, str]]:
    """Label and patient ("" where unknown) of the images that a table names, in full or without their folders.

    Rows of other images are left aside; raises DatasetError for two rows that disagree and for a single class.
    """
    written = read_image_table(path, ("image", "label"), warn, patients_as_written)
    rows = rows_by_image(path, written, images, warn)
    require_classes(str(path), {row.label for row in rows.values()})
    return {image: (row.label, row.patient) for image, row in rows.items()}


def manifest_samples(
    path: Path, warn: Warn = unsaid, patients_as_written: bool = False, also_used: Sequence[str] = ()
) -> list[Sample]:
    """A sample for each row of a manifest; its images are looked for beside it. Raises DatasetError."""
    rows = read_image_table(path, ("image", "label"), warn, patients_as_written, also_used=also_used)
    images = find_images(path, [row.image for row in rows])
    return [
        Sample(image.as_posix(), path.parent / image, row.label, row.patient)
        for image, row in zip(images, rows, strict=True)
    ]


def manifest_in(folder: Path) -> Path | None:
    """The table called manifest in a folder, however it is cased; None where there is none, or for what is no folder.

    Raises DatasetError for several, of which any may be meant.
    """
    tables = tables_called(folder, MANIFEST)
    if len(tables) > 1:
        refuse(DatasetError, [str(path) for path in tables], "tables name the images; keep one of them")
    return tables[0] if tables else None


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

    Names of columns are compared as those of the usual ones. Raises DatasetError where there is no such column.
    """
    wanted = column_name(name)
    table = open_table(path, lambda column: _usual_or(column, wanted), DatasetError)
    image = choose_columns(table, {}, ("image",), ("image",)).chosen["image"]
    places = [position for position, written in enumerate(table.header) if column_name(written) == wanted]
    if not places:
        header = some([written.strip() for written in table.header], shown=20)
        raise DatasetError(f"{path} has no column {name}; it has: {header}")
    repeated = [table.header[place] for place in places[1:]]
    refuse(DatasetError, repeated, f"columns of {path} are there twice; rename or remove one of each")
    cells = table.cells({"image": image, "value": places[0]}).columns
    images = find_images(path, [image.strip() for image in cells["image"]])
    values = [normalize("NFC", value.strip()) for value in cells["value"]]
    return {normalize("NFC", image.as_posix()): value for image, value in zip(images, values, strict=True)}


def _usual_or(column: str, wanted: str) -> str | None:
    return column if column_name(column) == wanted else usual_column(column)
