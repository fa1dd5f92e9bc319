"""PatchCamelyon as Kaggle hands it out (Histopathologic Cancer Detection): train_labels.csv beside train/ID.tif."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePath

from cohort.files.csv_text import CsvText
from cohort.files.offenders import refuse
from cohort.layouts.found import Found
from cohort.layouts.tree import Parts, Tree
from cohort.samples import DatasetError, Sample
from imaging.errors import shown

TABLE, FOLDER = "train_labels.csv", "train"
COLUMNS = ("id", "label")
ARRAYS = re.compile(r"camelyonpatch_level_2_split_(train|valid|test)_x\.h5(\.gz)?")  # the edition of its authors
UNPACKED = ("pcam-train", "pcam-valid", "pcam-test")  # what `data pcam` makes of it


def pcam(tree: Tree) -> Found | None:
    """The images that the table names, with the labels 0 and 1 as they stand there; None without table or folder.

    Both lie in the folder or in the only one in it, where the download was unpacked. Images in train/ that the table
    does not name, and those of test/, which have no labels, are left aside. An id without a file is an image that does
    not exist. Raises DatasetError for a table that cannot be read, and for ids that fit several files.
    """
    top = _top(tree)
    rows = None if top is None else _rows(tree.path((*top, TABLE)))
    if top is None or rows is None:
        return None
    files = _files_by_id(tree, (*top, FOLDER))
    samples = []
    for identity, label in rows:
        parts = _file_of(identity, files) or (*top, FOLDER, f"{identity}.tif")
        name = "/".join(parts[len(top) :])
        samples.append(Sample(name, tree.path(parts), label))
    aside: dict[Parts, str] = {parts: "image without a label" for parts in tree.images()}
    return Found(samples, frozenset({(*top, FOLDER)}), aside, (TABLE,))


def require_one_part(tree: Tree) -> None:
    """Raise DatasetError for the HDF5 edition as arrays, which are no image files, and for all parts of its split."""
    parts = [name for name in UNPACKED if (name,) in tree.listings]
    if len(parts) > 1:
        learn, test = shown(tree.path((parts[0],))), shown(tree.path((parts[-1],)))
        raise DatasetError(
            f"{shown(tree.root)} holds {', '.join(parts)}, the parts of PatchCamelyon's published split; learn from "
            f"one (--data {learn}) and test on another (--test {test})"
        )
    if any(ARRAYS.fullmatch(name) for name in tree.listings[()].others) and not tree.images():
        folder = shown(tree.root)
        raise DatasetError(
            f"{folder} holds PatchCamelyon as arrays (HDF5), not as images; `python pipeline.py data pcam --to "
            f"{folder}` makes images of them, and --data {folder}/{UNPACKED[0]} reads these"
        )


def _top(tree: Tree) -> Parts | None:
    """The folder that holds table and images."""
    for top in [(), *(tree.folders() if len(tree.folders()) == 1 else [])]:
        listing = tree.listings.get(top)
        if listing is not None and TABLE in listing.others and FOLDER in listing.folders:
            return top
    return None


def _rows(path: Path) -> list[tuple[str, str]] | None:
    """Id and label of each row; None for a table of other columns."""
    table = CsvText(path, _field, DatasetError)
    if tuple(name.strip().lower() for name in table.header) != COLUMNS:
        return None
    cells = table.cells().columns
    rows, empty = [], []
    for identity, label in zip(cells["id"], cells["label"], strict=True):
        rows.append((identity.strip(), label.strip()))
        if not label.strip():
            empty.append(identity)
    refuse(DatasetError, empty, f"rows of {path} have an empty label; fill it in or delete the row")
    return rows


def _field(column: str) -> str | None:
    name = column.strip().lower()
    return name if name in COLUMNS else None


def _files_by_id(tree: Tree, folder: Parts) -> dict[str, Parts]:
    """The images in a folder by their names without ending."""
    files: dict[str, Parts] = {}
    unclear = []
    for parts in tree.images(folder):
        identity = PurePath(parts[-1]).stem
        if identity in files:
            unclear.append(f"{identity}: {files[identity][-1]}, {parts[-1]}")
        files[identity] = parts
    refuse(DatasetError, unclear, f"ids fit several files of {tree.path(folder)}; keep one of each")
    return files


def _file_of(identity: str, files: Mapping[str, Parts]) -> Parts | None:
    """The file of an id, which may be written with its ending."""
    return files.get(identity) or files.get(PurePath(identity).stem)
