"""Which of the variants in the folder of a data set are meant: those of the latest extraction, or those that are named.

What one command of extract has described belongs together; what others have described is taken where it is asked for.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase as fnmatch
from pathlib import Path
from typing import Any

from cohort.files.offenders import some
from cohort.origin import Origin
from featurize.protocol import ADDED, WHOLE
from featurize.store.extractions import Extraction, asked_for
from featurize.store.file_format import CacheError
from featurize.store.image_index import read_extractions, read_origins, remember_finished
from featurize.store.store import Store

OF_A_NETWORK = {"encoder", "weights", "crop", "scale", "pooling", "tokens", "input", "interpolation"}  # may differ

Content = dict[str, tuple[str, str, str]]  # by image that is described: label, patient, SHA-256 of the file


@dataclass(frozen=True)
class Others:
    """The variants in a cache beside those that were taken, by names that are clear there."""

    groups: tuple[tuple[str, ...], ...] = ()  # that can be taken in place of them, of the latest extraction first
    together: tuple[str, ...] = ()  # all in the cache, where all of them can be taken at once
    lacking: tuple[str, ...] = ()  # without some of the images, or with labels of before
    is_finished: bool = True  # whether the latest extraction, before which others may be taken, was
    settings: Mapping[str, str] = field(default_factory=dict)  # by name: what differs from those that were taken

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, each once."""
        listed = [name for group in self.groups for name in group]
        return tuple(dict.fromkeys([*listed, *self.lacking]))


def stores_of(folder: Path) -> list[Store]:
    """All stores in a folder, by network, scale and size of crops; raises CacheError."""
    return sorted((Store(path) for path in folder.glob("*.h5")), key=_place_in_order)


def of_latest(stores: Sequence[Store], extractions: Sequence[Extraction]) -> list[Store]:
    """The stores of the latest extraction that was finished, or if none was of the latest of all.

    All of them where no extraction is known: older versions wrote none down.
    """
    latest_first = sorted(reversed(extractions), key=lambda extraction: not extraction.finished)
    for extraction in latest_first:
        named = [store for store in stores if store.path.stem in extraction.files]
        if named:
            return named
    return list(stores)


def wanted(stores: Sequence[Store], variants: Sequence[str]) -> list[Store]:
    """The stores that names mean, which may hold wildcards; raises CacheError for a name that means none."""
    meant = []
    for variant in variants:
        of_name = [store for store in stores if _is_meant(variant, store)]
        if not of_name:
            held = ", ".join(full_name(store) for store in stores)
            missing = [name for name in variants if not any(_is_meant(name, store) for store in stores)]
            raise CacheError(f"no variant {', '.join(missing)} in the cache; it holds: {held}")
        meant += of_name
    return [store for store in stores if store in meant]


def unique(picked: Sequence[Store]) -> dict[str, Store]:
    """Stores by plain variant name; two protocols of one variant are not for guessing between, two modes not to mix."""
    if len({store.protocol.mode for store in picked}) > 1:
        names = _clear_names(picked)
        alike = [repr(",".join(names[store.path] for store in group)) for group in _groups(picked, [], [])]
        raise CacheError(f"exact and dense descriptors are never mixed; pick with --variants one of: {some(alike)}")
    by_variant: dict[str, Store] = {}
    for store in picked:
        if store.protocol.variant in by_variant:
            raise CacheError(
                f"{store.protocol.variant} was extracted under several protocols; pick with --variants from: "
                + ", ".join(f"{full_name(one)} ({protocol_words(one)})" for one in picked)
            )
        by_variant[store.protocol.variant] = store
    return by_variant


def variant_files(stores: Iterable[Store]) -> list[str]:
    """The stems of the files of variants among some stores, without those of whole images."""
    return [store.path.stem for store in stores if store.protocol.mode != WHOLE]


def mark_finished(folder: Path, stores: Iterable[Store], asked: Mapping[str, Any] | None = None) -> None:
    """Write down that the extraction that fills these stores has done what it was asked; asked: settings by name."""
    remember_finished(folder, variant_files(stores), asked)


def asked_of_extract(stores: Iterable[Store]) -> dict[str, Any]:
    """What the extraction was asked that described all these stores; nothing where several did, or it is not known.

    Raises CacheError.
    """
    listed = list(stores)
    return asked_for(read_extractions(listed[0].path.parent), variant_files(listed))


