"""Leaks: test images that have a relative among the images their model was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from imaging.errors import HistoboostError

KINDS = ("same patient", "same file", "near-duplicate")
Column = Sequence[str] | np.ndarray


class LeakError(HistoboostError):
    """The columns cannot be used to look for leaks."""


@dataclass(frozen=True, eq=False)
class Leaks:
    """What was looked at and what was found."""

    summary: pd.DataFrame  # rows KINDS and "any"; columns: known (images), leaked (of them)
    offenders: pd.DataFrame  # image, fold, kind, of (the first relative in training, in order of name), relatives
    limit: int
    trained_only: int = 0  # images that were never held out
    unknown: int = 0  # images, tested or not, whose patient is unknown
    honest: pd.Series | None = None  # what would leak, of each kind, in as many folds that split no patient
    why_not: str = ""  # there are no such folds


def find_leaks(
    images: Column,
    fold: np.ndarray,
    patients: Column | None = None,
    files: Column | None = None,
    hashes: Column | None = None,
    limit: int = 0,
    tested: np.ndarray | None = None,
) -> Leaks:
    """Look for relatives of each image in other folds, which are its training folds.

    Images that are not `tested` (n,) bool are in the training folds of all others, and none is held out for them.
    `patients` are names, `files` SHA-256 of the files, `hashes` 64-bit perceptual hashes as 16 hexadecimal digits; ""
    where unknown, None where all are; two near-duplicates differ in at most `limit` bits. Raises LeakError.
    """
    images, fold = np.asarray(images, dtype=str), np.asarray(fold)
    columns = [np.full(len(images), "") if c is None else np.asarray(c, dtype=str) for c in (patients, files, hashes)]
    for name, column in zip(("fold", "patients", "files", "hashes"), (fold, *columns), strict=True):
        if len(column) != len(images):
            raise LeakError(f"every image needs one entry; got {len(images)} images and {len(column)} {name}")
    distances = hash_distances(columns[2])
    related = {
        "same patient": same(columns[0]),
        "same file": same(columns[1]),
        "near-duplicate": distances <= limit,
    }
    tested = np.full(len(images), True) if tested is None else np.asarray(tested, dtype=bool)
    apart = (fold[:, None] != fold[None, :]) & tested[:, None]  # (n, n): the second is in the first's training folds
    found = {kind: relatives & apart for kind, relatives in related.items()}
    known = {kind: (column != "") & tested for kind, column in zip(KINDS, columns, strict=True)}
    found["any"], known["any"] = np.any(list(found.values()), axis=0), np.any(list(known.values()), axis=0)
    summary = pd.DataFrame(
        {kind: {"known": int(known[kind].sum()), "leaked": int(found[kind].any(axis=1).sum())} for kind in found}
    ).T.rename_axis("training folds hold")
    offenders = pd.concat([offenders_of(kind, found[kind], images, fold) for kind in KINDS])
    return Leaks(summary, offenders, limit, int((~tested).sum()), int((columns[0] == "").sum()))


def same(column: np.ndarray) -> np.ndarray:
    """Which images share an entry that is known, (n,) -> (n, n); an image is a relative of itself."""
    code = np.unique(column, return_inverse=True)[1]  # (n,) whole numbers: faster to compare than text
    return (code[:, None] == code) & (column != "")


def hash_distances(hashes: np.ndarray) -> np.ndarray:
    """In how many bits each two hashes differ, (n,) -> (n, n); 65 where one is unknown. Raises LeakError.

    >>> hash_distances(np.array(["000000000000000f", "000000000000000d", ""])).tolist()
    [[0, 1, 65], [1, 0, 65], [65, 65, 65]]
    """
    wrong = [
        text for text in hashes.tolist() if text and (len(text) != 16 or set(text.lower()) - set("0123456789abcdef"))
    ]
    if wrong:
        raise LeakError(f"a perceptual hash is 16 hexadecimal digits, or empty where unknown; got {wrong[0]!r}")
    known = hashes != ""  # (n,)
    rows = [list(bytes.fromhex(text or "0" * 16)) for text in hashes]
    bits = np.unpackbits(np.array(rows, dtype=np.uint8).reshape(-1, 8), axis=1).astype(np.float32)  # (n, 64)
    distances = bits @ (1 - bits.T) + (1 - bits) @ bits.T  # (n, n)
    return np.where(known[:, None] & known, distances, 65).astype(np.uint8)


def offenders_of(kind: str, found: np.ndarray, images: np.ndarray, fold: np.ndarray) -> pd.DataFrame:
    """The images with a relative of one kind in training, in order of name: (n, n) bool -> one row each."""
    rows = [row for row in np.argsort(images) if found[row].any()]
    return pd.DataFrame(
        {
            "image": images[rows],
            "fold": fold[rows],
            "kind": kind,
            "of": [min(images[found[row]]) for row in rows],
            "relatives": found[rows].sum(axis=1),  # whole numbers also where there are none
        }
    )
