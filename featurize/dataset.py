"""Which images there are, what they are and whose: folders, tables and the ICIAR 2018 layout become one list."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from unicodedata import normalize

from featurize.labels import label_warnings
from featurize.lookup import exists, find_images
from featurize.table import DatasetError, read_table, refuse, rows_by_image
from imaging.read import is_image, shown

ICIAR_CLASSES = ("normal", "benign", "insitu", "invasive")
ICIAR_PREFIXES = {"n": "normal", "b": "benign", "is": "insitu", "iv": "invasive"}
PLAIN_NAMES = ("manifest", "labels", "images", "dataset", "data")  # a table of such a name is known by its folder


@dataclass(frozen=True)
class Sample:
    """One labelled image."""

    name: str  # unique; the path relative to the data set with forward slashes, or the file name (ICIAR 2018)
    path: Path
    label: str
    patient: str = ""  # "" where unknown
    content: bytes = field(default=b"", repr=False)  # of the file, for a worker that does not see the path


@dataclass(frozen=True)
class Dataset:
    """Labelled images and the order of their classes."""

    name: str
    classes: tuple[str, ...]
    samples: tuple[Sample, ...]

    def summary(self) -> str:
        """Images by class and patients, in a line."""
        counts = ", ".join(f"{sum(s.label == label for s in self.samples)} {label}" for label in self.classes)
        known = [sample.patient for sample in self.samples if sample.patient]
        text = f"{self.name}: {len(self.samples)} images ({counts}), {len(set(known)) or 'no'} known patients"
        alone = len(self.samples) - len(known)
        return f"{text}, {alone} images of unknown patients" if known and alone else text

    def warnings(self) -> list[str]:
        """What is allowed but often a mistake in the labels and patients, each with what to do."""
        return label_warnings([s.label for s in self.samples], [s.patient for s in self.samples])

    def without(self, images: Iterable[str]) -> "Dataset":
        """The data set but for some images; raises DatasetError where a class would be gone."""
        gone = set(images)
        left = tuple(sample for sample in self.samples if sample.name not in gone)
        lost = [label for label in self.classes if label not in {sample.label for sample in left}]
        refuse(lost, "classes have no image left without those that cannot be used; repair some of theirs")
        return replace(self, samples=left)


def read_dataset(source: Path) -> Dataset:
    """Read a folder (a folder per class, or the ICIAR 2018 layout) or a CSV table; raises DatasetError.

    A folder that holds a manifest.csv is read as that table says, for it may know more, such as patients.
    """
    source = source / "manifest.csv" if (source / "manifest.csv").is_file() else source
    if source.is_file():
        name = source.parent.resolve().name if source.stem.lower() in PLAIN_NAMES else source.stem
        return _checked(name, _from_table(source))
    if not source.is_dir():
        rule = "is neither folder nor file" if exists(source) else "does not exist"
        raise DatasetError(f"{source} {rule}; give --data a folder of class folders or a CSV table")
    samples = _iciar(source) or _class_folders(source)
    return _checked(source.resolve().name, _with_patients(samples, source))


def class_order(labels: Iterable[str]) -> tuple[str, ...]:
    """The classes in their order: that of ICIAR 2018 where they are its four, else alphabetical."""
    classes = set(labels)
    return ICIAR_CLASSES if classes == set(ICIAR_CLASSES) else tuple(sorted(classes))


def read_labels(path: Path, images: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Label and patient ("" where unknown) of the images that a table names, in full or without their folders.

    Rows of other images are left aside; raises DatasetError for two rows that disagree and for a single class.
    """
    rows = rows_by_image(path, read_table(path, ("image", "label")), images)
    _require_classes(str(path), {row["label"] for row in rows.values()})
    return {image: (row["label"], row["patient"]) for image, row in rows.items()}


def _from_table(path: Path) -> list[Sample]:
    """A sample for each row; images are looked for beside the table."""
    rows = read_table(path, ("image", "label"))
    found = find_images(path, [row["image"] for row in rows])
    return [
        Sample(image.as_posix(), path.parent / image, row["label"], row["patient"])
        for image, row in zip(found, rows, strict=True)
    ]


