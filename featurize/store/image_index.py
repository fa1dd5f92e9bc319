"""The index of a data set's image files, kept beside its descriptors: where they are, their content, their size.

It spares the next run the decoding of files that have not changed, and lets a change after extraction be noticed. It is
the one file in the cache that knows paths of this machine; the descriptors themselves can be moved and handed on.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from zlib import crc32

from cohort.files.atomic import reason, way_out, write_whole
from cohort.origin import Origin
from featurize.store.file_format import CacheError, DamagedError
from featurize.store.store import Store
from imaging.files.regular_file import open_regular, read_regular
from imaging.read import ImageError, ImageInfo, content_hash
from imaging.read_errors import MAX_PIXELS

NAME = "images.json"
FORMAT = 1
MOST_BYTES = 1 << 28  # a million images
BEGINNING = re.compile(rb'[0-9a-f]{8}\n\{\n"format": ')
READERS = 8  # files read at once: hashing is quick, disks are slow and like company


@dataclass(frozen=True)
class IndexedImage:
    """An image file as it was when it was last looked at."""

    path: str  # absolute
    info: ImageInfo


ImageIndex = dict[str, IndexedImage]  # by image
Origins = dict[str, Origin]  # by the stem of the cache file, which holds its labels and patients


def read_image_index(folder: Path) -> ImageIndex:
    """What a data set's folder knows of its images; empty where there is nothing. Raises CacheError for a damaged file.

    Images of which an older version kept other facts are left out: they are looked at again.
    """
    return _read(folder)[0]


def read_origins(folder: Path) -> Origins:
    """Where images, labels and patients of each cache file came from; none of those of an older version.

    Raises CacheError for a damaged file.
    """
    return _read(folder)[1]


def is_image_index(path: Path) -> bool:
    """Whether a file begins as our indexes do, be it damaged or not; raises OSError."""
    with open_regular(path) as file:
        return BEGINNING.match(file.read(64)) is not None


def write_image_index(
    folder: Path, images: Mapping[str, IndexedImage], origins: Mapping[str, Origin] | None = None
) -> None:
    """Put a data set's index in place whole; raises CacheError."""
    entries = {image: {"path": indexed.path} | asdict(indexed.info) for image, indexed in sorted(images.items())}
    kept = {stem: asdict(origin) for stem, origin in sorted((origins or {}).items())}
    body = json.dumps({"format": FORMAT, "images": entries, "origins": kept}, indent=0).encode()
    path = folder / NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, b"%08x\n" % crc32(body) + body)
    except OSError as error:
        raise CacheError(f"{path} cannot be written ({reason(error)}); {way_out(error)}") from error


def known_image_info(folder: Path) -> dict[str, ImageInfo]:
    """ImageInfo by image of an earlier run, for `inspect` to go by; none where there are none or they are damaged."""
    with suppress(CacheError):
        return {image: indexed.info for image, indexed in read_image_index(folder).items()}
    return {}


def remember(
    folder: Path,
    images: Mapping[str, tuple[Path, ImageInfo]],
    origins: Mapping[str, Origin] | None = None,
) -> None:
    """Add images (path and info by name) and origins (by stem of the cache file) to the index, or renew them."""
    earlier: ImageIndex = {}
    earlier_origins: Origins = {}
    with suppress(DamagedError):
        earlier, earlier_origins = _read(folder)
    now = {image: IndexedImage(str(path.absolute()), info) for image, (path, info) in images.items()}
    all_images, all_origins = earlier | now, earlier_origins | dict(origins or {})
    if (all_images, all_origins) != (earlier, earlier_origins) or not (folder / NAME).exists():
        write_image_index(folder, all_images, all_origins)


@dataclass(frozen=True)
class Changes:
    """What became of image files since their descriptors were made."""

    changed: tuple[str, ...]  # images whose files have another content now
    unseen: int  # images whose files are not where they were, or cannot be read: nothing is known of them


