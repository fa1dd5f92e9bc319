"""Whether the bytes of a cache are those that were written, and putting right what is not."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cohort.files.atomic import put_in_place
from cohort.files.lock import writing
from featurize.store.file_format import CacheError, DamagedError, FormatError, read_header
from featurize.store.gather import folder_of
from featurize.store.image_index import NAME, read_image_index
from featurize.store.open_store import rewrite
from featurize.store.row import Arrays
from featurize.store.store import Store

UNMARKED = "its row is whole but not marked as done"


@dataclass(frozen=True)
class Finding:
    """Damage, or what was done about it."""

    file: Path
    image: str | None  # whose row; None for the file as a whole
    what: str


def verify(cache: Path, name: str | None = None) -> list[Finding]:
    """Read every byte of a cache, or of one data set in it, and tell what is damaged; or CacheError for none."""
    return [finding for folder in data_set_folders(cache, name) for finding in _damage(folder)]


def repair(cache: Path, name: str | None = None, lock: bool = True) -> list[Finding]:
    """Make a cache whole again; what it tells of is for the next extract to redo.

    The mark of a damaged row is taken away. A file with a damaged structure is made anew from what the checksums
    vouch for; one that is beyond that is moved aside. Files of another format are left to `gc`. Raises CacheError for
    no cache, and LockError where a data set cannot be held for writing, as while a run writes there.
    """
    done = []
    for folder in data_set_folders(cache, name):
        with writing(folder, lock=lock):
            for path in sorted(folder.glob("*.h5")):
                done += _repair_file(path)
            done += _repair_image_index(folder)
    return done


def data_set_folders(cache: Path, name: str | None) -> list[Path]:
    """The folders of data sets; raises CacheError for none."""
    files = [*cache.glob("*/*.h5"), *cache.glob(f"*/{NAME}")]
    folders = sorted({path.parent for path in files})
    if name is not None and folder_of(cache, name) not in folders:
        held = ", ".join(folder.name for folder in folders) or "nothing"
        raise CacheError(f"{cache} holds no data set {name!r}; it holds: {held}")
    if not folders:
        raise CacheError(f"nothing is cached in {cache}; run `python pipeline.py extract` first")
    return [folder for folder in folders if name is None or folder.name == name]


def _damage(folder: Path) -> Iterator[Finding]:
    """What is damaged in the files of one data set."""
    for path in sorted(folder.glob("*.h5")):
        try:
            store = Store(path)
            yield from (Finding(path, image, what) for image, what in _odd_rows(store, store.arrays()))
        except CacheError as error:
            yield Finding(path, None, str(error))
    try:
        read_image_index(folder)
    except CacheError as error:
        yield Finding(folder / NAME, None, str(error))


def _odd_rows(store: Store, maps: Arrays) -> Iterator[tuple[str, str]]:
    """Images whose row, checksum and mark do not fit together, and how."""
    for image, index in store.rows.items():
        mark, written = int(maps["done"][index]), maps["crc32"][index] != 0
        whole = (mark or written) and store.is_whole(image, maps)
        if mark not in (0, 1):
            yield image, f"its mark is {mark}, neither 0 nor 1"
        elif mark and not whole:
            yield image, "its row is damaged (checksum)"
        elif whole and maps["done"][index] == 0:  # asked again: a running extract may have just marked it
            yield image, UNMARKED


def _repair_file(path: Path) -> list[Finding]:
    """Put one file right, and tell what was done."""
    try:
        store = Store(path)
    except FormatError as error:
        return [Finding(path, None, f"left as it is: {error}")]
    except DamagedError:
        return [Finding(path, None, _salvage(path))]
    odd = dict(_odd_rows(store, store.arrays()))
    whole = {image: store.is_whole(image, store.arrays()) for image in odd}
    store.mark(whole)
    return [
        Finding(path, image, f"{what}: " + ("marked as done" if whole[image] else "to be done again"))
        for image, what in odd.items()
    ]


def _salvage(path: Path) -> str:
    """Make a file with a damaged structure anew, or move it aside; what was done."""
    try:
        header = read_header(path)[0]
        if path.stat().st_size != header.size:
            os.truncate(path, header.size)  # a lost end becomes zeros, which no checksum fits
        old = Store(path, salvage=True)
    except (DamagedError, FormatError):
        old = None
    if old is None or not old.rows:
        aside = path.with_suffix(".damaged")
        put_in_place(path, aside)
        return f"it is beyond repair: moved aside to {aside.name}, which the next extract makes again"
    new = rewrite(path, old.protocol, old.encoder, old.entries, old)
    return f"its structure was damaged: made anew, with {new.done.sum()} of {header.images} images"


def _repair_image_index(folder: Path) -> list[Finding]:
    try:
        read_image_index(folder)
    except DamagedError:
        (folder / NAME).unlink()
        return [Finding(folder / NAME, None, "it was damaged: deleted, the next extract writes it again")]
    return []
