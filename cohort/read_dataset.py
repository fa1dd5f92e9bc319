"""A folder or a table becomes a data set, or is refused with the reason."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

from cohort.checks.notices import Notice
from cohort.checks.written_names import patients_in_cells
from cohort.files.offenders import refuse
from cohort.files.stored_paths import exists
from cohort.layouts.breakhis import breakhis
from cohort.layouts.folders import class_folder_samples, iciar_samples
from cohort.layouts.found import Choice, Found, counted, not_taken
from cohort.layouts.iciar2018 import class_order
from cohort.layouts.idc import idc
from cohort.layouts.nct_crc import nct_crc
from cohort.layouts.path_pattern import CLASS, parse_pattern, read_pattern
from cohort.layouts.patients_in_names import notices_of_names
from cohort.layouts.pcam import pcam, require_one_part
from cohort.layouts.proposals import are_splits
from cohort.layouts.tree import Tree
from cohort.manifest import manifest_in, manifest_samples
from cohort.patients_table import patients_tables, with_patients
from cohort.public_sets.held_against import public_notices
from cohort.samples import Dataset, DatasetError, NotTaken, Sample, require_classes
from imaging.read import shown

PLAIN_NAMES = ("manifest", "labels", "images", "dataset", "data")  # a table of such a name is known by its folder
AS_IT_LIES = Choice()  # the layout is what the folder shows


def read_dataset(
    source: Path, patients_as_written: bool = False, also_used: Sequence[str] = (), choice: Choice = AS_IT_LIES
) -> Dataset:
    """Read a folder (a folder per class, or the layout of a public set) or a CSV table; raises DatasetError.

    A folder that holds a manifest.csv (.tsv, .xlsx) is read as that table says, for it may know more, such as
    patients. Words for
    unknown are no patients, unless patients are as written; also_used: columns of the table that are read elsewhere;
    choice: what was asked about the layout of a folder. What was noticed on the way stands in the data set's notices,
    and what else lies in a folder in its `not_taken`.
    """
    notices: list[Notice] = []
    table = manifest_in(source) or source
    if table.is_file():
        if choice != AS_IT_LIES:
            raise DatasetError(f"{table} is a table, which has no layout of folders; leave out {_asked(choice)}")
        try:
            samples = manifest_samples(table, notices.extend, patients_as_written, also_used)
        except DatasetError as error:
            if table not in patients_tables(table.parent):
                raise
            way_out = f"where it lies beside a folder for each class, give their folder: --data {table.parent}"
            raise DatasetError(f"{error}; {way_out}") from error
        samples = with_patients(samples, table.parent, notices.extend, patients_as_written, table)
        left = () if table == source else _not_in_table(source, table, samples)
        name = table.parent.resolve().name if table.stem.lower() in PLAIN_NAMES else table.stem
        return _checked(name, samples, notices, left)
    if not source.is_dir():
        rule = "is neither folder nor file" if exists(source) else "does not exist"
        raise DatasetError(f"{source} {rule}; give --data a folder of class folders or a CSV table")
    tree = Tree(source)
    found = _found(tree, choice)
    of_folders = [sample.patient for sample in found.samples]
    patients = patients_in_cells(of_folders, "folders", notices.extend, patients_as_written)
    samples = [replace(sample, patient=patient) for sample, patient in zip(found.samples, patients, strict=True)]
    samples = with_patients(samples, source, notices.extend, patients_as_written)
    return _checked(source.resolve().name, samples, notices, not_taken(tree, found, patients_tables(source)))


def _found(tree: Tree, choice: Choice) -> Found:
    """The images by the layout that was chosen, or by the first one that knows itself in the folder."""
    labelled = None if choice.layout else pcam(tree)
    if not choice.layout:
        require_one_part(tree)
    if labelled is not None:
        found = labelled
    elif choice.layout and choice.layout != CLASS:
        found = read_pattern(tree, parse_pattern(choice.layout))
    elif choice.layout == CLASS or are_splits([name for (name,) in tree.folders()]):
        found = class_folder_samples(tree)
    else:
        found = _recognised(tree, choice) or class_folder_samples(tree)
    of_breakhis = choice._replace(layout=None)
    if of_breakhis != AS_IT_LIES and not found.is_breakhis:
        raise DatasetError(f"{tree.root} is not read as BreakHis, of which {_asked(of_breakhis)} speaks; leave it out")
    return found


def _recognised(tree: Tree, choice: Choice) -> Found | None:
    """The images of a public set; None for another folder."""
    return nct_crc(tree) or breakhis(tree, choice) or idc(tree) or iciar_samples(tree)


def _asked(choice: Choice) -> str:
    """The options of a choice, as they are written."""
    return " ".join(f"--{name} {value}" for name, value in choice._asdict().items() if value)


def _not_in_table(folder: Path, table: Path, samples: list[Sample]) -> tuple[NotTaken, ...]:
    """The images in a folder that its table does not name; none where the folder cannot be gone through."""
    with suppress(DatasetError):
        tree = Tree(folder)
        images = {parts: f"image without a row in {table.name}" for parts in tree.images()}
        return not_taken(tree, Found(samples, frozenset({()}), images), [table, *patients_tables(folder)])
    return ()


def _checked(name: str, samples: list[Sample], notices: list[Notice], left: Sequence[NotTaken] = ()) -> Dataset:
    """Refuse what cannot be learned from; a name is the same on every system (Unicode NFC)."""
    _require_unicode([name, *(sample.name for sample in samples)])
    normalised = [_with_normal_names(sample) for sample in samples]
    _require_one_spelling(samples, normalised)
    _require_named_once(normalised)
    classes = class_order(sorted({sample.label for sample in normalised}))
    require_classes(name, classes, len(normalised))
    if not any(exists(sample.path) for sample in normalised):
        rule = f"images do not exist, and those are all of {name}; paths are relative to the table's folder"
        refuse(DatasetError, [shown(sample.path) for sample in normalised], rule)
    in_order = tuple(sorted(normalised, key=lambda sample: sample.name))
    notices += notices_of_names(in_order)
    if left:
        notices.append(Notice("files-not-taken", f"not taken: {counted(left)}"))
    notices += public_notices(in_order)
    return Dataset(name, classes, in_order, tuple(notices), tuple(left))


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
