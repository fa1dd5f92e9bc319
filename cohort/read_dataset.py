"""A folder or a table becomes a data set, or is refused with the reason."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

from cohort.checks.notices import Notice
from cohort.files.offenders import refuse
from cohort.files.stored_paths import exists
from cohort.layouts.folders import class_folder_samples, iciar_samples
from cohort.layouts.iciar2018 import class_order
from cohort.manifest import manifest_samples
from cohort.patients_table import with_patients
from cohort.samples import Dataset, DatasetError, Sample, require_classes
from imaging.read import shown

PLAIN_NAMES = ("manifest", "labels", "images", "dataset", "data")  # a table of such a name is known by its folder


def read_dataset(source: Path, patients_as_written: bool = False, also_used: Sequence[str] = ()) -> Dataset:
    """Read a folder (a folder per class, or the ICIAR 2018 layout) or a CSV table; raises DatasetError.

    A folder that holds a manifest.csv is read as that table says, for it may know more, such as patients. Words for
    unknown are no patients, unless patients are as written; also_used: columns of the table that are read elsewhere.
    What was noticed on the way stands in the data set's notices.
    """
    notices: list[Notice] = []
    source = source / "manifest.csv" if (source / "manifest.csv").is_file() else source
    if source.is_file():
        name = source.parent.resolve().name if source.stem.lower() in PLAIN_NAMES else source.stem
        samples = manifest_samples(source, notices.extend, patients_as_written, also_used)
        samples = with_patients(samples, source.parent, notices.extend, patients_as_written, source)
        return _checked(name, samples, notices)
    if not source.is_dir():
        rule = "is neither folder nor file" if exists(source) else "does not exist"
        raise DatasetError(f"{source} {rule}; give --data a folder of class folders or a CSV table")
    samples = iciar_samples(source) or class_folder_samples(source)
    samples = with_patients(samples, source, notices.extend, patients_as_written)
    return _checked(source.resolve().name, samples, notices)


def _checked(name: str, samples: list[Sample], notices: list[Notice]) -> Dataset:
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
    in_order = tuple(sorted(normalised, key=lambda sample: sample.name))
    return Dataset(name, classes, in_order, tuple(notices))


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
