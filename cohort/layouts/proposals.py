"""What a folder of an unclear layout may be: each reading with what it would give, for a person to choose.

Nothing here is taken by itself, and no reading is proposed that would make patients, parts of a split or magnifications
the classes.
"""

import re
from collections.abc import Collection, Sequence

from cohort.files.offenders import some
from cohort.layouts.path_pattern import ANY_DEPTH, CLASS, PATIENT, SPLIT, PathPattern, parse_pattern, samples_of
from cohort.layouts.tree import Parts, Tree
from cohort.samples import Sample
from imaging.read_errors import shown

PATTERNS = (
    "class/patient", "patient/class", "class/patient/...", "patient/class/...", "split/class", "split/class/patient",
    "split/patient/class", "split/class/...", "class/...",
)  # fmt: skip
SPLIT_NAME = re.compile(
    r"(train|training|val|valid|validation|test|testing|holdout|dev|fold|traindata|testdata)"
    r"(set|data|split|images|imgs|samples|patches|tiles)?\d*"
)
MAGNIFICATION = re.compile(r"(mag)?(\d+x|x\d+)", re.IGNORECASE)
GRADE = re.compile(r"(grade|g|class|stage|score|level|label|type|gleason|isup)?\W*(\d|i{1,3}|iv|v)", re.IGNORECASE)
CLASS_WORD = re.compile(
    r"benign|malign|normal|health|tumou?r|cancer|carcinoma|adenoma|sarcoma|lymphoma|melanoma|stroma|metasta|neg|pos|"
    r"control|invasive|insitu|necro|inflam|disease|lesion|other|adipos|mucosa|muscle",
    re.IGNORECASE,
)
MOST_CLASSES = 100  # in a proposal
FEW_CLASSES = 5  # may have an image each, or be grades


def is_split(name: str) -> bool:
    """Whether a folder is called like a part of a split.

    >>> is_split("Train"), is_split("test_set"), is_split("Fold 2"), is_split("benign")
    (True, True, True, False)
    """
    return SPLIT_NAME.fullmatch(re.sub(r"[\W_]", "", name.lower())) is not None


def are_splits(names: Sequence[str]) -> bool:
    """Whether folders beside each other are the parts of a split; one called test may be a class beside control."""
    splits = [name for name in names if is_split(name)]
    has_training = any(name.lower().startswith("train") for name in splits)
    return bool(splits) and (has_training or len(splits) > 1 or len(splits) == len(names))


def proposals(tree: Tree, data: str = "") -> list[str]:
    """The readings that take all images in the folders of a folder, each with what it gives and the option for it.

    data: the option that names the folder, where another was given.
    """
    lines = []
    in_folders = sum(len(parts) > 1 for parts in tree.images())
    for text in PATTERNS:
        pattern = parse_pattern(text)
        samples = list(samples_of(tree, pattern))
        if samples and len(samples) == in_folders and _is_plausible(pattern, samples, tree):
            patients = len({sample.patient for sample in samples} - {""})
            lines.append(_line(samples, f", {patients or 'no'} patients: {data}--layout {pattern}"))
    return _exact_first(lines)


def lower_proposals(tree: Tree) -> list[str]:
    """The readings of the first folder below that holds several, where there is but one on the way to it."""
    folder: Parts = ()
    while len(tree.folders(folder)) == 1:
        (folder,) = tree.folders(folder)
    path = tree.path(folder)
    return proposals(Tree(path), f"--data {shown(path)} ") if folder else []


def lower_folders(tree: Tree) -> list[str]:
    """The folders in a folder that hold class folders themselves, each with what it gives."""
    lines = []
    for folder in tree.folders():
        path = tree.path(folder)
        below = Tree(path)
        samples = list(samples_of(below, parse_pattern(CLASS)))
        labels = {sample.label for sample in samples}
        in_folders = sum(len(parts) > 1 for parts in below.images())
        if len(labels) > 1 and len(samples) == in_folders and _may_be_classes(labels, len(samples)):
            lines.append(_line(samples, f": --data {shown(path)}"))
    return lines


def _line(samples: Sequence[Sample], rest: str) -> str:
    """What a reading gives, and how to choose it."""
    labels = sorted({shown(sample.label) for sample in samples})
    return f"{len(samples):,} images, {len(labels)} classes{rest}  (classes: {some(labels)})"


def _is_plausible(pattern: PathPattern, samples: Sequence[Sample], tree: Tree) -> bool:
    folders = {parts[:-1] for parts in tree.images()} - {()}
    for number, level in enumerate(pattern.levels):
        if (level == SPLIT) != are_splits(sorted({folder[number] for folder in folders})):
            return False
    labels = {sample.label for sample in samples}
    patients = {sample.patient for sample in samples}
    if len(labels) < 2 or not _may_be_classes(labels, len(samples)):
        return False
    if PATIENT in pattern.levels and len(patients) < 2:
        return False
    class_level = pattern.levels.index(CLASS)
    other_level = pattern.levels.index(PATIENT) if PATIENT in pattern.levels else class_level + 1
    deep_enough = [folder for folder in folders if len(folder) > max(class_level, other_level)]
    pairs = {(folder[class_level], folder[other_level]) for folder in deep_enough}
    others = {other for _, other in pairs}
    if all(MAGNIFICATION.fullmatch(other) for other in others):
        return PATIENT not in pattern.levels
    return _are_classes_rather(pairs, class_level < other_level)


def _may_be_classes(names: Collection[str], images: int) -> bool:
    most = min(MOST_CLASSES, max(FEW_CLASSES, images // 2))
    are_magnifications = all(MAGNIFICATION.fullmatch(name) for name in names)
    return len(names) <= most and not are_magnifications and _likeness_to_classes(names) >= 0


def _are_classes_rather(pairs: Collection[tuple[str, str]], is_above: bool) -> bool:
    """Whether the first of two levels of folders is that of the classes rather than that of the patients."""
    classes, others = {first for first, _ in pairs}, {second for _, second in pairs}
    as_classes, as_others = _likeness_to_classes(classes), _likeness_to_classes(others)
    if as_classes != as_others:
        return as_classes > as_others
    is_crossed = len(pairs) > max(len(classes), len(others))  # or each patient has one class, each class its patients
    if is_above and not is_crossed:
        return len(classes) <= len(others)
    return is_crossed and len(classes) < len(others)


def _likeness_to_classes(names: Collection[str]) -> int:
    """2: names as classes have them; 1: grades; -1: numbers and codes, as patients have them; 0: any of these."""
    for name in names:
        if CLASS_WORD.search(name) and not re.search(r"\d\d", name):
            return 2
    if len(names) <= FEW_CLASSES and all(GRADE.fullmatch(name) for name in names):
        return 1
    coded = [name for name in names if re.search(r"\d", name)]
    return -1 if 2 * len(coded) > len(names) else 0


def _exact_first(lines: Sequence[str]) -> list[str]:
    """Without the readings that pass over further folders where one does not, but for that by classes alone."""
    exact = [line for line in lines if ANY_DEPTH not in line]
    by_class = [line for line in lines if f"--layout {CLASS}/{ANY_DEPTH}" in line]
    return [*exact, *by_class] if exact else list(lines)
