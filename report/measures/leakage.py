"""Leaked pairs: a test image and a training image of one patient, of one file, or near-duplicates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from imaging.errors import HistoboostError

KINDS = ("same patient", "same file", "near-duplicate")
HASH = re.compile("[0-9a-fA-F]{16}")
NO_HASH = "0" * 16
UNKNOWN = 65  # the distance of an image whose hash is not known: more than any of 64 bits
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
    where unknown, None where all are; two near-duplicates differ in at most `limit` bits. Raises LeakError.
    """
    images, fold = np.asarray(images, dtype=str), np.asarray(fold)
    patients, files, hashes = (text_column(column, len(images)) for column in (patients, files, hashes))
    for name, column in {"fold": fold, "patients": patients, "files": files, "hashes": hashes}.items():
        if len(column) != len(images):
            raise LeakError(f"every image needs one entry; got {len(images)} images and {len(column)} {name}")
    tested = np.full(len(images), True) if tested is None else np.asarray(tested, dtype=bool)
    # the second of a pair is in the training folds of the first
    apart = (fold[:, None] != fold[None, :]) & tested[:, None]  # (n, n)
    pairs = {
        "same patient": same(patients) & apart,
        "same file": same(files) & apart,
        "near-duplicate": (hash_distances(hashes) <= limit) & apart,
    }
    looked_at = {
        "same patient": (patients != "") & tested,
        "same file": (files != "") & tested,
        "near-duplicate": (hashes != "") & tested,
    }
    offenders = pd.concat([offenders_of(kind, pairs[kind], images, fold) for kind in KINDS])
    pairs["any"] = np.any(list(pairs.values()), axis=0)
    looked_at["any"] = np.any(list(looked_at.values()), axis=0)
    counts = {}
    for kind in pairs:
        leaked = pairs[kind].any(axis=1)  # (n,)
        counts[kind] = {"known": int(looked_at[kind].sum()), "leaked": int(leaked.sum())}
    summary = pd.DataFrame(counts).T.rename_axis("training folds hold")
    trained_only = int((~tested).sum())
    unknown = int((patients == "").sum())
    return Leaks(summary, offenders, limit, trained_only, unknown)


def text_column(column: Column | None, images: int) -> np.ndarray:
    """A column as text; for None one without any entry."""
    return np.full(images, "") if column is None else np.asarray(column, dtype=str)


def same(column: np.ndarray) -> np.ndarray:
    """Which images share an entry that is known, (n,) -> (n, n); an image shares its own."""
    code = np.unique(column, return_inverse=True)[1]  # (n,) whole numbers: faster to compare than text
    return (code[:, None] == code) & (column != "")


def hash_distances(hashes: np.ndarray) -> np.ndarray:
    """In how many bits each two hashes differ, (n,) -> (n, n); 65 where one is unknown. Raises LeakError.

    >>> hash_distances(np.array(["000000000000000f", "000000000000000d", ""])).tolist()
    [[0, 1, 65], [1, 0, 65], [65, 65, 65]]
    """
    for text in hashes.tolist():
        if text and not HASH.fullmatch(text):
            raise LeakError(f"a perceptual hash is 16 hexadecimal digits, or empty where unknown; got {text!r}")
    known = hashes != ""  # (n,)
    numbers = np.array([list(bytes.fromhex(text or NO_HASH)) for text in hashes], dtype=np.uint8)
    bits = np.unpackbits(numbers.reshape(-1, 8), axis=1).astype(np.float32)  # (n, 64)
    only_first = bits @ (1 - bits.T)  # (n, n): bits that the first has and the second has not
    distances = only_first + only_first.T  # (n, n)
    return np.where(known[:, None] & known, distances, UNKNOWN).astype(np.uint8)


def offenders_of(kind: str, pairs: np.ndarray, images: np.ndarray, fold: np.ndarray) -> pd.DataFrame:
    """The images with a pair of one kind in training, in order of name: (n, n) bool -> one row each."""
    rows = [row for row in np.argsort(images) if pairs[row].any()]
    return pd.DataFrame(
        {
            "image": images[rows],
            "fold": fold[rows],
            "kind": kind,
            "of": [min(images[pairs[row]]) for row in rows],
            "pairs": pairs[rows].sum(axis=1),  # whole numbers also where there are none
        }
    )
