"""Whether the bytes of a cache are those that were written, and putting right what is not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cohort.audit.kept_measures import MEASURES
from cohort.files.atomic import put_in_place
from cohort.files.lock import writing
from cohort.files.own_files import lies_in
from featurize.store.file_format import STEM, CacheError, DamagedError, FormatError, is_marked, read_header
from featurize.store.gather import folder_of, store_files
from featurize.store.image_index import NAME, is_image_index, read_image_index
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
    vouch for; one that is beyond that is moved aside. Files of another format are left to `gc`, and what lies behind
    a link is left alone. Raises CacheError for no cache, and LockError where a data set cannot be held for writing,
    as while a run writes there.
    """
    done = []
    for folder in own_data_set_folders(cache, name):
        with writing(folder, lock=lock):
            for path in store_files(folder):
                done += _repair_file(folder, path)
            done += _repair_image_index(folder)
    return done


def data_set_folders(cache: Path, name: str | None) -> list[Path]:
    """The folders of data sets; raises CacheError for none."""
    files = [*cache.glob("*/*.h5"), *cache.glob(f"*/{NAME}"), *cache.glob(f"*/{MEASURES}")]
    folders = sorted({path.parent for path in files})
    if name is not None and folder_of(cache, name) not in folders:
        held = ", ".join(folder.name for folder in folders) or "nothing"
        raise CacheError(f"{cache} holds no data set {name!r}; it holds: {held}")
    if not folders:
        raise CacheError(f"nothing is cached in {cache}; run `python pipeline.py extract` first")
    return [folder for folder in folders if name is None or folder.name == name]


def own_data_set_folders(cache: Path, name: str | None) -> list[Path]:
    """Those that lie in the cache itself, not behind a link; raises CacheError for none."""
    own = [folder for folder in data_set_folders(cache, name) if lies_in(cache, folder)]
    if not own:
        raise CacheError(f"{cache} has only a link to that; give --cache the folder in which the data set lies")
    return own


def _damage(folder: Path) -> Iterator[Finding]:
    """What is damaged in the files of one data set."""
    for path in store_files(folder):
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


def _repair_file(folder: Path, path: Path) -> list[Finding]:
    """Put one file in the folder of a data set right, and tell what was done."""
    if not lies_in(folder, path):
        return [Finding(path, None, "left as it is: it is a link, and what it leads to may be somebody else's")]
    try:
        store = Store(path)
    except DamagedError:
        return [Finding(path, None, _salvage(path))]
    except CacheError as error:
        return [Finding(path, None, f"left as it is: {error}")]
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
        old = Store(path, salvage=True)
    except (DamagedError, FormatError):
        old = None
    if old is None or not old.rows:
        if not (re.fullmatch(STEM, path.stem) or is_marked(path)):
            return "left as it is: neither its name nor its content is that of a cache file"
        aside = path.with_suffix(".damaged")
        put_in_place(path, aside)
        return f"it is beyond repair: moved aside to {aside.name}, which the next extract makes again"
    new = rewrite(path, old.protocol, old.encoder, old.entries, old)
    return f"its structure was damaged: made anew, with {new.done.sum()} of {header.images} images"


def _repair_image_index(folder: Path) -> list[Finding]:
    path = folder / NAME
    try:
        read_image_index(folder)
    except DamagedError:
        if lies_in(folder, path) and is_image_index(path):
            path.unlink()
            return [Finding(path, None, "it was damaged: deleted, the next extract writes it again")]
        aside = path.with_suffix(".damaged")
        put_in_place(path, aside)
        return [Finding(path, None, f"it is none of ours: moved aside to {aside.name}")]
    except CacheError as error:
        return [Finding(path, None, f"left as it is: {error}")]
    return []
