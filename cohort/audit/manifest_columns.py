"""Further columns of a manifest, such as scanner, centre and batch: what they say of each image's making.

Left out are those that say something else: images, labels and patients under any usual name, whatever has a value of
its own for every image, what is a label or a patient under another name, and the folds.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cohort.audit.probe_list import AuditError
from cohort.columns import FIELD_OF, column_name
from cohort.files.open_table import open_table
from cohort.manifest import manifest_in, read_column
from cohort.names.unknown_words import is_unknown_word
from cohort.samples import Sample

MOST_COLUMNS = 40
NO_MAKING = ("fold", "split", "")  # columns that say how images are used, or have no name
LABEL_WORDS = ("target", "diagnosis", "grade", "truth", "outcome", "category", "type", "y")

Columns = Mapping[str, Mapping[str, str]]  # by column the value of each image, "" where unknown


def further_columns(source: Path, samples: Sequence[Sample]) -> dict[str, dict[str, str]]:
    """The columns of a data set's manifest, or of the table it is, by name; none for class folders.

    At most MOST_COLUMNS, from the left. Raises AuditError where the table has become unreadable.
    """
    table = manifest_in(source) or source
    if not table.is_file():
        return {}
    header = open_table(table, lambda written: None, AuditError).header
    columns = {}
    for written in header:
        name = column_name(written)
        is_named_once = [column_name(other) for other in header].count(name) == 1
        if name in FIELD_OF or name in NO_MAKING or not is_named_once:
            continue
        values = read_column(table, written)
        of_images = {sample.name: _known(values.get(sample.name, "")) for sample in samples}
        if _says_something(name, samples, of_images):
            columns[written.strip()] = of_images
        if len(columns) == MOST_COLUMNS:
            break
    return columns


def _known(value: str) -> str:
    return "" if is_unknown_word(value) else value


def _says_something(name: str, samples: Sequence[Sample], values: Mapping[str, str]) -> bool:
    """Whether a column divides the images, into fewer parts than there are images, and not as patients or labels do."""
    distinct = set(values.values()) - {""}
    described = sum(value != "" for value in values.values())
    if len(set(values.values())) < 2 or len(distinct) == described > 1:
        return False
    in_order = [values[sample.name] for sample in samples]
    patients = [sample.patient for sample in samples]
    if any(patients) and _divide_alike(in_order, patients):
        return False
    labels = [sample.label for sample in samples]
    is_label = {value.casefold() for value in distinct} == {label.casefold() for label in labels}
    return not (_divide_alike(in_order, labels) and (is_label or any(word in name for word in LABEL_WORDS)))


def _divide_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two columns divide the images into the same parts, whatever they call them."""
    pairs = set(zip(one, other, strict=True))
    return len(pairs) == len(set(one)) == len(set(other))
