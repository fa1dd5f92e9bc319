"""The index of a data set's image files, kept beside its descriptors: where they are, their content, their size.

It spares the next run the decoding of files that have not changed, and lets a change after extraction be noticed. It is
the one file in the cache that knows paths of this machine; the descriptors themselves can be moved and handed on.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import Any
from zlib import crc32

from cohort.files.atomic import reason, way_out, write_whole
from cohort.origin import Origin
from featurize.store.extractions import Extraction, begun, finished, from_json
from featurize.store.file_format import CacheError, DamagedError
from imaging.files.regular_file import open_regular, read_regular
from imaging.read import ImageInfo
from imaging.read_errors import MAX_PIXELS

NAME = "images.json"
FORMAT = 1
MOST_BYTES = 1 << 28  # a million images
BEGINNING = re.compile(rb'[0-9a-f]{8}\n\{\n"format": ')


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
    return _read(folder).images


def read_origins(folder: Path) -> Origins:
    """Where images, labels and patients of each cache file came from; none of those of an older version.

    Raises CacheError for a damaged file.
    """
    return _read(folder).origins


def read_extractions(folder: Path) -> tuple[Extraction, ...]:
    """Which cache files each extraction has named, the latest last; none where only older versions wrote there.

    Raises CacheError for a damaged file.
    """
    return _read(folder).extractions


def is_image_index(path: Path) -> bool:
    """Whether a file begins as our indexes do, be it damaged or not; raises OSError."""
    with open_regular(path) as file:
        return BEGINNING.match(file.read(64)) is not None


def write_image_index(
    folder: Path,
    images: Mapping[str, IndexedImage],
    origins: Mapping[str, Origin] | None = None,
    extractions: Sequence[Extraction] = (),
) -> None:
    """Put a data set's index in place whole; raises CacheError."""
    entries = {image: {"path": indexed.path} | asdict(indexed.info) for image, indexed in sorted(images.items())}
    kept = {stem: asdict(origin) for stem, origin in sorted((origins or {}).items())}
    content = {"format": FORMAT, "images": entries, "origins": kept}
    if extractions:
        content["extractions"] = [asdict(extraction) for extraction in extractions]
    body = json.dumps(content, indent=0).encode()
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
    extracted: Iterable[str] = (),
) -> None:
    """Add images (path and info by name) and origins (by stem of the cache file) to the index, or renew them.

    extracted: the stems of the cache files that an extraction is about to fill, which makes it the latest.
    """
    earlier = _NOTHING
    with suppress(DamagedError):
        earlier = _read(folder)
    now = {image: IndexedImage(str(path.absolute()), info) for image, (path, info) in images.items()}
    extractions = begun(earlier.extractions, extracted)
    content = _Index(earlier.images | now, earlier.origins | dict(origins or {}), extractions)
    if content != earlier or not (folder / NAME).exists():
        write_image_index(folder, content.images, content.origins, content.extractions)


def remember_finished(folder: Path, extracted: Iterable[str], asked: Mapping[str, Any] | None = None) -> None:
    """Add to the index that the extraction that fills these cache files (stems) has done what it was asked."""
    earlier = _read(folder)
    extractions = finished(earlier.extractions, extracted, asked)
    if extractions != earlier.extractions:
        write_image_index(folder, earlier.images, earlier.origins, extractions)


@dataclass(frozen=True)
class _Index:
    """All that the file holds."""

    images: ImageIndex
    origins: Origins
    extractions: tuple[Extraction, ...]  # the latest last


_NOTHING = _Index({}, {}, ())


def _read(folder: Path) -> _Index:
    """The index of a folder; empty where there is none. Raises CacheError."""
    path = folder / NAME
    try:
        content = read_regular(path, MOST_BYTES)
    except FileNotFoundError:
        return _NOTHING
    except OSError as error:
        raise CacheError(f"{path} cannot be read ({reason(error)})") from error
    try:
        checksum, _, body = content.partition(b"\n")
        if checksum != b"%08x" % crc32(body):
            raise ValueError("checksum")
        listed = json.loads(body)
        if listed["format"] != FORMAT:
            return _NOTHING
        images = {image: _indexed(entry) for image, entry in listed["images"].items()}
        origins = {stem: _origin(entry) for stem, entry in listed.get("origins", {}).items()}
        extractions = from_json(listed.get("extractions", []))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedError(f"{path} is damaged ({error}); run `python pipeline.py cache repair`") from error
    of_today = {image: indexed for image, indexed in images.items() if indexed is not None}
    return _Index(of_today, origins, extractions)


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
