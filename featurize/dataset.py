"""Which images there are, what they are and whose: folders, tables and the ICIAR 2018 layout become one list."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from featurize.image import ImageError, inspect, is_image

ICIAR_CLASSES = ("normal", "benign", "insitu", "invasive")
ICIAR_PREFIXES = {"n": "normal", "b": "benign", "is": "insitu", "iv": "invasive"}
ALIASES = {  # lower case, in order of preference
    "image": ("image", "filename", "slide_id", "file", "path"),
    "label": ("label", "class"),
    "patient": ("patient", "patient_id", "case_id", "group"),
}
PLAIN_NAMES = ("manifest", "labels", "images", "dataset", "data")  # a table of such a name is known by its folder


class DatasetError(ValueError):
    """A data set that cannot be used as it is; the message lists the offenders."""


@dataclass(frozen=True)
class Sample:
    """One labelled image."""

    name: str  # unique; the path relative to the data set with forward slashes, or the file name (ICIAR 2018)
    path: Path
    label: str
    patient: str = ""  # "" where unknown


@dataclass(frozen=True)
class Dataset:
    """Labelled images and the order of their classes."""

    name: str
    classes: tuple[str, ...]
    samples: tuple[Sample, ...]


def read_dataset(source: Path) -> Dataset:
    """Read a folder (a folder per class, or the ICIAR 2018 layout) or a CSV table; raises DatasetError."""
    if source.is_file():
        name = source.parent.resolve().name if source.stem.lower() in PLAIN_NAMES else source.stem
        return _checked(name, _from_table(source))
    if not source.is_dir():
        raise DatasetError(f"{source} does not exist; give --data a folder of class folders or a CSV table")
    samples = _iciar(source) or _class_folders(source)
    return _checked(source.resolve().name, _with_patients(samples, source))


def class_order(labels: Iterable[str]) -> tuple[str, ...]:
    """The classes in their order: that of ICIAR 2018 where they are its four, else alphabetical."""
    classes = set(labels)
    return ICIAR_CLASSES if classes == set(ICIAR_CLASSES) else tuple(sorted(classes))


def read_labels(path: Path, images: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Label and patient ("" where unknown) of the images that a table names, by full name or by unique file name."""
    table = _read_table(path, ("image", "label"))
    names = _full_names(table["image"], images)
    return {name: (row.label, row.patient) for name, row in zip(names, table.itertuples(), strict=True) if name}


def inspect_all(samples: Sequence[Sample]) -> list:
    """Header facts of every image (featurize.image.Facts), before any work; raises DatasetError listing all bad files.

    The same content under two labels is an error, too.
    """
    facts, problems = [], []
    labels: dict[str, Sample] = {}
    for sample in samples:
        try:
            facts.append(inspect(sample.path))
        except ImageError as error:
            problems.append(str(error))
            continue
        twin = labels.setdefault(facts[-1].sha256, sample)
        if twin.label != sample.label:
            problems.append(f"{twin.name} ({twin.label}) and {sample.name} ({sample.label}) are the same image")
    _refuse(problems, "images cannot be used; repair, relabel or remove them")
    return facts


def _from_table(path: Path) -> list[Sample]:
    table = _read_table(path, ("image", "label"))
    return [Sample(Path(row.image).as_posix(), path.parent / row.image, row.label, row.patient)
            for row in table.itertuples()]  # fmt: skip


def _read_table(path: Path, required: tuple[str, ...]) -> pd.DataFrame:
    """A CSV table as text columns image, label, patient, whatever of the usual names they have."""
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path} cannot be read as a CSV table: {error}") from error
    lower = {str(column).strip().lower(): column for column in raw.columns}
    table = pd.DataFrame(index=raw.index)
    for field, names in ALIASES.items():
        column = next((lower[name] for name in names if name in lower), None)
        if column is None and field in required:
            raise DatasetError(f"{path} has no column {field} (or {', '.join(names[1:])}); it has {', '.join(lower)}")
        table[field] = "" if column is None else raw[column].str.strip()
    empty = [f"row {index + 2}" for index in table.index[(table[list(required)] == "").any(axis=1)]]
    _refuse(empty, f"rows of {path} have an empty {' or '.join(required)}")
    return table


