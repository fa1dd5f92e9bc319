"""The folder of cache files: which data sets and variants it holds, and one table of labels for all of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase as fnmatch
from pathlib import Path

import numpy as np

from cohort.checks.notices import Notice
from cohort.files.offenders import some
from cohort.files.stored_paths import is_file_name
from cohort.layouts.iciar2018 import class_order
from featurize.protocol import ADDED, WHOLE, Protocol
from featurize.store.file_format import CacheError
from featurize.store.row import Arrays
from featurize.store.store import Store

NAMED = 4  # variants in a sentence
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.@+-]+")  # of files, on Windows too: timm:NAME is no name there


@dataclass(frozen=True)
class CohortDescriptors:
    """Several variants' descriptors of the same images, ready to learn from."""

    images: tuple[str, ...]
    labels: tuple[str, ...]
    patients: tuple[str, ...]  # "" where unknown
    classes: tuple[str, ...]
    descriptors: dict[str, np.ndarray]  # variant: (row, view, dim) float32, the whole file's, mapped
    rows: dict[str, np.ndarray]  # variant: (image,) int, where in it each image is
    left_out: int  # images of the data set without descriptors yet
    versions: dict[str, tuple[str, ...]]  # of libraries, where rows were written by several; they should agree

    def summary(self, patients: bool, alone: bool = True) -> str:
        """What there is to learn from, and who is kept together when patients count.

        Images of unknown patients stand `alone`, or what becomes of them is said elsewhere.
        """
        patient_of_image = [patient for patient in self.patients if patient]  # where it is known
        names = some(list(self.descriptors), NAMED)
        text = f"{len(self.images)} images, {len(self.descriptors)} variants (network-crop@scale): {names}"
        if not patients or not patient_of_image:
            return text
        unknown = len(self.images) - len(patient_of_image)
        rest = f"; {unknown} images of unknown patients stand alone" if unknown and alone else ""
        return f"{text}\nthe images of each of {len(set(patient_of_image))} patients share a fold{rest}"

    def notices(self, patients: bool) -> list[Notice]:
        """What may make numbers of these descriptors wrong: versions that differ, and patients that do not count."""
        notices = []
        for library, found in self.versions.items():
            made = " and ".join(found)
            sentence = f"the descriptors were made with several versions of {library}: {made}"
            notices.append(Notice("library-versions", sentence))
        known = any(self.patients)
        if not patients or not known:
            why = "patients are ignored as asked" if known else "no patients are known"
            sentence = f"{why}; if a patient has several images, these numbers are too good"
            notices.append(Notice("patients-unknown", sentence))
        return notices


def store_path(cache: Path, name: str, protocol: Protocol) -> Path:
    """Where the file of a data set and protocol lies; raises CacheError for a name that is not one of a folder."""
    folder = folder_of(cache, name)
    if protocol.mode == WHOLE:
        folder /= WHOLE  # no variant of the data set
    variant = NOT_IN_NAMES.sub(
        "_", protocol.variant
    )  # timm:NAME, on Windows too; the key tells apart what becomes alike
    return folder / f"{variant}-{protocol.key}.h5"


def folder_of(cache: Path, name: str) -> Path:
    """Where all files of a data set lie; raises CacheError for a name that is not one of a folder."""
    if not is_file_name(name):
        raise CacheError(f"a data set cannot be named {name!r}: it becomes a folder in {cache}; give another --name")
    return cache / name


def store_files(folder: Path) -> list[Path]:
    """All cache files of a data set: of its variants, then of whole images."""
    return [*sorted(folder.glob("*.h5")), *sorted((folder / WHOLE).glob("*.h5"))]


def find_stores(cache: Path, name: str | None = None, variants: Sequence[str] = ()) -> tuple[str, dict[str, Store]]:
    """The data set's name and its stores by variant; raises CacheError when none, several or unclear ones match.

    A variant made under several protocols is picked as VARIANT#KEY, for example resnet50-400@0.5#1a2b3c4d; names may
    hold wildcards, as in *-dense. Stores of whole images are no variants: see `whole_stores`.
    """
    name = _one_data_set(cache, name)
    by_full_name = {f"{store.protocol.variant}#{store.protocol.key}": store for store in _stores_of(cache / name)}
    return name, _unique(_wanted(by_full_name, variants))