def changes(index: ImageIndex, stores: Iterable[Store], images: Sequence[str]) -> Changes:
    """Hash the files of these images again and compare with what their descriptors were made from."""
    wanted: dict[str, set[str]] = {image: set() for image in images}
    for store in stores:
        for entry in store.entries:
            if entry.image in wanted:
                wanted[entry.image].add(entry.sha256)
    with ThreadPoolExecutor(READERS) as readers:
        digests = list(readers.map(lambda image: _digest(index.get(image)), images))
    changed = []
    for image, digest in zip(images, digests, strict=True):
        if digest is not None and wanted[image] != {digest}:
            changed.append(image)
    return Changes(tuple(changed), digests.count(None))


def require_unchanged(folder: Path, stores: Iterable[Store], images: Sequence[str]) -> int:
    """How many of these images cannot be looked at any more; raises CacheError that names those that have changed."""
    since = changes(read_image_index(folder), stores, images)
    if since.changed:
        names = ", ".join(since.changed[:10]) + (", ..." if len(since.changed) > 10 else "")
        raise CacheError(
            f"{len(since.changed)} images have changed since they were described: {names}; run extract again, which "
            "redoes just those"
        )
    return since.unseen


def _read(folder: Path) -> tuple[ImageIndex, Origins]:
    """The index of a folder; empty where there is none. Raises CacheError."""
    path = folder / NAME
    try:
        content = read_regular(path, MOST_BYTES)
    except FileNotFoundError:
        return {}, {}
    except OSError as error:
        raise CacheError(f"{path} cannot be read ({reason(error)})") from error
    try:
        checksum, _, body = content.partition(b"\n")
        if checksum != b"%08x" % crc32(body):
            raise ValueError("checksum")
        listed = json.loads(body)
        if listed["format"] != FORMAT:
            return {}, {}
        images = {image: _indexed(entry) for image, entry in listed["images"].items()}
        origins = {stem: _origin(entry) for stem, entry in listed.get("origins", {}).items()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedError(f"{path} is damaged ({error}); run `python pipeline.py cache repair`") from error
    return {image: indexed for image, indexed in images.items() if indexed is not None}, origins


def _origin(entry: dict) -> Origin:
    """An entry of the file; what a later version keeps besides is left aside."""
    own = {field.name: entry[field.name] for field in fields(Origin) if field.name in entry}
    texts = [own["source"], own["listing"], *own["tables"], *own["tables"].values(), *own.get("left_out", ())]
    if not isinstance(own.get("options", {}), dict) or not all(isinstance(text, str) for text in texts):
        raise ValueError("an origin is made of texts and options")
    return Origin(**own | {"left_out": tuple(entry.get("left_out", ()))})


def _indexed(entry: dict) -> IndexedImage | None:
    """An entry of the file, if it holds the facts that are kept today, but for those that have a default."""
    names = {field.name for field in fields(ImageInfo)}
    needed = {field.name for field in fields(ImageInfo) if field.default is MISSING}
    is_whole = {"path", *needed} <= set(entry) <= {"path", *names}
    if not is_whole or not isinstance(entry["path"], str) or not isinstance(entry["sha256"], str):
        return None
    sides = entry.get("height"), entry.get("width")
    if not all(type(side) is int and 0 < side <= MAX_PIXELS for side in sides):
        return None
    if not isinstance(entry.get("phash", ""), str) or not isinstance(entry.get("profile"), str | None):
        return None
    if not isinstance(entry.get("mpp"), int | float | None) or isinstance(entry.get("mpp"), bool):
        return None
    return IndexedImage(entry["path"], ImageInfo(**{name: entry[name] for name in names & set(entry)}))


def _digest(image: IndexedImage | None) -> str | None:
    """SHA-256 of an image's file, or None where it is not indexed or cannot be read."""
    if image is None:
        return None
    try:
        return content_hash(Path(image.path))
    except ImageError:
        return None
