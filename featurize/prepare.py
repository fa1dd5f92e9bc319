"""Everything that can go wrong before the work starts: files, sizes, weights and cache files are settled here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import torch

from featurize.cache import store_path
from featurize.crops import require_fit
from featurize.dataset import Dataset, Sample
from featurize.encoders import find_encoder
from featurize.extract import Engine
from featurize.image import Facts, rescaled_size
from featurize.inspection import inspect_all
from featurize.protocol import Protocol, ProtocolError
from featurize.store import Entry, Store, open_store
from featurize.weights import find_weights, load_network, published_file, weights_digest


@dataclass(frozen=True)
class Prepared:
    """All that is known before the work starts."""

    dataset: Dataset
    facts: tuple[Facts, ...]  # of each sample's file
    protocols: tuple[Protocol, ...]  # a variant each
    networks: Mapping[str, dict]  # facts by encoder, as they are kept in the cache
    engine: Engine

    def open_stores(self, cache: Path) -> list[Store]:
        """A cache file for each variant, made where it is missing; raises CacheError."""
        pairs = zip(self.dataset.samples, self.facts, strict=True)
        entries = [Entry(sample.name, sample.label, sample.patient, fact.sha256) for sample, fact in pairs]
        return [
            open_store(
                store_path(cache, self.dataset.name, protocol), protocol, self.networks[protocol.encoder], entries
            )
            for protocol in self.protocols
        ]

    def sizes(self, samples: Iterable[Sample]) -> list[tuple[int, int]]:
        """Height and width of the files of some samples."""
        known = dict(zip(self.dataset.samples, self.facts, strict=True))
        return [(known[sample].height, known[sample].width) for sample in samples]


def prepare(
    dataset: Dataset, variants: Sequence[tuple[str, int, float]], weights: str, device: str, **settings: Any
) -> Prepared:
    """Check the images, find the weights and settle the protocol of each variant (encoder, crop, scale).

    weights: auto, random or a folder; device: auto, cpu or cuda; settings: further fields of the protocol, the same
    for all variants; precision is that of the device where it is not given. Raises DatasetError, CropTooLarge,
    WeightsError or ProtocolError before any work.
    """
    chosen = choose_device(device)
    settings["precision"] = settings.get("precision") or ("float32" if chosen == "cpu" else "bfloat16")
    drafts = [draft_protocol(*variant, **settings) for variant in dict.fromkeys(variants)]
    facts = inspect_all(dataset.samples).require_all()
    require_fits(dataset, facts, {(draft.crop, draft.scale) for draft in drafts})
    paths = {draft.encoder: find_weights(find_encoder(draft.encoder), weights) for draft in drafts}
    networks = {name: network_facts(name, path) for name, path in paths.items()}
    protocols = tuple(replace(draft, weights=networks[draft.encoder]["digest"]) for draft in drafts)
    return Prepared(dataset, tuple(facts), protocols, networks, Engine(paths, chosen))


def draft_protocol(name: str, crop: int, scale: float, **settings: Any) -> Protocol:
    """A variant's settings, but for the weights, which take time to find; raises ProtocolError."""
    draft = Protocol(name, "", crop, scale, **settings)
    smallest = find_encoder(name).smallest
    if crop < smallest:
        raise ProtocolError(f"crop {crop} is too small for {name}, which needs {smallest} pixels; use larger --crops")
    return draft


def require_fits(dataset: Dataset, facts: Sequence[Facts], crops: Iterable[tuple[int, float]]) -> None:
    """Raise CropTooLarge unless every crop (size, scale) fits every image."""
    for crop, scale in sorted(crops):
        for sample, fact in zip(dataset.samples, facts, strict=True):
            require_fit(*rescaled_size(fact.height, fact.width, scale), crop, sample.name, scale)


def network_facts(name: str, path: Path | None) -> dict:
    """What a cache file keeps about its network: facts, the digest, and where the weights came from.

    Who trained it under which licence is known of torchvision's own file alone.
    """
    encoder = find_encoder(name)
    facts = asdict(encoder) | {"digest": weights_digest(load_network(encoder, path))}
    if path is None or path.name != published_file(encoder):
        facts |= {"weights": "random" if path is None else path.name, "licence": "unknown"}
    return facts | {"file": path.name if path else "random"}


def choose_device(wanted: str) -> str:
    """The device for auto, cpu or cuda; raises ProtocolError for a GPU that is not there."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise ProtocolError("--device cuda: PyTorch sees no CUDA device here; use --device cpu")
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"


def classes_in_turn(dataset: Dataset) -> list[Sample]:
    """The images, one of each class after the other, so that the first few hold all classes."""
    columns = [[sample for sample in dataset.samples if sample.label == label] for label in dataset.classes]
    return [sample for sample in chain.from_iterable(zip_longest(*columns)) if sample is not None]
