"""A folder or a table becomes a data set, or is refused with the reason."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

from cohort.files.offenders import refuse
from cohort.files.stored_paths import exists
from cohort.layouts.folders import class_folder_samples, iciar_samples, with_patients
from cohort.layouts.iciar2018 import class_order
from cohort.manifest import manifest_samples
from cohort.samples import Dataset, DatasetError, Sample, require_classes
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
    _require_unicode([name, *(sample.name for sample in samples)])
    normalised = [_with_normal_names(sample) for sample in samples]
    _require_one_spelling(samples, normalised)
    _require_named_once(normalised)
    classes = class_order(sorted({sample.label for sample in normalised}))
    require_classes(name, classes)
    if not any(exists(sample.path) for sample in normalised):
        rule = f"images do not exist, and those are all of {name}; paths are relative to the table's folder"
        refuse(DatasetError, [shown(sample.path) for sample in normalised], rule)
    return Dataset(name, classes, tuple(sorted(normalised, key=lambda sample: sample.name)))


def _with_normal_names(sample: Sample) -> Sample:
    return replace(sample, name=normalize("NFC", sample.name), label=normalize("NFC", sample.label))


def _require_unicode(names: list[str]) -> None:
    undecoded = [ascii(name) for name in names if not _is_unicode(name)]
    refuse(DatasetError, undecoded, "names of files or folders are not UTF-8; rename them (as convmv does)")


def _require_one_spelling(samples: list[Sample], normalised: list[Sample]) -> None:
    """Refuse two files whose names are one name after normalisation: which of them is meant would depend on luck."""
    spellings = defaultdict(set)
    for sample, normal in zip(samples, normalised, strict=True):
        spellings[normal.name].add(sample.name)
    alike: list[str] = []
    for names in spellings.values():
        if len(names) > 1:
            alike += [ascii(name) for name in sorted(names)]
    rule = "images have names that differ only in how their accents are stored (Unicode NFC, NFD); rename one of each"
    refuse(DatasetError, alike, rule)


def _require_named_once(samples: list[Sample]) -> None:
    labels = defaultdict(list)
    for sample in samples:
        labels[sample.name].append(sample.label)
    in_two_classes = [name for name, own in labels.items() if len(set(own)) > 1]
    refuse(DatasetError, in_two_classes, "images are in two classes; keep one row of each")
    repeated = [name for name, own in labels.items() if len(own) > 1]
    refuse(DatasetError, repeated, "images are named twice; keep one row of each")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes of a file name that Python could not decode
        return False
    return True
