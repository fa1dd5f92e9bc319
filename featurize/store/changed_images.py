"""Whether image files are what their descriptors were made from."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from featurize.store.file_format import CacheError
from featurize.store.image_index import ImageIndex, IndexedImage, read_image_index
from featurize.store.store import Store
from imaging.read import ImageError, content_hash

READERS = 8  # files read at once: hashing is quick, disks are slow and like company


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


def _digest(image: IndexedImage | None) -> str | None:
    """SHA-256 of an image's file, or None where it is not indexed or cannot be read."""
    if image is None:
        return None
    try:
        return content_hash(Path(image.path))
    except ImageError:
        return None
