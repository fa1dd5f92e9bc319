"""What cv and fit learn from: the cached images with their labels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boost.descriptors import Descriptors
from cohort.checks.image_state_notices import by_state, state_notices
from cohort.checks.label_checks import label_warnings
from cohort.checks.notices import Notice, Warn, unsaid
from cohort.checks.told_notices import told_now
from cohort.files.offenders import some
from cohort.manifest import read_labels
from cohort.origin import Differences, Origin, differences
from featurize.store.changed_images import require_unchanged
from featurize.store.file_format import CacheError
from featurize.store.gather import CohortDescriptors, find_stores, gather
from featurize.store.image_index import read_origins
from featurize.store.image_states import image_states
from featurize.store.store import Store
from report.binary import checked_positive

NO_HASHES = (
    "whether labels or patients were corrected since extract is not known, for this cache keeps no hashes of the "
    "tables (older versions kept none); run extract once more (nothing is described anew)"
)


@dataclass(frozen=True, eq=False)
class CachedImages:
    """The labelled images of a data set in the cache, described by every variant."""

    name: str  # of the data set
    folder: Path  # of its files in the cache
    stores: dict[str, Store]  # by variant
    described: CohortDescriptors  # the images with a label and with descriptors
    tables: Mapping[str, str]  # that labels and patients were read from: SHA-256 by file name
    states: Sequence[str]  # of the described images: ok, blank, little tissue, degenerate

    @property
    def facts(self) -> dict[str, Any]:
        """What settings.json keeps of them."""
        return {"tables": dict(self.tables), "image_states": by_state(self.described.images, self.states)}

    @property
    def origins(self) -> dict[str, Origin]:
        """Where images, labels and patients came from, by the stem of the cache file."""
        own = {store.path.stem for store in self.stores.values()}
        return {stem: origin for stem, origin in read_origins(self.folder).items() if stem in own}

    @property
    def descriptors(self) -> dict[str, Descriptors]:
        """The descriptors of each variant, left where they are, under the name of the cache file."""
        descriptors = {}
        for variant, store in self.stores.items():
            array = self.described.descriptors[variant]
            rows = self.described.rows[variant]
            descriptors[variant] = Descriptors.of(array, rows, store.path.stem)
        return descriptors


def cached_images(
    cache: Path,
    name: str | None,
    variants: Sequence[str] = (),
    labels: Path | None = None,
    positive: Sequence[str] | None = None,
    warn: Warn = unsaid,
    patients_as_written: bool = False,
) -> CachedImages:
    """Choose a data set and its variants, with the cached labels or those of a table.

    `positive` classes, if any are named, must be classes of it. Raises CacheError, DatasetError and PositiveError;
    images that have changed since they were described are an error too. `warn` is told at once what is left out or
    looks wrong, for it may explain an error that follows. Words for unknown in the table are no patients, unless they
    are as written. What may be as it should be is told once of a data set (cohort.checks.told_notices).
    """
    name, stores = find_stores(cache, name, variants)
    origins = read_origins(cache / name)
    warn(require_same_tables(origins, stores.values()))
    described = labelled_descriptors(stores, labels, warn, patients_as_written)
    notices = label_warnings(described.labels, described.patients)
    if warn is not unsaid:
        rows = zip(described.images, described.labels, described.patients, strict=True)
        warn(told_now(cache / name, notices, rows))
    unseen = require_unchanged(cache / name, stores.values(), described.images)
    if unseen:
        sentence = f"{unseen} image files are not where they were: whether they have changed is not known"
        warn([Notice("data-not-where-they-were", sentence)])
    states = image_states(described.images, stores.values(), cache / name)
    warn(state_notices(described.labels, states))
    if positive is not None:
        checked_positive(described.classes, positive)
    return CachedImages(name, cache / name, stores, described, _tables(origins, stores.values()), states)


def require_same_tables(origins: Mapping[str, Origin], stores: Iterable[Store]) -> list[Notice]:
    """Raise CacheError where labels or patients were corrected since extract; returns notes of what is not known.

    origins: by the stem of the cache file. A store is as it was when it was last extracted, with others or alone.
    """
    by_origin: list[tuple[Origin, Differences]] = []
    notices: dict[str, Notice] = {}  # each sentence once
    for store in stores:
        origin = origins.get(store.path.stem)
        if origin is None:
            notices.setdefault(NO_HASHES, Notice("tables-not-hashed", NO_HASHES))
            continue
        known = [since for other, since in by_origin if other == origin]
        since = known[0] if known else differences(origin)
        by_origin.append((origin, since))
        _require_same(origin, since, store)
        if not since.is_known:
            sentence = (
                f"{origin.source} is not there any more, or cannot be read as it was: whether labels or patients were "
                "corrected since extract is not known"
            )
            notices.setdefault(sentence, Notice("data-not-where-they-were", sentence))
    return list(notices.values())


def _require_same(origin: Origin, since: Differences, store: Store) -> None:
    if not since.tables and not since.listing:
        return
    changed = some(since.tables) if since.tables else f"the images in the folders of {origin.source}"
    new = len(set(since.images) - set(store.rows) - set(origin.left_out))
    work = f"only images under new names are described, {new} of them" if new else "nothing is described anew"
    raise CacheError(f"{changed} changed since extract; run extract again ({work})")


def _tables(origins: Mapping[str, Origin], stores: Iterable[Store]) -> dict[str, str]:
    """SHA-256 of the tables behind some stores, by file name."""
    tables = {}
    for store in stores:
        if store.path.stem in origins:
            tables.update({Path(path).name: digest for path, digest in origins[store.path.stem].tables.items()})
    return tables


def labelled_descriptors(
    stores: dict[str, Store], labels: Path | None, warn: Warn, patients_as_written: bool = False
) -> CohortDescriptors:
    """The cached images with their labels, or those of a table; `warn` is told what is left out."""
    first = next(iter(stores.values()))
    cached = [entry.image for entry in first.entries if entry.label]  # the others were taken out of the data set
    by_image = read_labels(labels, cached, warn, patients_as_written) if labels else None
    if by_image is not None and len(by_image) < len(cached):
        sentence = f"{labels} names {len(by_image)} of the {len(cached)} images in the cache; the rest is left out"
        warn([Notice("labels-for-a-part", sentence)])
    descriptors = gather(stores, by_image)
    if descriptors.left_out:
        sentence = f"{descriptors.left_out} images have no descriptors yet and are left out; extract adds them"
        warn([Notice("images-without-descriptors", sentence)])
    return descriptors
