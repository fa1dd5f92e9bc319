"""Images in folders: a folder for each class, or the layout of ICIAR 2018, and the patients beside them."""

import re
from dataclasses import replace
from pathlib import Path

from cohort.files.csv_text import DatasetError, read_table, refuse, rows_by_image
from cohort.iciar2018 import ICIAR_CLASSES, class_of_file
from cohort.samples import Sample
from imaging.read import is_image, shown


def iciar_samples(folder: Path) -> list[Sample]:
    """The challenge's layout, Photos/Normal ... or flat n001.tif ...; an empty list where it is another."""
    root = folder / "Photos" if (folder / "Photos").is_dir() else folder
    by_class = [(re.sub(r"[\s_-]", "", sub.name.lower()), sub) for sub in _folders_in(root) if _images_in(sub)]
    if sorted(label for label, _ in by_class) == sorted(ICIAR_CLASSES):
        return [Sample(_iciar_name(path, label), path, label) for label, sub in by_class for path in _images_in(sub)]
    flat = [(path, class_of_file(path)) for path in _images_in(root)]
    return [] if by_class or not all(label for _, label in flat) else [Sample(p.name, p, label) for p, label in flat]


def _iciar_name(path: Path, label: str) -> str:
    """The file name, as in all lists of the challenge; with its folder where it is not one of the challenge's own."""
    return path.name if class_of_file(path) == label else f"{path.parent.name}/{path.name}"


def class_folder_samples(folder: Path) -> list[Sample]:
    samples, deeper = [], []
    for sub in _folders_in(folder):
        samples += [Sample(f"{sub.name}/{path.name}", path, sub.name) for path in _images_in(sub)]
        deeper += [f"{sub.name}/{inner.name}" for inner in _folders_in(sub) if _images_in(inner)]
    refuse(deeper, f"folders of images lie deeper than {folder}/CLASS/; give --data one level down, or a CSV table")
    if not samples:
        raise DatasetError(f"{folder} has no class folders with images ({folder}/CLASS/image.png); or give a CSV table")
    return samples


def _folders_in(folder: Path) -> list[Path]:
    return sorted(path for path in _entries(folder) if path.is_dir() and not path.name.startswith("."))


def _images_in(folder: Path) -> list[Path]:
    return sorted(path for path in _entries(folder) if is_image(path))


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise DatasetError(f"{shown(folder)} cannot be listed ({error.strerror}); allow it or move it away") from error


def with_patients(samples: list[Sample], folder: Path) -> list[Sample]:
    """Patients from a patients.csv beside the images, as far as it knows them."""
    beside = [path for path in (folder / "patients.csv", folder / "Photos" / "patients.csv") if path.is_file()]
    if not beside:
        return samples
    path = beside[0]
    table = read_table(path, ("image", "patient"))
    patients = rows_by_image(path, table, [sample.name for sample in samples])
    return [replace(s, patient=patients[s.name]["patient"]) if s.name in patients else s for s in samples]
