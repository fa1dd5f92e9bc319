"""The cache file of a protocol for a data set: made, opened, or put in place anew when its images have changed."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cohort.files.atomic import reason, replacing, way_out
from featurize.protocol import Protocol
from featurize.store.file_format import CacheError, Entry, make_file
from featurize.store.store import Store


def open_store(path: Path, protocol: Protocol, encoder: dict, entries: Sequence[Entry]) -> Store:
    """The store of a protocol for these images: made, or opened, or rewritten when images or labels have changed.

    A rewritten file keeps every row whose image file is the same; a damaged one is left out and named in `dropped`.
    Rows of images that have left the data set stay, without a label. Raises CacheError if the file was made under
    another protocol, or if its images, or those of the files beside it, are wholly others than these.
    """
    wanted = {entry.image: entry for entry in entries}
    old = Store(path) if path.exists() else None
    if old is not None and old.protocol != protocol:
        raise CacheError(f"{path} was made under another protocol; delete it or choose another --cache")
    _require_kin(path, old, wanted)
    without_label = {}
    for entry in () if old is None else old.entries:
        without_label[entry.image] = Entry(entry.image, "", "", entry.sha256)
    merged = without_label | wanted
    in_order = tuple(merged[image] for image in sorted(merged))
    if old is not None and old.entries == in_order:
        return old
    return rewrite(path, protocol, encoder, in_order, old)


def rewrite(path: Path, protocol: Protocol, encoder: dict, entries: Sequence[Entry], old: Store | None) -> Store:
    """Put a new file in place, with the old one's whole rows of those images whose files have not changed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            make_file(temporary, protocol, encoder, entries)
            dropped = () if old is None else Store(temporary).copy_rows(old)
    except (OSError, RuntimeError) as error:  # h5py has both for a full disk
        raise CacheError(f"{path} cannot be made ({reason(error)}); {way_out(error)}") from error
    store = Store(path)
    store.dropped = dropped
    return store


def _require_kin(path: Path, old: Store | None, wanted: Mapping[str, Entry]) -> None:
    """Two data sets of one name are not to be mixed: some image must be known already, where any is."""
    cached = old.rows if old is not None else _images_beside(path)
    if cached and wanted and not set(cached) & set(wanted):
        raise CacheError(
            f"{path.parent} holds another data set ({next(iter(cached))}, ...) and none of these images "
            f"({next(iter(wanted))}, ...); give this one another --name"
        )


def _images_beside(path: Path) -> Iterable[str]:
    """The images of the first readable cache file in the same folder."""
    for beside in sorted(path.parent.glob("*.h5")):
        with suppress(CacheError):
            return Store(beside).rows
    return ()
