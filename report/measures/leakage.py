"""Leaked pairs: a test image and a training image of one patient, of one file, or near-duplicates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cohort.checks.written_names import names_by
from cohort.names.spelling import same_person
from imaging.errors import HistoboostError
from report.measures.near_duplicates import near_pairs

KINDS = ("same patient", "same file", "near-duplicate")
NO_TRAINING = "the training images are not in this table"  # where all images are of one fold
HASH = re.compile("[0-9a-fA-F]{16}")
Column = Sequence[str] | np.ndarray


class LeakError(HistoboostError):
    """The columns cannot be used to look for leaks."""


@dataclass(frozen=True, eq=False)
class Leaks:
    """What was looked at, and the leaked pairs."""

    summary: pd.DataFrame  # rows KINDS and "any"; columns: known (images), leaked (of them)
    offenders: pd.DataFrame  # image, fold, kind, of (the first partner in training, in order of name), pairs
    limit: int
    trained_only: int = 0  # images that were never held out
    unknown: int = 0  # images, tested or not, whose patient is unknown
    patient_level: pd.Series | None = None  # what would leak, of each kind, in as many folds that split no patient
    why_no_split: str = ""  # there are no such folds
    spelled_otherwise: int = 0  # test images whose patient may be in training under a name that is typed otherwise
    spellings: tuple[tuple[str, ...], ...] = ()  # names that may be of one patient each
    not_known: str = ""  # why nothing can be known


def find_leaks(
    images: Column,
    fold: np.ndarray,
    patients: Column | None = None,
    files: Column | None = None,
    hashes: Column | None = None,
    limit: int = 0,
    tested: np.ndarray | None = None,
) -> Leaks:
    """Look for leaked pairs: each image with those of other folds, which are its training folds.

    Images that are not `tested` (n,) bool are in the training folds of all others, and none is held out for them.
    `patients` are names, `files` SHA-256 of the files, `hashes` 64-bit perceptual hashes as 16 hexadecimal digits; ""
    where unknown, None where all are; two near-duplicates differ in at most `limit` bits. Of images of a single fold
    nothing is known. Raises LeakError.
    """
    images, fold = np.asarray(images, dtype=str), np.asarray(fold)
    patients, files, hashes = (text_column(column, len(images)) for column in (patients, files, hashes))
    for name, column in {"fold": fold, "patients": patients, "files": files, "hashes": hashes}.items():
        if len(column) != len(images):
            raise LeakError(f"every image needs one entry; got {len(images)} images and {len(column)} {name}")
    tested = np.full(len(images), True) if tested is None else np.asarray(tested, dtype=bool)
    not_known = NO_TRAINING if len(np.unique(fold)) == 1 else ""
    rank = np.searchsorted(np.sort(images), images)  # (n,)
    partners = {
        "same patient": same_partners(patients, fold, rank),
        "same file": same_partners(files, fold, rank),
        "near-duplicate": near_partners(hashes, fold, rank, limit),
    }
    looked_at = {
        "same patient": (patients != "") & tested,
        "same file": (files != "") & tested,
        "near-duplicate": (hashes != "") & tested,
    }
    leaked = {kind: (partners[kind].pairs > 0) & tested for kind in KINDS}  # (n,) each
    tables = []
    for kind in KINDS:
        tables.append(offenders_of(kind, leaked[kind], partners[kind], images, fold))
    leaked["any"] = np.any(list(leaked.values()), axis=0)
    if not_known:
        looked_at = {kind: np.full(len(images), False) for kind in KINDS}
    looked_at["any"] = np.any(list(looked_at.values()), axis=0)
    counts = {}
    for kind, images_leaked in leaked.items():
        counts[kind] = {"known": int(looked_at[kind].sum()), "leaked": int(images_leaked.sum())}
    summary = pd.DataFrame(counts).T.rename_axis("training folds hold")
    trained_only = int((~tested).sum())
    unknown = int((patients == "").sum())
    spellings = names_by(set(patients.tolist()), same_person)
    return Leaks(
        summary,
        pd.concat(tables),
        limit,
        trained_only,
        unknown,
        spelled_otherwise=int((has_namesake(patients, fold, rank, spellings) & tested).sum()),
        not_known=not_known,
        spellings=tuple(tuple(names) for names in spellings),
    )


def text_column(column: Column | None, images: int) -> np.ndarray:
    """A column as text; for None one without any entry."""
    return np.full(images, "") if column is None else np.asarray(column, dtype=str)


def has_namesake(
    patients: np.ndarray, fold: np.ndarray, rank: np.ndarray, spellings: Sequence[Sequence[str]]
) -> np.ndarray:
    """Whether an image of another fold has another name that may be of the same patient, (n,) bool; (n,) each.

    spellings: the names that may be of one patient each.
    """
    first_name = {name: names[0] for names in spellings for name in names}
    person = np.array([first_name.get(patient, "") for patient in patients.tolist()], dtype=str)
    name = np.where(person != "", patients, "")
    of_person, of_name = (same_partners(column, fold, rank).pairs for column in (person, name))
    return of_person > of_name


@dataclass(frozen=True, eq=False)
class Partners:
    """With which images of other folds each image forms a pair of one kind."""

    pairs: np.ndarray  # (n,) how many
    first: np.ndarray  # (n,) the first of them, its place in order of name; n where there is none


def same_partners(column: np.ndarray, fold: np.ndarray, rank: np.ndarray) -> Partners:
    """Images that share an entry (n,) which is known; `rank` (n,) are their places in order of name."""
    known = column != ""
    cell, cells = cells_of(column[known], fold[known], rank[known])
    cells = cells.sort_values("first").reset_index()
    by_entry = cells.groupby("entry")
    # an image of the fold that has an entry's first image has its first partner in the fold that comes next
    leader = by_entry["fold"].transform("first")
    cells["next"] = by_entry["first"].shift(-1)
    runner_up = by_entry["next"].transform("first").fillna(len(column))
    others = by_entry["size"].transform("sum") - cells["size"]
    of_cell = pd.DataFrame({"pairs": others, "first": by_entry["first"].transform("first"), "cell": cells["cell"]})
    of_cell["first"] = of_cell["first"].where(cells["fold"] != leader, runner_up).astype(int)
    return of_images(known, cell, of_cell.set_index("cell").sort_index())


def near_partners(hashes: np.ndarray, fold: np.ndarray, rank: np.ndarray, limit: int) -> Partners:
    """Images whose hashes (n,) differ in at most `limit` bits. Raises LeakError."""
    for text in hashes.tolist():
        if text and not HASH.fullmatch(text):
            raise LeakError(f"a perceptual hash is 16 hexadecimal digits, or empty where unknown; got {text!r}")
    known = hashes != ""
    numbers = np.array([int(text, 16) for text in hashes[known].tolist()], dtype=np.uint64)
    cell, cells = cells_of(numbers, fold[known], rank[known])
    fold_of, size, first = (cells[column].to_numpy() for column in ("fold", "size", "first"))
    pairs, first_partner = np.zeros(len(cells), dtype=int), np.full(len(cells), len(hashes))
    for one, other in near_pairs(cells["entry"].to_numpy(), limit):
        apart = fold_of[one] != fold_of[other]
        for here, there in ((one[apart], other[apart]), (other[apart], one[apart])):
            np.add.at(pairs, here, size[there])
            np.minimum.at(first_partner, here, first[there])
    return of_images(known, cell, pd.DataFrame({"pairs": pairs, "first": first_partner}))


def offenders_of(
    kind: str, leaked: np.ndarray, partners: Partners, images: np.ndarray, fold: np.ndarray
) -> pd.DataFrame:
    """The images that leak, (n,) bool, in order of name: one row each."""
    rows = np.flatnonzero(leaked)
    rows = rows[np.argsort(images[rows], kind="stable")]
    first = np.sort(images)[partners.first[rows]]
    columns = {"image": images[rows], "fold": fold[rows], "kind": kind, "of": first, "pairs": partners.pairs[rows]}
    return pd.DataFrame(columns)


def cells_of(entry: np.ndarray, fold: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, pd.DataFrame]:
    """Images of one entry and one fold together: the cell of each (n,), and `entry,fold,size,first` of each cell."""
    by_cell = pd.DataFrame({"entry": entry, "fold": fold, "rank": rank}).groupby(["entry", "fold"])
    cells = by_cell["rank"].agg(size="size", first="min").reset_index()
    return by_cell.ngroup().to_numpy(), cells.rename_axis("cell")


def of_images(known: np.ndarray, cell: np.ndarray, of_cell: pd.DataFrame) -> Partners:
    """What is so of each cell, `pairs,first`, of all images; those that are not known (n,) have no partner."""
    pairs, first = np.zeros(len(known), dtype=int), np.full(len(known), len(known))
    pairs[known] = of_cell["pairs"].to_numpy()[cell]
    first[known] = of_cell["first"].to_numpy()[cell]
    return Partners(pairs, first)
