"""Everything that can go wrong before the work starts: files, sizes, weights and cache files are settled here."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import torch

from featurize.cache import store_path
from featurize.crops import require_fit
from featurize.dataset import Dataset, Sample, inspect_all
from featurize.encoders import Encoder, find_encoder
from featurize.extract import Engine
from featurize.image import Facts, rescaled_size
from featurize.protocol import Protocol, ProtocolError
from featurize.store import Entry, Store, open_store
from featurize.weights import find_weights, load_network, weights_digest


def prepare(
    dataset: Dataset,
    variants: Sequence[tuple[str, int, float]],
    weights: str,
    device: str,
    cache: Path,
    **settings: Any,
) -> tuple[list[Store], Engine]:
    """Open a store for each variant (encoder, crop, scale) and find out what the work runs on.

    weights: auto, random or a folder; device: auto, cpu or cuda; settings: further fields of the protocol, the same
    for all variants. Raises DatasetError, CropTooLarge, WeightsError, ProtocolError or CacheError before any work.
    """
    chosen = choose_device(device)
    drafts = [draft_protocol(*variant, **settings) for variant in dict.fromkeys(variants)]
    facts = inspect_all(dataset.samples)
    require_fits(dataset, facts, {(draft.crop, draft.scale) for draft in drafts})
    paths = {draft.encoder: find_weights(find_encoder(draft.encoder), weights) for draft in drafts}
    networks = {name: network_facts(name, path) for name, path in paths.items()}
    entries = [Entry(s.name, s.label, s.patient, f.sha256) for s, f in zip(dataset.samples, facts, strict=True)]
    stores = []
    for draft in drafts:
        network = networks[draft.encoder]
        protocol = replace(draft, weights=network["digest"])
        stores.append(open_store(store_path(cache, dataset.name, protocol), protocol, network, entries))
    return stores, Engine(paths, chosen)


def draft_protocol(name: str, crop: int, scale: float, **settings: Any) -> Protocol:
    """A variant's settings, but for the weights, which take time to find; raises ProtocolError."""
    draft = Protocol(name, "", crop, scale, **settings)
    smallest = known_encoder(name).smallest
    if crop < smallest:
        raise ProtocolError(f"crop {crop} is too small for {name}, which needs {smallest} pixels; use larger --crops")
    return draft


def require_fits(dataset: Dataset, facts: Sequence[Facts], crops: Iterable[tuple[int, float]]) -> None:
    """Raise CropTooLarge unless every crop (size, scale) fits every image."""
    for crop, scale in sorted(crops):
        for sample, fact in zip(dataset.samples, facts, strict=True):
            require_fit(*rescaled_size(fact.height, fact.width, scale), crop, sample.name, scale)


def known_encoder(name: str) -> Encoder:
    """The registry's entry, or a ProtocolError."""
    try:
        return find_encoder(name)
    except KeyError as error:
        raise ProtocolError(error.args[0]) from error


def network_facts(name: str, path: Path | None) -> dict:
    """What a cache file keeps about its network: the registry's facts, the digest and the file it came from."""
    encoder = find_encoder(name)
    facts = {key: value for key, value in asdict(encoder).items() if key != "build"}
    return facts | {"digest": weights_digest(load_network(encoder, path)), "file": path.name if path else "random"}


def choose_device(wanted: str) -> str:
    """The device for auto, cpu or cuda; raises ProtocolError for a GPU that is not there."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise ProtocolError("--device cuda: PyTorch sees no CUDA device here; use --device cpu")
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"


def classes_in_turn(dataset: Dataset) -> list[Sample]:
    """The images, one of each class after the other, so that the first few hold all classes."""
    columns = [[sample for sample in dataset.samples if sample.label == label] for label in dataset.classes]
    return [sample for sample in chain.from_iterable(zip_longest(*columns)) if sample is not None]
