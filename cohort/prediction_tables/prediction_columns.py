"""Columns of tables of predictions: which hold image, label, patient, fold and model, and which a class each."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from unicodedata import normalize

from cohort.columns import ALIASES, DOUBTFUL, column_name

PREFIX = "p_"  # a column of probabilities is the prefix and the name of the class
RAW_PREFIX = "raw_"  # likewise, of those that the models voted for, where the others are recalibrated
KEYS = ("image", "label", "patient", "fold", "model")
NAMES = {  # in order of preference, the first of them ours; compared without case, spaces, _ - and .
    "image": (
        *("image", "filename", "image_name", "image_id", "image_path", "slide_id", "file", "path", "file_path", "id"),
    ),
    "label": (
        *("label", "true_label", "true_class", "y_true", "truth", "ground_truth", "true", "target", "actual"),
        *("observed", "obs", "class"),
    ),
    "patient": tuple(name for name in ALIASES["patient"] if name != DOUBTFUL),
    "fold": ("fold", "fold_id", "cv_fold", "fold_number", "fold_index", "kfold", "resample"),
    "model": ("model", "model_name", "classifier", "algorithm", "network"),
}
PREFIXES = (  # in order of preference; before the name of a class, after it, or around it as in P(CLASS)
    *("p", "prob", "proba", "probs", "probability", "probabilities", "y_prob", "y_proba", "pred_prob", "pred_proba"),
    *("prediction_score", "softmax", "confidence", "pred", "y_pred", "y_score", "score"),
)
ANY_PREFIX = "|".join(prefix.replace("_", r"[\s_.-]?") for prefix in sorted(PREFIXES, key=len, reverse=True))
BEFORE = re.compile(rf"\W*({ANY_PREFIX})(?:[\s_.:-]+(.+)|\s*[(\[{{](.+)[)\]}}]|(\d+))\s*", re.IGNORECASE | re.DOTALL)
AFTER = re.compile(r"\s*(.+?)[\s_.-]+(prob|proba|probability|confidence|score)\s*", re.IGNORECASE | re.DOTALL)
STATISTICS = ("value", "val", "values", "adj", "adjusted")  # p_value is no class, unless a label says so
ROW_NAMES = ("", "unnamed0", "index", "rownames", "rowname")  # of a first column that pandas and R write


class ClassColumn(NamedTuple):
    """A column of probabilities."""

    name: str  # of the class
    position: int


class ClassColumns(NamedTuple):
    """The columns of the classes, and what the table's labels are called then."""

    columns: list[ClassColumn]  # of all that may be a class, in the table's order
    name_of: dict[str, str]  # the class by label, for labels that have a column


KEY_OF = {column_name(name): key for key, names in NAMES.items() for name in names}


def needed_column(written: str) -> str | None:
    """What is read from a column of this name: a key under one of its names, or a probability; None for nothing."""
    if written.startswith(PREFIX):
        return written
    name = column_name(written)
    if name in KEY_OF:
        return name
    probability = BEFORE.fullmatch(written)
    return written.strip() if probability else None


def key_columns(header: Sequence[str]) -> dict[str, list[int]]:
    """The positions of the columns that may hold each key, the preferred one first; none for a key without any."""
    names = [column_name(written) for written in header]
    positions: dict[str, list[int]] = {}
    for key, usual in NAMES.items():
        found = [names.index(column_name(name)) for name in usual if column_name(name) in names]
        if found:
            positions[key] = found
    has_row_names = bool(names) and names[0].replace(":", "") in ROW_NAMES
    if "image" not in positions and has_row_names:
        positions["image"] = [0]
    return positions


def class_columns(header: Sequence[str], taken: Iterable[int], labels: Iterable[str]) -> ClassColumns:
    """The columns of the classes: those under the preferred prefix with a column for every label.

    Without such a prefix, the columns that are called as the labels. Where there are none of these either, whatever has
    our prefix. `taken` are the positions of other columns.
    """
    distinct = sorted(set(labels))
    groups = _by_prefix(header, set(taken))
    for prefix, columns in groups.items():
        name_of = match_labels(distinct, [column.name for column in columns])
        if prefix == "":
            columns = [column for column in columns if column.name in name_of.values()]
        if len(name_of) == len(distinct) and len(columns) > 1:
            return _named_by_labels(columns, name_of)
    ours = groups.get("p", [])
    return ClassColumns(ours, match_labels(distinct, [column.name for column in ours]))


def _by_prefix(header: Sequence[str], taken: set[int]) -> dict[str, list[ClassColumn]]:
    """The columns by their prefix, in order of preference; all of them at the end, under no prefix."""
    found: dict[str, list[ClassColumn]] = {}
    plain = []
    for position, written in enumerate(header):
        if position in taken or not written.strip():
            continue
        plain.append(ClassColumn(written.strip(), position))
        prefix, name = _prefix_and_class(written)
        if prefix:
            found.setdefault(prefix, []).append(ClassColumn(name, position))
    order = [column_name(prefix) for prefix in PREFIXES]
    groups = {prefix: found[prefix] for prefix in sorted(found, key=order.index)}
    return groups | {"": plain}


def _prefix_and_class(written: str) -> tuple[str, str]:
    """The prefix as it is compared, and the name of the class; "" for a column without a prefix."""
    if written.startswith(PREFIX):
        return "p", written[len(PREFIX) :]
    before = BEFORE.fullmatch(written)
    if before:
        name = before[2] or before[3] or before[4]
        return column_name(before[1]), name.strip()
    after = AFTER.fullmatch(written)
    return (column_name(after[2]), after[1]) if after else ("", "")


def match_labels(labels: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """The name by label: the same, else the one that is alike if no other label and no other name is.

    >>> match_labels(["in situ", "Benign"], ["in.situ", "benign", "x"])
    {'in situ': 'in.situ', 'Benign': 'benign'}
    >>> match_labels(["A", "a"], ["a"])
    {'a': 'a'}
    """
    matches = {label: label for label in labels if label in names}
    left = [label for label in labels if label not in matches]
    free = [name for name in names if name not in matches.values()]
    for label in left:
        alike = [name for name in free if class_name(name) == class_name(label)]
        rivals = [other for other in labels if class_name(other) == class_name(label)]
        if len(alike) == len(rivals) == 1:
            matches[label] = alike[0]
    return matches


def class_name(written: str) -> str:
    """What the name of a class is compared by: without case, and any space or punctuation is one; 1.0 is 1.

    >>> class_name(" In-Situ"), class_name("in.situ"), class_name("1.0")
    ('in_situ', 'in_situ', '1')
    """
    name = normalize("NFKC", written).strip().casefold()
    name = re.sub(r"(\d+)\.0+", r"\1", name) if re.fullmatch(r"\d+\.0+", name) else name
    return re.sub(r"[\s_.-]+", "_", name).strip("_")


def _named_by_labels(columns: Sequence[ClassColumn], name_of: Mapping[str, str]) -> ClassColumns:
    """The columns under the names that the labels have."""
    label_of = {name: label.strip() for label, name in name_of.items() if name != label}
    renamed = [ClassColumn(label_of.get(column.name, column.name), column.position) for column in columns]
    return ClassColumns(renamed, {label: label_of.get(name, name) for label, name in name_of.items()})
