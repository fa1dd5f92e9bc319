"""Images in folders: a folder for each class, or the layout of ICIAR 2018, and the patients beside them."""

import re
from dataclasses import replace
from pathlib import Path

from cohort.files.offenders import refuse
from cohort.layouts.iciar2018 import ICIAR_CLASSES, class_of_file
from cohort.manifest import read_image_table, rows_by_image
from cohort.samples import DatasetError, Sample
from imaging.read import is_image, shown


def iciar_samples(folder: Path) -> list[Sample]:
    """The challenge's layout, Photos/Normal ... or flat n001.tif ...; an empty list where it is another."""
    root = folder / "Photos" if (folder / "Photos").is_dir() else folder
    class_folders = [sub for sub in _folders_in(root) if _images_in(sub)]
    labels = [re.sub(r"[\s_-]", "", sub.name.lower()) for sub in class_folders]
    if sorted(labels) == sorted(ICIAR_CLASSES):
        return _iciar_in_folders(class_folders, labels)
    if class_folders:
        return []
    return _iciar_flat(root)


def _iciar_in_folders(class_folders: list[Path], labels: list[str]) -> list[Sample]:
    samples = []
    for class_folder, label in zip(class_folders, labels, strict=True):
        for path in _images_in(class_folder):
            # the file name, as in all lists of the challenge; with its folder where it is not one of the challenge's
            is_own = class_of_file(path) == label
            samples.append(Sample(path.name if is_own else f"{path.parent.name}/{path.name}", path, label))
    return samples


def _iciar_flat(folder: Path) -> list[Sample]:
    """Images whose names tell the class; an empty list where one does not."""
    samples = [Sample(path.name, path, class_of_file(path)) for path in _images_in(folder)]
    return samples if all(sample.label for sample in samples) else []


def class_folder_samples(folder: Path) -> list[Sample]:
    """The images of a folder for each class; raises DatasetError where there are none, or where they lie deeper."""
    samples, deeper = [], []
    for class_folder in _folders_in(folder):
        label = class_folder.name
        samples += [Sample(f"{label}/{path.name}", path, label) for path in _images_in(class_folder)]
        deeper += [f"{label}/{inner.name}" for inner in _folders_in(class_folder) if _images_in(inner)]
    way_out = "give --data one level down, or a CSV table"
    refuse(DatasetError, deeper, f"folders of images lie deeper than {folder}/CLASS/; {way_out}")
    if not samples:
        raise DatasetError(f"{folder} has no class folders with images ({folder}/CLASS/image.png); or give a CSV table")
    return samples


def with_patients(samples: list[Sample], folder: Path) -> list[Sample]:
    """Samples with the patients that a patients.csv beside the images names; as they are where there is none.

    Raises DatasetError for a table that cannot be read or names none of the images.
    """
    tables = [path for path in (folder / "patients.csv", folder / "Photos" / "patients.csv") if path.is_file()]
    if not tables:
        return samples
    table = tables[0]
    rows = rows_by_image(table, read_image_table(table, ("image", "patient")), [sample.name for sample in samples])
    patients = {image: row.patient for image, row in rows.items()}
    return [replace(sample, patient=patients.get(sample.name, sample.patient)) for sample in samples]


def _folders_in(folder: Path) -> list[Path]:
    return sorted(path for path in _entries(folder) if path.is_dir() and not path.name.startswith("."))


def _images_in(folder: Path) -> list[Path]:
    return sorted(path for path in _entries(folder) if is_image(path))


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise DatasetError(f"{shown(folder)} cannot be listed ({error.strerror}); allow it or move it away") from error