def whole_stores(folder: Path, stores: Iterable[Store]) -> dict[str, Store]:
    """The stores of whole images in the folder of a data set, by variant, that the networks of these stores described.

    None of a network whose images were extracted before whole images were described.
    """
    networks = {_network_of(store) for store in stores}
    whole = _stores_of(folder / WHOLE)
    return {store.protocol.variant: store for store in whole if _network_of(store) in networks}


def _network_of(store: Store) -> tuple[str, str, str]:
    """What described its images: encoder, digest of the weights and precision."""
    protocol = store.protocol
    return protocol.encoder, protocol.weights, protocol.precision


def _stores_of(folder: Path) -> list[Store]:
    return sorted((Store(path) for path in folder.glob("*.h5")), key=_place_in_order)


def _one_data_set(cache: Path, name: str | None) -> str:
    """The data set of this name, or the only one; raises CacheError."""
    data_sets = sorted({path.parent.name for path in cache.glob("*/*.h5")})
    if not data_sets:
        raise CacheError(f"nothing is cached in {cache}; run `python pipeline.py extract` first")
    if name is None and len(data_sets) > 1:
        raise CacheError(f"{cache} holds several data sets ({', '.join(data_sets)}); pick one with --name")
    name = name or data_sets[0]
    if name not in data_sets:
        raise CacheError(f"{cache} holds no data set {name!r}; it holds: {', '.join(data_sets)}")
    return name


def _place_in_order(store: Store) -> tuple[str, float, int, str]:
    protocol = store.protocol
    return protocol.encoder, protocol.scale, protocol.crop, store.path.name


def _wanted(by_full_name: dict[str, Store], variants: Sequence[str]) -> dict[str, Store]:
    """The stores that the wanted names mean, all of them when none is wanted."""
    if not variants:
        return by_full_name
    wanted: set[str] = set()  # full names
    missing = []
    for variant in variants:
        meant = [name for name, store in by_full_name.items() if _is_meant(variant, name, store)]
        wanted.update(meant)
        if not meant:
            missing.append(variant)
    if missing:
        raise CacheError(f"no variant {', '.join(missing)} in the cache; it holds: {', '.join(by_full_name)}")
    return {name: store for name, store in by_full_name.items() if name in wanted}


def _is_meant(wanted: str, full_name: str, store: Store) -> bool:
    """Whether a name, which may hold wildcards, fits a store's variant, with its key or without."""
    return fnmatch(full_name, wanted) or fnmatch(store.protocol.variant, wanted)


def _unique(picked: dict[str, Store]) -> dict[str, Store]:
    """Stores by plain variant name; two protocols of one variant are not for guessing between, two modes not to mix."""
    if len({store.protocol.mode for store in picked.values()}) > 1:
        raise CacheError(
            "exact and dense descriptors are never mixed; pick with --variants, for example '*-dense', from: "
            f"{', '.join(picked)}"
        )
    by_variant: dict[str, Store] = {}
    for store in picked.values():
        if store.protocol.variant in by_variant:
            raise CacheError(
                f"{store.protocol.variant} was extracted under several protocols; pick with --variants from: "
                + ", ".join(f"{full} ({protocol_words(one)})" for full, one in picked.items())
            )
        by_variant[store.protocol.variant] = store
    return by_variant


def protocol_words(store: Store) -> str:
    """What tells a protocol from others of its variant."""
    protocol = store.protocol
    weights = store.encoder.get("file", protocol.weights[:8])
    words = [f"{protocol.views} views of {protocol.crops} crops", f"seed {protocol.seed}", f"weights {weights}"]
    words += [f"{name} {value}" for name, value in protocol.settings().items() if name in ADDED]
    return ", ".join(words)


