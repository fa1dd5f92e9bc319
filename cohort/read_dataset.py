"""A folder or a table becomes a data set, or is refused with the reason."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

from cohort.files.csv_text import DatasetError, refuse
from cohort.folders import class_folder_samples, iciar_samples, with_patients
from cohort.iciar2018 import class_order
from cohort.manifest import exists, manifest_samples
from cohort.samples import Dataset, Sample, require_classes
from imaging.read import shown

PLAIN_NAMES = ("manifest", "labels", "images", "dataset", "data")  # a table of such a name is known by its folder


def read_dataset(source: Path) -> Dataset:
    """Read a folder (a folder per class, or the ICIAR 2018 layout) or a CSV table; raises DatasetError.

    A folder that holds a manifest.csv is read as that table says, for it may know more, such as patients.
    """
    source = source / "manifest.csv" if (source / "manifest.csv").is_file() else source
    if source.is_file():
        name = source.parent.resolve().name if source.stem.lower() in PLAIN_NAMES else source.stem
        return _checked(name, manifest_samples(source))
    if not source.is_dir():
        rule = "is neither folder nor file" if exists(source) else "does not exist"
        raise DatasetError(f"{source} {rule}; give --data a folder of class folders or a CSV table")
    samples = iciar_samples(source) or class_folder_samples(source)
    return _checked(source.resolve().name, with_patients(samples, source))


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
    classes = class_order(sorted({sample.label for sample in named}))
    require_classes(name, classes)
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
