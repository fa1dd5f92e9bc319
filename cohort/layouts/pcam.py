"""PatchCamelyon as Kaggle hands it out (Histopathologic Cancer Detection): train_labels.csv beside train/ID.tif."""

from collections import defaultdict
from pathlib import PurePath

from cohort.files.csv_text import CsvText
from cohort.files.offenders import refuse
from cohort.layouts.found import Found
from cohort.layouts.tree import Parts, Tree
from cohort.samples import DatasetError, Sample

TABLE, FOLDER = "train_labels.csv", "train"
COLUMNS = ("id", "label")


def pcam(tree: Tree) -> Found | None:
    """The images that the table names, with the labels 0 and 1 as they stand there; None without table or folder.

    Images in train/ that it does not name, and those of test/, which have no labels, are left aside. An id without a
    file is an image that does not exist. Raises DatasetError for a table that cannot be read, and for ids that stand
    twice or fit several files.
    """
    if TABLE not in tree.listings[()].others or (FOLDER,) not in tree.listings:
        return None
    table = CsvText(tree.path((TABLE,)), _field, DatasetError)
    if tuple(name.strip().lower() for name in table.header) != COLUMNS:
        return None
    cells = table.cells().columns
    empty = [written for written, label in zip(cells["id"], cells["label"], strict=True) if not label.strip()]
    refuse(DatasetError, empty, f"rows of {table.path} have an empty label; fill it in or delete the row")
    files = defaultdict(list)
    for parts in tree.images((FOLDER,)):
        files[PurePath(parts[-1]).stem].append(parts)
    refuse(DatasetError, _unclear(files), f"ids of {table.path} fit several files of {FOLDER}/; keep one of each")
    samples = []
    for written, label in zip(cells["id"], cells["label"], strict=True):
        parts = _file_of(written.strip(), files)
        samples.append(Sample("/".join(parts), tree.path(parts), label.strip()))
    aside: dict[Parts, str] = {parts: "image without a label" for parts in tree.images()}
    return Found(samples, ((FOLDER,),), aside, (TABLE, "patients.csv"))


def _field(column: str) -> str | None:
    name = column.strip().lower()
    return name if name in COLUMNS else None


def _unclear(files: dict[str, list[Parts]]) -> list[str]:
    return [f"{stem}: {', '.join('/'.join(parts) for parts in own)}" for stem, own in files.items() if len(own) > 1]


def _file_of(identity: str, files: dict[str, list[Parts]]) -> Parts:
    """The file of an id, which may be written with its ending; of the usual name where there is none."""
    for stem in (identity, PurePath(identity).stem):
        if stem in files:
            return files[stem][0]
    return (FOLDER, f"{identity}.tif")