def gather(stores: dict[str, Store], labels: dict[str, tuple[str, str]] | None = None) -> CohortDescriptors:
    """One table of images for all variants, every row's checksum verified; raises CacheError.

    labels: image to (label, patient), instead of those kept in the cache; images it does not name are
    left out, a patient it does not know ("") is the cache's.
    """
    maps = {variant: store.arrays() for variant, store in stores.items()}  # what is verified is what is handed on
    table = _common_table(stores, maps, labels)
    _require_one_content(stores, table)
    for variant, store in stores.items():
        store.require_rows(table, maps[variant])
    descriptors = {}
    rows = {}
    for variant, store in stores.items():
        descriptors[variant] = maps[variant]["descriptors"]
        rows[variant] = np.array([store.rows[image] for image in table])
    image_labels = tuple(label for label, _ in table.values())
    return CohortDescriptors(
        images=tuple(table),
        labels=image_labels,
        patients=tuple(patient for _, patient in table.values()),
        classes=class_order(sorted(set(image_labels))),
        descriptors=descriptors,
        rows=rows,
        left_out=_labelled_count(stores, labels) - len(table),
        versions=_differing(stores.values()),
    )


def _common_table(
    stores: dict[str, Store], maps: dict[str, Arrays], labels: dict[str, tuple[str, str]] | None
) -> dict[str, tuple[str, str]]:
    """Label and patient by image, the same for all variants; raises CacheError where they differ, and for no image."""
    tables = {variant: _table(store, maps[variant], labels) for variant, store in stores.items()}
    first, table = next(iter(tables.items()))
    for variant, table_of_variant in tables.items():
        if table_of_variant != table:
            raise CacheError(f"{variant} and {first} hold different images or labels; run extract again to finish both")
    if not table and labels is not None:
        raise CacheError(f"none of the {len(labels)} images with a given label is done in {first}")
    if not table:
        raise CacheError(f"no labelled image of {first} is done yet; run `python pipeline.py extract`")
    return table


def _labelled_count(stores: dict[str, Store], labels: dict[str, tuple[str, str]] | None) -> int:
    """How many images have a label, described or not."""
    if labels is not None:
        return len(labels)
    first = next(iter(stores.values()))
    return sum(bool(entry.label) for entry in first.entries)


def require_same(stores: dict[str, Store]) -> None:
    """Raise CacheError when a cache file was put in place anew since it was opened.

    To be asked when long work on mapped descriptors is over: its workers open the files by name.
    """
    for store in stores.values():
        store.require_same()


def _table(store: Store, maps: Arrays, labels: dict[str, tuple[str, str]] | None) -> dict[str, tuple[str, str]]:
    """Label and patient of each labelled image that is done, in the file's order."""
    done = [entry for entry, done in zip(store.entries, maps["done"] == 1, strict=True) if done]
    if labels is not None:
        given = {entry.image: (*labels[entry.image], entry.patient) for entry in done if entry.image in labels}
        return {image: (label, patient or cached) for image, (label, patient, cached) in given.items()}
    return {entry.image: (entry.label, entry.patient) for entry in done if entry.label}


def _require_one_content(stores: dict[str, Store], images: Iterable[str]) -> None:
    """Raise CacheError for an image that was another file when another variant was extracted."""
    first, first_store = next(iter(stores.items()))
    expected = {entry.image: entry.sha256 for entry in first_store.entries}
    for variant, store in stores.items():
        contents = {entry.image: entry.sha256 for entry in store.entries}
        for image in images:
            if contents[image] != expected[image]:
                raise CacheError(
                    f"{image} was another file for {variant} than for {first}; run extract again with both, or pick "
                    "one with --variants"
                )


def _differing(stores: Iterable[Store]) -> dict[str, tuple[str, ...]]:
    """The libraries of which several versions wrote rows."""
    by_library = defaultdict[str, set[str]](set)
    for store in stores:
        for writer in store.writers():
            for library, version in writer.items():
                by_library[library].add(str(version))
    by_library.pop("images", None)  # how many each set of versions wrote
    return {library: tuple(sorted(several)) for library, several in by_library.items() if len(several) > 1}
