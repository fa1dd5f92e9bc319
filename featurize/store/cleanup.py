"""What a cache holds, and what in it nothing uses any more.

Nothing is deleted but what lies in the cache itself, not behind a link, and bears our mark: a name that only we give,
or content that begins as ours does. What else a person keeps there is left alone.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from time import time

from cohort.audit.kept_measures import MEASURES, is_measures_file, read_measures
from cohort.checks.told_notices import NAME as TOLD
from cohort.checks.told_notices import is_told_file
from cohort.files.atomic import reason
from cohort.files.lock import writing
from cohort.files.own_files import TEMPORARY, delete_own_folder, lies_in, own_folder
from featurize.protocol import WHOLE
from featurize.store.file_format import STEM, CacheError, FormatError, is_marked
from featurize.store.gather import store_files
from featurize.store.image_index import NAME, is_image_index, read_image_index
from featurize.store.integrity import data_set_folders, own_data_set_folders
from featurize.store.open_store import rewrite
from featurize.store.store import Store
from featurize.store.variants import protocol_words

KEPT = ("answers", "models")  # a data set's folders of what boosting keeps, each of whose folders is named STEM-KEY
FOLDER = re.compile(r".+-[0-9a-f]+")  # the name of such a folder
MODEL = re.compile(r"\d+-\d+\.(safetensors|zip)")  # and of the files in it, FOLD-SEED
UNFINISHED = (TEMPORARY, re.compile(rf"{STEM}\.new"), re.compile(rf"{re.escape(NAME)}\.part"))  # now, and earlier
BESIDE = {NAME: is_image_index, MEASURES: is_measures_file, TOLD: is_told_file}  # descriptors, and what is one of ours
ASIDE = re.compile(rf"{STEM}\.damaged")


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


def ls(cache: Path, name: str | None = None) -> list[Listed]:
    """What a cache holds; raises CacheError for no cache."""
    rows = []
    for folder in data_set_folders(cache, name):
        rows += [_listed(path) for path in sorted(folder.glob("*.h5"))]
        if (folder / MEASURES).is_file():
            rows.append(_listed_measures(folder / MEASURES))
    return rows


def gc(cache: Path, name: str | None = None) -> list[Leftover]:
    """What could be deleted without loss to any protocol; nothing is touched. Raises CacheError for no cache.

    Files that killed runs left; what repair has moved aside; cache files of other formats; rows of images that have
    left their data set; predictions, models, image indexes and measures of the audit whose cache files are gone.
    """
    return [leftover for folder in own_data_set_folders(cache, name) for leftover in _leftovers(folder)]


def delete(leftovers: Iterable[Leftover], lock: bool = True) -> int:
    """Delete what gc found, where it is ours still; the bytes that are free now.

    Raises LockError where a data set cannot be held for writing, as while a run writes there, and CacheError where a
    file cannot be deleted.
    """
    freed = 0
    in_order = sorted(leftovers, key=lambda leftover: (_home(leftover), leftover.file))
    for folder, several in groupby(in_order, key=_home):
        if folder.is_symlink():  # since it was looked at
            continue
        with writing(folder, lock=lock):
            for leftover in several:
                try:
                    before = _size(leftover.file)
                    _delete(leftover)
                    freed += before - _size(leftover.file)
                except OSError as error:
                    raise CacheError(f"{leftover.file} cannot be deleted ({reason(error)})") from error
    return freed


def _listed(path: Path) -> Listed:
    """One cache file, whether it can be read or not."""
    name = path.parent.name
    status = path.stat() if path.exists() else path.lstat()  # a link may lead nowhere
    size = status.st_size
    age = max(0.0, time() - status.st_mtime)
    try:
        store = Store(path)
        labelled = [bool(entry.label) for entry in store.entries]
        done = int((store.done & labelled).sum())
    except CacheError as error:
        return Listed(name, path.stem, "", 0, 0, size, age, "", str(error))
    protocol = store.protocol
    return Listed(name, protocol.variant, protocol.key, done, sum(labelled), size, age, protocol_words(store))


def _listed_measures(path: Path) -> Listed:
    """The measures of how the images of a data set were made."""
    status = path.stat()
    age = max(0.0, time() - status.st_mtime)
    images = 0
    with suppress(CacheError):
        images = len(read_image_index(path.parent))
    measured = len(read_measures(path))
    return Listed(path.parent.name, MEASURES, "", measured, images, status.st_size, age, "measures of the audit")


def _leftovers(folder: Path) -> Iterator[Leftover]:
    """What no protocol uses in the folder of one data set."""
    for path in sorted([*folder.iterdir(), *(folder / WHOLE).glob("*")]):
        if any(name.fullmatch(path.name) for name in UNFINISHED) and _is_file(folder, path):
            yield Leftover(path, path.stat().st_size, "left by a killed run")
        elif ASIDE.fullmatch(path.name) and _is_file(folder, path):
            yield Leftover(path, path.stat().st_size, "moved aside by repair")
    stores = store_files(folder)
    for path in stores:
        if _is_file(folder, path):
            yield from _unused(path)
    from_boosting = [path for kept in KEPT for path in (folder / kept).glob("*")]
    for path in sorted(from_boosting):
        in_use = any(path.name.startswith(store.stem) for store in stores)
        if not in_use and FOLDER.fullmatch(path.name) and own_folder(folder, path, MODEL):
            yield Leftover(path, _size(path), f"{path.parent.name} from descriptors that are gone")
    for name, is_ours in BESIDE.items():
        beside = folder / name
        if not stores and _is_file(folder, beside) and is_ours(beside):
            yield Leftover(beside, beside.stat().st_size, "no descriptors are beside it")


def _is_file(folder: Path, path: Path) -> bool:
    """Whether a file is there, and not behind a link."""
    return lies_in(folder, path) and path.is_file()


def _unused(path: Path) -> Iterator[Leftover]:
    """A file of another format, or its rows of images that have left; damage is for repair."""
    try:
        store = Store(path)
    except FormatError:
        if is_marked(path):
            yield Leftover(path, path.stat().st_size, "not in the format of this version")
        return
    except CacheError:
        return
    gone = tuple(entry.image for entry in store.entries if not entry.label)
    if gone:
        size = path.stat().st_size * len(gone) // len(store.entries)
        yield Leftover(path, size, f"rows of {len(gone)} images that have left the data set", gone)


def _delete(leftover: Leftover) -> None:
    """Delete a file or a folder, or only the rows of some images from a cache file that holds others too."""
    home, file = _home(leftover), leftover.file
    if not lies_in(home, file):  # any more
        return
    if file.is_dir():
        delete_own_folder(home, file, MODEL)
        return
    if leftover.images and file.exists():
        store = Store(file)
        gone = set(leftover.images)
        remaining = tuple(entry for entry in store.entries if entry.image not in gone)
        if remaining:
            rewrite(file, store.protocol, store.encoder, remaining, store)
            return
    file.unlink(missing_ok=True)


def _size(path: Path) -> int:
    """Bytes of a file, or of the files in a folder."""
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if file.exists())


def _home(leftover: Leftover) -> Path:
    """The folder of the data set."""
    parent = leftover.file.parent
    return parent.parent if parent.name in (*KEPT, WHOLE) else parent