def _iciar(folder: Path) -> list[Sample]:
    """The challenge's layout, Photos/Normal ... or flat n001.tif ...; an empty list where it is another."""
    root = folder / "Photos" if (folder / "Photos").is_dir() else folder
    by_class = [(re.sub(r"[\s_-]", "", sub.name.lower()), sub) for sub in _folders_in(root) if _images_in(sub)]
    if sorted(label for label, _ in by_class) == sorted(ICIAR_CLASSES):
        return [Sample(_iciar_name(path, label), path, label) for label, sub in by_class for path in _images_in(sub)]
    flat = [(path, _iciar_class(path)) for path in _images_in(root)]
    return [] if by_class or not all(label for _, label in flat) else [Sample(p.name, p, label) for p, label in flat]


def _iciar_class(path: Path) -> str:
    """The class that a file name of the challenge (n001.tif, b001.tif, is001.tif, iv001.tif) tells, else ""."""
    match = re.fullmatch(r"(n|b|is|iv)\d+", path.stem.lower())
    return ICIAR_PREFIXES[match[1]] if match else ""


def _iciar_name(path: Path, label: str) -> str:
    """The file name, as in all lists of the challenge; with its folder where it is not one of the challenge's own."""
    return path.name if _iciar_class(path) == label else f"{path.parent.name}/{path.name}"


def _class_folders(folder: Path) -> list[Sample]:
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


def _with_patients(samples: list[Sample], folder: Path) -> list[Sample]:
    """Patients from a patients.csv beside the images, as far as it knows them."""
    beside = [path for path in (folder / "patients.csv", folder / "Photos" / "patients.csv") if path.is_file()]
    if not beside:
        return samples
    path = beside[0]
    table = read_table(path, ("image", "patient"))
    patients = rows_by_image(path, table, [sample.name for sample in samples])
    return [replace(s, patient=patients[s.name]["patient"]) if s.name in patients else s for s in samples]


def _checked(name: str, samples: list[Sample]) -> Dataset:
    """Refuse what cannot be learned from; a name is the same on every system (Unicode NFC)."""
    refuse([ascii(text) for text in [name, *(s.name for s in samples)] if not _is_unicode(text)],
           "names of files or folders are not UTF-8; rename them (as convmv does)")  # fmt: skip
    stored: dict[str, set[str]] = {}
    labels: dict[str, set[str]] = {}
    named = [replace(s, name=normalize("NFC", s.name), label=normalize("NFC", s.label)) for s in samples]
    for given, sample in zip(samples, named, strict=True):
        stored.setdefault(sample.name, set()).add(given.name)
        labels.setdefault(sample.name, set()).add(sample.label)
    refuse([ascii(name) for names in stored.values() if len(names) > 1 for name in sorted(names)],
           "images have names that differ only in how their accents are stored (Unicode NFC, NFD); rename one of each"
           )  # fmt: skip
    refuse([image for image, own in labels.items() if len(own) > 1], "images are in two classes; keep one row of each")
    counts = Counter(sample.name for sample in named)
    refuse([image for image, count in counts.items() if count > 1], "images are named twice; keep one row of each")
    classes = class_order(sample.label for sample in named)
    _require_classes(name, classes)
    if not any(exists(sample.path) for sample in named):
        missing = [shown(sample.path) for sample in named]
        refuse(missing, f"images do not exist, and those are all of {name}; paths are relative to the table's folder")
    return Dataset(name, classes, tuple(sorted(named, key=lambda sample: sample.name)))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes of a file name that Python could not decode
        return False
    return True


def _require_classes(name: str, classes: Iterable[str]) -> None:
    found = sorted(classes)
    if len(found) < 2:
        held = f"only one class ({found[0]})" if found else "no images"
        raise DatasetError(f"{name} has {held}; a classifier needs two classes or more")