def other_variants(folder: Path, taken: Mapping[str, Store]) -> Others:
    """What the folder of a data set holds beside the stores that were taken; raises CacheError."""
    paths = {store.path for store in taken.values()}
    stores = stores_of(folder)
    others = [store for store in stores if store.path not in paths]
    if not others:
        return Others()
    origins = read_origins(folder)
    first = next(iter(taken.values()))
    fitting = [store for store in others if _holds(store, first, origins)]
    extractions = read_extractions(folder)
    groups = _groups(fitting, [store for store in stores if store not in others], extractions)
    names = _clear_names(stores)
    everything = [*taken.values(), *others]
    alike = len(fitting) == len(others) and _are_one_group(everything) and _is_one_table(everything)
    return Others(
        tuple(tuple(names[store.path] for store in group) for group in groups),
        tuple(names[store.path] for store in stores) if alike else (),
        tuple(names[store.path] for store in others if store not in fitting),
        all(extraction.finished for extraction in extractions[-1:]),
        {names[store.path]: settings_words(store, first) for store in others},
    )


def full_name(store: Store) -> str:
    """The name of a variant that holds its protocol's key."""
    return f"{store.protocol.variant}#{store.protocol.key}"


def protocol_words(store: Store) -> str:
    """What tells a protocol from others of its variant."""
    protocol = store.protocol
    weights = store.encoder.get("file", protocol.weights[:8])
    words = [f"{protocol.views} views of {protocol.crops} crops", f"seed {protocol.seed}", f"weights {weights}"]
    words += [f"{name} {value}" for name, value in protocol.settings().items() if name in ADDED]
    return ", ".join(words)


def settings_words(store: Store, taken: Store) -> str:
    """What of the settings is otherwise than those of a store that was taken, but for network and crops; "" if none."""
    own, theirs = asdict(store.protocol), asdict(taken.protocol)
    words = [f"{name} {value}" for name, value in own.items() if name not in OF_A_NETWORK and value != theirs[name]]
    if own["encoder"] == theirs["encoder"]:
        words += [f"{name} {own[name]}" for name in ("pooling", "tokens", "weights") if own[name] != theirs[name]]
    return ", ".join(words)


def _place_in_order(store: Store) -> tuple[str, float, int, str]:
    protocol = store.protocol
    return protocol.encoder, protocol.scale, protocol.crop, store.path.name


def _is_meant(name: str, store: Store) -> bool:
    """Whether a name, which may hold wildcards, fits a store's variant, with its key or without."""
    return fnmatch(full_name(store), name) or fnmatch(store.protocol.variant, name)


def _clear_names(stores: Sequence[Store]) -> dict[Path, str]:
    """For each store its variant, with the key where another has the same."""
    counts = Counter(store.protocol.variant for store in stores)
    names = {}
    for store in stores:
        variant = store.protocol.variant
        names[store.path] = variant if counts[variant] == 1 else full_name(store)
    return names


def _groups(fitting: Sequence[Store], taken: Sequence[Store], extractions: Sequence[Extraction]) -> list[list[Store]]:
    """Stores that belong together: those of an extraction, the latest first, then what was made alike before."""
    groups: list[list[Store]] = []
    for extraction in reversed(extractions):
        named = [store for store in [*taken, *fitting] if store.path.stem in extraction.files]
        is_new = any(store in fitting and not any(store in group for group in groups) for store in named)
        if is_new and len(named) == len(extraction.files) and _is_one_table(named):
            groups.append(named)
    for store in fitting:
        if any(store in group for group in groups):
            continue
        like_it = [other for other in fitting if _are_one_group([store, other]) and _is_one_table([store, other])]
        groups.append([store, *(other for other in like_it if other is not store)])
    return groups


def _are_one_group(stores: Sequence[Store]) -> bool:
    """Whether variants have names of their own, and are described alike but for the network and the crops."""
    made = set()
    for store in stores:
        made.add(tuple((name, value) for name, value in store.protocol.settings().items() if name not in OF_A_NETWORK))
    return len(made) == 1 and len({store.protocol.variant for store in stores}) == len(stores)


def _is_one_table(stores: Sequence[Store]) -> bool:
    """Whether the same images are described in all, with the same labels and patients."""
    first = _content(stores[0])
    return all(_content(store) == first for store in stores[1:])


def _holds(store: Store, taken: Store, origins: Mapping[str, Origin]) -> bool:
    """Whether a store holds what a taken one does: its images at least, from the same labels and patients."""
    is_read_alike = origins.get(store.path.stem) == origins.get(taken.path.stem)
    return is_read_alike and _content(taken).items() <= _content(store).items()


def _content(store: Store) -> Content:
    content = {}
    for entry, is_done in zip(store.entries, store.done, strict=True):
        if is_done and entry.label:
            content[entry.image] = entry.label, entry.patient, entry.sha256
    return content