def _iciar(folder: Path) -> list[Sample]:
    """The challenge's layout, Photos/Normal ... or flat n001.tif ...; an empty list where it is another."""
    root = folder / "Photos" if (folder / "Photos").is_dir() else folder
    by_class = {re.sub(r"[\s_-]", "", sub.name.lower()): sub for sub in root.iterdir() if sub.is_dir()}
    if set(ICIAR_CLASSES) <= set(by_class):
        found = [(path, label) for label in ICIAR_CLASSES for path in sorted(by_class[label].iterdir())]
        return [Sample(path.name, path, label) for path, label in found if is_image(path)]
    images = [path for path in sorted(root.iterdir()) if is_image(path)]
    matches = [re.fullmatch(r"(n|b|is|iv)\d+", path.stem.lower()) for path in images]
    if not images or None in matches:
        return []
    pairs = zip(images, matches, strict=True)
    return [Sample(path.name, path, ICIAR_PREFIXES[match[1]]) for path, match in pairs if match]


def _class_folders(folder: Path) -> list[Sample]:
    samples, deeper = [], []
    for sub in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        paths = sorted(sub.iterdir())
        samples += [Sample(f"{sub.name}/{path.name}", path, sub.name) for path in paths if is_image(path)]
        deeper += [f"{sub.name}/{path.name}" for path in paths if path.is_dir() and any(map(is_image, path.iterdir()))]
    _refuse(deeper, f"folders of images lie deeper than {folder}/CLASS/; give --data one level down, or a CSV table")
    if not samples:
        raise DatasetError(f"{folder} has no class folders with images ({folder}/CLASS/image.png); or give a CSV table")
    return samples


def _with_patients(samples: list[Sample], folder: Path) -> list[Sample]:
    """Patients from a patients.csv beside the images, as far as it knows them."""
    path = folder / "patients.csv"
    if not path.is_file():
        return samples
    table = _read_table(path, ("image",))
    names = _full_names(table["image"], [sample.name for sample in samples])
    patients = dict(zip(names, table["patient"], strict=True))
    return [replace(sample, patient=patients.get(sample.name, "")) for sample in samples]


def _full_names(given: Iterable[str], images: Sequence[str]) -> list[str]:
    """The data set's names for names in a table, which may leave out folders; "" for an image it does not have."""
    bases = Counter(name.rsplit("/", 1)[-1] for name in images)
    known = {name.rsplit("/", 1)[-1]: name for name in images if bases[name.rsplit("/", 1)[-1]] == 1}
    known |= {name: name for name in images}
    return [known.get(Path(name).as_posix(), known.get(Path(name).name, "")) for name in given]


def _checked(name: str, samples: list[Sample]) -> Dataset:
    """Refuse what cannot be learned from."""
    labels: dict[str, set[str]] = {}
    for sample in samples:
        labels.setdefault(sample.name, set()).add(sample.label)
    _refuse([image for image, own in labels.items() if len(own) > 1], "images are in two classes")
    counts = Counter(sample.name for sample in samples)
    _refuse([image for image, count in counts.items() if count > 1], "images are named twice")
    _refuse([sample.name for sample in samples if not sample.path.is_file()], "images do not exist")
    classes = class_order(sample.label for sample in samples)
    if len(classes) < 2:
        raise DatasetError(f"{name} has only one class ({', '.join(classes)}); a classifier needs two or more")
    return Dataset(name, classes, tuple(sorted(samples, key=lambda sample: sample.name)))


def _refuse(offenders: Sequence[str], rule: str, shown: int = 10) -> None:
    if offenders:
        more = f"\n  ... and {len(offenders) - shown} more" if len(offenders) > shown else ""
        raise DatasetError(f"{len(offenders)} {rule}:\n  " + "\n  ".join(offenders[:shown]) + more)
