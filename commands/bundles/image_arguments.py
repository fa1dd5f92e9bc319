"""Which images are meant by what predict is given: files, folders, tables and lists.

A table may be a stranger's, so it names images of its own folder only, unless more is allowed. Whether there is
anything where it must not look is not said.
"""

import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from cohort.checks.patient_checks import patient_notices
from cohort.files.offenders import refuse
from cohort.files.open_table import TABLES
from cohort.layouts.tree import files_like_images
from cohort.manifest import manifest_in, read_image_table
from cohort.read_dataset import read_dataset
from cohort.samples import DatasetError
from commands.terminal import warn
from imaging.formats.endings import SUFFIXES
from imaging.read_errors import shown


def find_images(arguments: Iterable[str], allow_outside: bool = False) -> list[Path]:
    """The image files that the arguments name, in order, each once; raises DatasetError for none.

    A folder means all that looks like an image in it and below, also what cannot be read; a CSV table those of its
    column image, in its folder or below unless others are allowed; - the lines of stdin.
    """
    paths = []
    for argument in arguments:
        paths += _images_of(argument, allow_outside)
    if not paths:
        raise DatasetError("no images are given; name files, a folder of them, a CSV table with a column image, or -")
    return list(dict.fromkeys(paths))


def _images_of(argument: str, allow_outside: bool) -> list[Path]:
    """The images that an argument names, see `find_images`."""
    if argument == "-":
        try:
            return [Path(line.strip()) for line in sys.stdin if line.strip()]
        except UnicodeDecodeError as error:
            raise DatasetError(
                f"the list of images on stdin is not text ({error}); give a name on each line"
            ) from error
    path = Path(argument)
    if path.is_dir():
        images = files_like_images(path)
        if not images:
            raise DatasetError(f"{path} holds no images ({', '.join(SUFFIXES)}); name another folder, or leave it out")
        return images
    if path.suffix.lower() in TABLES:
        names = [row.image for row in read_image_table(path, ("image",))]
        if not allow_outside:
            _require_inside(path, names)
        return [path.parent / name for name in names]
    return [path]


def _require_inside(table: Path, names: Sequence[str]) -> None:
    """Raise DatasetError for images that are not in the table's folder once all links are followed."""
    folder = table.parent.resolve()
    outside = [name for name in names if not _is_inside(folder, name)]
    way_out = "put the table above its images, or allow it (--allow-outside) if you trust who wrote it"
    refuse(DatasetError, outside, f"images in {table} are not in its folder; {way_out}")


def _is_inside(folder: Path, name: str) -> bool:
    """Whether a path leads nowhere but into a folder or below, whatever is there; the folder is resolved."""
    try:
        return (folder / name).resolve().is_relative_to(folder)
    except (OSError, ValueError, RuntimeError):  # too long, a NUL character, links in a circle
        return False


def patients_of(given: Iterable[str], patients_as_written: bool = False) -> dict[str, str]:
    """The patient of each image that a table or a folder's manifest names, by the image's path.

    Raises DatasetError where none has one.
    """
    patients = {}
    for argument in given:
        path = manifest_in(Path(argument)) or Path(argument)
        if path.suffix.lower() in TABLES:
            for row in read_image_table(path, ("image", "patient"), warn, patients_as_written):
                patients[shown(path.parent / row.image)] = row.patient
    if not any(patients.values()):
        raise DatasetError("no patient is known; --by patient wants the images in a CSV table image,patient")
    warn(patient_notices(list(patients.values())))
    return patients


def has_labels(argument: str, classes: Sequence[str]) -> bool:
    """Whether a folder or table of images also says their classes, all of them among these."""
    if not (Path(argument).is_dir() or argument.lower().endswith(TABLES)):
        return False
    with suppress(DatasetError):
        return set(read_dataset(Path(argument)).classes) <= set(classes)
    return False
