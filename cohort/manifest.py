"""Where the images lie that a table names: beside it, or wherever a whole path says."""

from collections.abc import Sequence
from pathlib import Path
from unicodedata import normalize

from cohort.files.csv_text import read_table, refuse, rows_by_image
from cohort.samples import Sample, require_classes


def find_images(table: Path, images: Sequence[str]) -> list[Path]:
    """The paths of a table's images, from its folder on where they lie below it, else whole; they may not exist.

    Raises DatasetError for a path that leads out of the folder by `..`, which would be another image wherever the
    table is moved to. Names are found with their accents stored either way (Unicode NFC, NFD) and with backslashes.
    """
    astray = [image for image in images if ".." in _steps(Path(image)) and not Path(image).is_absolute()]
    refuse(
        astray,
        f"images in {table} lead out of its folder by ..; move the table to a folder above the images and write their "
        "paths from there, or write whole paths",
    )
    folder, held = table.parent.resolve(), {}  # type: Path, dict[Path, dict[str, str]]
    return [_below(folder, _stored(folder, Path(image), held)) for image in images]


def exists(path: Path) -> bool:
    """True for whatever has this path, a broken link too."""
    try:
        return path.exists() or path.is_symlink()
    except (OSError, ValueError):  # a name that is too long
        return False


def _below(folder: Path, path: Path) -> Path:
    """A whole path from the folder on: a data set as a whole may be moved."""
    return path.relative_to(folder) if path.is_absolute() and path.is_relative_to(folder) else path


def _stored(folder: Path, given: Path, held: dict[Path, dict[str, str]]) -> Path:
    """A path as the file system spells it; `held` keeps what the folders on the way hold."""
    if exists(folder / given):
        return given
    stored = Path(given.anchor)
    for step in _steps(given.relative_to(given.anchor)):
        if not exists(folder / stored / step):
            step = _names_in(folder / stored, held).get(normalize("NFC", step), step)
        stored /= step
    return stored


def _steps(path: Path) -> tuple[str, ...]:
    return Path(path.as_posix().replace("\\", "/")).parts


def _names_in(folder: Path, held: dict[Path, dict[str, str]]) -> dict[str, str]:
    """What a folder holds by its names in NFC; nothing where it cannot be listed."""
    if folder not in held:
        try:
            held[folder] = {normalize("NFC", path.name): path.name for path in sorted(folder.iterdir())}
        except OSError:
            held[folder] = {}
    return held[folder]


def read_labels(path: Path, images: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Label and patient ("" where unknown) of the images that a table names, in full or without their folders.

    Rows of other images are left aside; raises DatasetError for two rows that disagree and for a single class.
    """
    rows = rows_by_image(path, read_table(path, ("image", "label")), images)
    require_classes(str(path), {row["label"] for row in rows.values()})
    return {image: (row["label"], row["patient"]) for image, row in rows.items()}


def manifest_samples(path: Path) -> list[Sample]:
    """A sample for each row; images are looked for beside the table."""
    rows = read_table(path, ("image", "label"))
    found = find_images(path, [row["image"] for row in rows])
    return [
        Sample(image.as_posix(), path.parent / image, row["label"], row["patient"])
        for image, row in zip(found, rows, strict=True)
    ]
