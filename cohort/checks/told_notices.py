"""What is told once of a data set: what may be as it should be, as long as its labels and patients are what they were.

What was told is kept beside its descriptors, as digests. Where that file is lost, or damaged, it is told once more.
"""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from cohort.checks.notices import Notice
from cohort.files.atomic import write_whole
from imaging.files.regular_file import read_regular

MAY_BE_RIGHT = {  # often true of good labels; who has read it once knows whether it is
    "one-image-per-patient",
    "patient-called-unknown",
    "patient-of-several-classes",
    "small-class",
    "unequal-classes",
}
NAME = "told.json"
MOST = 200  # that are remembered
MOST_BYTES = 1 << 16

Rows = Iterable[tuple[str, str, str]]  # image, label and patient of each image


def told_now(folder: Path, notices: Sequence[Notice], rows: Rows, remember: bool = True) -> tuple[Notice, ...]:
    """The notices without those that were told of these images before; those that are left count as told from now on.

    folder: of the data set in the cache, made where it is missing. Where nothing can be written, or nothing is to be
    remembered, all are told again.
    """
    digests = {}
    listing = _listing(rows) if any(notice.kind in MAY_BE_RIGHT for notice in notices) else ""
    for notice in notices:
        if notice.kind in MAY_BE_RIGHT:
            digests[notice] = sha256(f"{notice.kind}\n{notice}\n{listing}".encode(errors="surrogatepass")).hexdigest()
    earlier = _read(folder / NAME)
    new = [digest for digest in digests.values() if digest not in earlier]
    if new and remember:
        _write(folder / NAME, [*earlier, *new][-MOST:])
    return tuple(notice for notice in notices if digests.get(notice) not in earlier)


def is_told_file(path: Path) -> bool:
    """Whether a file is one of these."""
    return _read(path) != []


def _listing(rows: Rows) -> str:
    """SHA-256 of labels and patients, in whatever order the images are."""
    texts = sorted("\0".join(row) for row in rows)
    return sha256("\n".join(texts).encode(errors="surrogatepass")).hexdigest()


def _read(path: Path) -> list[str]:
    """What was told; nothing where that is not known."""
    with suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
        told = json.loads(read_regular(path, MOST_BYTES))["told"]
        if isinstance(told, list) and all(isinstance(digest, str) for digest in told):
            return told
    return []


def _write(path: Path, told: Sequence[str]) -> None:
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps({"told": list(told)}, indent=0).encode())
