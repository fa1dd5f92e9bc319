"""The state of a cache: what it holds, what in it is damaged, what can be put right, and what nobody needs."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from shutil import rmtree
from time import time

from cohort.files.atomic import put_in_place, reason
from cohort.files.lock import writing
from featurize.cache import folder_of, protocol_words
from featurize.catalogue import NAME, read_catalogue
from featurize.layout import CacheError, DamagedError, FormatError, read_header
from featurize.rows import Arrays
from featurize.store import Store, rewrite

KEPT = ("answers", "models")  # a data set's folders of what boosting keeps, each of whose folders is named STEM-*
UNMARKED = "its row is whole but not marked as done"


@dataclass(frozen=True)
class Finding:
    """Damage, or what was done about it."""

    file: Path
    image: str | None  # whose row; None for the file as a whole
    what: str


@dataclass(frozen=True)
class Listed:
    """One cache file in a list."""

    name: str  # of the data set
    variant: str
    key: str
    done: int  # images of the data set that are described
    total: int
    bytes: int
    age: float  # seconds since it was last written
    protocol: str  # in words
    problem: str = ""  # why nothing but size and age is known


@dataclass(frozen=True)
class Leftover:
    """What no protocol uses."""

    file: Path
    bytes: int
    why: str
    images: tuple[str, ...] = ()  # only the rows of these; else the whole file


def verify(cache: Path, name: str | None = None) -> list[Finding]:
    """Read every byte of a cache, or of one data set in it, and tell what is damaged; or CacheError for none."""
    return [finding for folder in _folders(cache, name) for finding in _damage(folder)]


def repair(cache: Path, name: str | None = None) -> list[Finding]:
    """Make a cache whole again; what it tells of is for the next extract to redo. Raises CacheError.

    The mark of a damaged row is taken away. A file with a damaged structure is made anew from what the checksums
    vouch for; one that is beyond that is moved aside. Files of another format are left to `gc`.
    """
    done = []
    for folder in _folders(cache, name):
        with writing(folder):
            for path in sorted(folder.glob("*.h5")):
                done += _repair_file(path)
            done += _repair_catalogue(folder)
    return done


def ls(cache: Path, name: str | None = None) -> list[Listed]:
    """What a cache holds; raises CacheError for no cache."""
    return [_listed(path) for folder in _folders(cache, name) for path in sorted(folder.glob("*.h5"))]


def gc(cache: Path, name: str | None = None) -> list[Leftover]:
    """What could be deleted without loss to any protocol; nothing is touched. Raises CacheError for no cache.

    Files that killed runs left; what repair has moved aside; cache files of other formats; rows of images that have
    left their data set; kept answers and catalogues whose cache files are gone.
    """
    return [leftover for folder in _folders(cache, name) for leftover in _leftovers(folder)]


def delete(leftovers: Iterable[Leftover]) -> int:
    """Delete what gc found; the bytes that are free now. Raises LockedError while a run writes there, or CacheError."""
    freed = 0
    for folder, several in groupby(sorted(leftovers, key=lambda one: (_home(one), one.file)), key=_home):
        with writing(folder):
            for leftover in several:
                try:
                    before = _size(leftover.file)
                    _delete(leftover)
                    freed += before - _size(leftover.file)
                except OSError as error:
                    raise CacheError(f"{leftover.file} cannot be deleted ({reason(error)})") from error
    return freed


def _folders(cache: Path, name: str | None) -> list[Path]:
    """The folders of data sets; raises CacheError for none."""
    found = sorted({path.parent for pattern in ("*/*.h5", f"*/{NAME}") for path in cache.glob(pattern)})
    if name is not None and folder_of(cache, name) not in found:
        known = ", ".join(folder.name for folder in found) or "nothing"
        raise CacheError(f"{cache} holds no data set {name!r}; it holds: {known}")
    if not found:
        raise CacheError(f"nothing is cached in {cache}; run `python pipeline.py extract` first")
    return [folder for folder in found if name is None or folder.name == name]


def _damage(folder: Path) -> Iterator[Finding]:
    for path in sorted(folder.glob("*.h5")):
        try:
            store = Store(path)
            yield from (Finding(path, image, what) for image, what in _odd_rows(store, store.arrays()))
        except CacheError as error:
            yield Finding(path, None, str(error))
    try:
        read_catalogue(folder)
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


def _repair_catalogue(folder: Path) -> list[Finding]:
    try:
        read_catalogue(folder)
    except DamagedError:
        (folder / NAME).unlink()
        return [Finding(folder / NAME, None, "it was damaged: deleted, the next extract writes it again")]
    return []


def _listed(path: Path) -> Listed:
    facts = path.stat()
    name, size, age = path.parent.name, facts.st_size, max(0.0, time() - facts.st_mtime)
    try:
        store = Store(path)
        labelled = [bool(entry.label) for entry in store.entries]
        done, protocol = int((store.done & labelled).sum()), store.protocol
    except CacheError as error:
        return Listed(name, path.stem, "", 0, 0, size, age, "", str(error))
    words = protocol_words(store)
    return Listed(name, protocol.variant, protocol.key, done, sum(labelled), size, age, words)


def _leftovers(folder: Path) -> Iterator[Leftover]:
    for pattern, why in (
        ("*.new", "left by a killed run"),
        ("*.part", "left by a killed run"),
        ("*.damaged", "moved aside by repair"),
    ):
        for path in sorted(folder.glob(pattern)):
            yield Leftover(path, path.stat().st_size, why)
    stores = sorted(folder.glob("*.h5"))
    for path in stores:
        yield from _unused(path)
    for path in sorted(path for kept in KEPT for path in (folder / kept).glob("*")):
        if not any(path.name.startswith(store.stem) for store in stores):
            yield Leftover(path, _size(path), f"{path.parent.name} from descriptors that are gone")
    if not stores and (folder / NAME).exists():
        yield Leftover(folder / NAME, (folder / NAME).stat().st_size, "no descriptors are beside it")


def _unused(path: Path) -> Iterator[Leftover]:
    """A file of another format, or its rows of images that have left; damage is for repair."""
    try:
        store = Store(path)
    except FormatError:
        yield Leftover(path, path.stat().st_size, "not in the format of this version")
        return
    except CacheError:
        return
    gone = tuple(entry.image for entry in store.entries if not entry.label)
    if gone:
        size = path.stat().st_size * len(gone) // len(store.entries)
        yield Leftover(path, size, f"rows of {len(gone)} images that have left the data set", gone)


def _delete(leftover: Leftover) -> None:
    store = Store(leftover.file) if leftover.images and leftover.file.exists() else None
    kept = () if store is None else tuple(one for one in store.entries if one.image not in set(leftover.images))
    if store is not None and kept:
        rewrite(leftover.file, store.protocol, store.encoder, kept, store)
    elif leftover.file.is_dir():
        rmtree(leftover.file)
    else:
        leftover.file.unlink(missing_ok=True)


def _size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = [path, *path.rglob("*")] if path.exists() else []
    return sum(file.stat().st_size for file in files if file.is_file())


def _home(leftover: Leftover) -> Path:
    """The folder of the data set."""
    parent = leftover.file.parent
    return parent.parent if parent.name in KEPT else parent
