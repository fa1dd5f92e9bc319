"""Everything that can go wrong before the work starts: files, sizes, weights and cache files are settled here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from cohort.checks.file_checks import Inspected, inspect_all
from cohort.checks.notices import Notice
from cohort.origin import Origin, without_images
from cohort.samples import Dataset, Sample
from featurize.crop_sizes import interpolation_of, pooling_of, read_by, size_notices
from featurize.crops_that_fit import PAPERS, AutoCrops, Variant, least_crop, not_fitting, way_out
from featurize.encoders.encoder_pool import EncoderPool
from featurize.encoders.provenance import provenance
from featurize.encoders.registry import Encoder, find_encoder
from featurize.encoders.sources.known_origins import with_origin
from featurize.encoders.sources.settle_weights import remember_named
from featurize.encoders.weights import find_all_weights
from featurize.protocol import Protocol, ProtocolError, require_bounded, whole_image
from featurize.store.file_format import Entry
from featurize.store.gather import folder_of, store_path
from featurize.store.image_index import remember
from featurize.store.open_store import open_store
from featurize.store.store import Store
from featurize.store.variants import variant_files
from imaging.crops import CropTooLarge
from imaging.read import ImageInfo

RANDOM = {"file": "random", "weights": "random", "licence": "unknown"}  # in place of a file's provenance


@dataclass(frozen=True)
class ExtractionPlan:
    """All that is settled before the work starts."""

    dataset: Dataset  # without the images that cannot be used
    images: tuple[ImageInfo, ...]  # the file of each sample
    refused: Mapping[str, str]  # the other images, each with its reason
    warnings: tuple[Notice, ...]  # what is allowed but often a mistake
    protocols: tuple[Protocol, ...]  # a variant each
    networks: Mapping[str, dict]  # facts by encoder, as they are kept in the cache
    pool: EncoderPool  # of these networks

    def open_stores(self, cache: Path, origin: Origin | None = None) -> list[Store]:
        """A cache file for each variant, made where it is missing; raises CacheError.

        origin: of the data set; a later run goes by it to see whether labels or patients were corrected.
        """
        samples, name = self.dataset.samples, self.dataset.name
        entries = []
        files = {}
        for sample, image in zip(samples, self.images, strict=True):
            entries.append(Entry(sample.name, sample.label, sample.patient, image.sha256))
            files[sample.name] = sample.path, image
        stores = []
        for protocol in self.protocols:
            path = store_path(cache, name, protocol)
            stores.append(open_store(path, protocol, self.facts_of(protocol), entries))
        origins = {}
        if origin is not None:
            usable = without_images(origin, self.refused)
            origins = {store.path.stem: usable for store in stores}
        remember(folder_of(cache, name), files, origins, variant_files(stores))
        return stores

    def facts_of(self, protocol: Protocol) -> dict:
        """What a protocol's cache file keeps about its network; `dim` is the length of its descriptors."""
        facts = self.networks[protocol.encoder]
        return facts | {"dim": protocol.width(facts["dim"])}

    def sizes(self, samples: Iterable[Sample]) -> list[tuple[int, int]]:
        """Height and width of the files of some samples."""
        image_of = dict(zip(self.dataset.samples, self.images, strict=True))
        images = [image_of[sample] for sample in samples]
        return [(image.height, image.width) for image in images]


def plan_extraction(
    dataset: Dataset,
    variants: Sequence[Variant] | AutoCrops,
    weights: str,
    device: str,
    away: bool = False,
    offline: bool = False,
    skip: bool = False,
    earlier: Mapping[str, ImageInfo] | None = None,
    whole_images: bool = False,
    mpp: float | None = None,
    **settings: Any,
) -> ExtractionPlan:
    """Check the images, find the weights and settle the protocol of each variant (encoder, crop, scale).

    variants: as asked for, or AutoCrops, whose crops are chosen to fit the images;
    weights: auto, random or a folder, and `offline` nothing is downloaded; device: auto, cpu or cuda, `away` from here
    on other machines; skip: leave out images that cannot be used; earlier: files as the run before saw them;
    whole_images: each network describes each image as a whole too (featurize.protocol.whole_image); mpp: microns per
    pixel of the images, unless their files say it; settings: further fields of the protocol, the same for all variants;
    precision is that of the device where it is not given, pooling that of the network.
    Raises DatasetError, CropTooLarge, WeightsError or ProtocolError before any work.
    """
    place = choose_device(device, away)
    settings["precision"] = settings.get("precision") or ("float32" if place == "cpu" else "bfloat16")
    drafts = _drafts(variants, settings)
    require_bounded(drafts)
    inspected = inspect_all(dataset.samples, known=earlier)
    if not skip:
        inspected.require_all()
    if isinstance(variants, AutoCrops) and inspected.facts:
        drafts = _drafts(variants.variants(variants.chosen(inspected.facts, skip)), settings)
    refused = inspected.refused | _too_small(dataset, inspected, drafts, skip)
    require_bounded(drafts, max((info.height * info.width for info in inspected.facts.values()), default=0))
    usable = dataset.without(refused) if refused else dataset
    encoders = [find_encoder(name) for name in dict.fromkeys(draft.encoder for draft in drafts)]
    paths = find_all_weights(encoders, weights, offline)
    pool = EncoderPool(paths, place)
    networks = {encoder.name: network_facts(encoder, pool) for encoder in encoders}
    remember_named(weights, {name: facts["digest"] for name, facts in networks.items()})
    protocols = []
    for draft in drafts:
        digest = networks[draft.encoder]["digest"]
        protocols.append(replace(draft, weights=digest))
    if whole_images:
        for encoder in encoders:
            digest = networks[encoder.name]["digest"]
            read = encoder.tokens, interpolation_of(encoder)
            protocols.append(whole_image(encoder.name, encoder.input, digest, settings["precision"], *read))
    infos = [inspected.facts[sample.name] for sample in usable.samples]
    return ExtractionPlan(
        dataset=usable,
        images=tuple(infos),
        refused=refused,
        warnings=(*usable.warnings(), *inspected.warnings, *pool.notices, *size_notices(drafts, infos, mpp)),
        protocols=tuple(protocols),
        networks=networks,
        pool=pool,
    )


def _drafts(variants: Sequence[Variant] | AutoCrops, settings: Mapping[str, Any]) -> list[Protocol]:
    """The settings of each variant but for the weights; of AutoCrops with the paper's crops, for the time being."""
    if isinstance(variants, AutoCrops):
        variants = variants.variants((crop, Protocol.scale) for crop in PAPERS)
    return [draft_protocol(*variant, **settings) for variant in dict.fromkeys(variants)]


def _too_small(dataset: Dataset, inspected: Inspected, drafts: Sequence[Protocol], skip: bool) -> dict[str, str]:
    """The images into which some crop does not fit, each with the reason.

    Raises CropTooLarge, with crops that fit all images, unless these may be left out and a class is not lost by that.
    """
    crops = list(dict.fromkeys((draft.crop, draft.scale) for draft in drafts))
    reasons = not_fitting(inspected.facts, crops)
    left = inspected.facts.keys() - reasons.keys()
    there = {sample.label for sample in dataset.samples if sample.name in inspected.facts}
    is_class_lost = there != {sample.label for sample in dataset.samples if sample.name in left}
    if reasons and (is_class_lost or not skip):
        least = least_crop(draft.encoder for draft in drafts)
        advice = way_out(reasons, inspected.facts, crops, least)
        may_skip = not is_class_lost and len(reasons) < len(left)
        small = "the one that is too small" if len(reasons) == 1 else f"the {len(reasons)} that are too small"
        leave_out = f"; --on-error skip leaves out {small}" if may_skip else ""
        raise CropTooLarge(advice + leave_out)
    return reasons


def draft_protocol(name: str, crop: int, scale: float, **settings: Any) -> Protocol:
    """A variant's settings, but for the weights, which take time to find; raises ProtocolError."""
    encoder = find_encoder(name)
    settings["pooling"] = settings.get("pooling") or pooling_of(encoder)
    draft = Protocol(name, "", crop, scale, **settings | read_by(encoder))
    if crop < encoder.smallest and not encoder.fixed_input:
        raise ProtocolError(
            f"crop {crop} is too small for {name}, which needs {encoder.smallest} pixels; use larger --crops, or auto"
        )
    return draft


def network_facts(encoder: Encoder, pool: EncoderPool) -> dict:
    """What a cache file keeps about its network: facts, the digest, and where the weights came from.

    Who trained it under which licence is known of published files, and of weights whose digest is known.
    """
    path = pool.weights[encoder.name]
    origin = asdict(provenance(encoder, path)) if path else RANDOM
    return with_origin(asdict(encoder) | origin | {"digest": pool.digest(encoder.name)})


def choose_device(wanted: str, away: bool = False) -> str:
    """The device for auto, cpu or cuda; raises ProtocolError for a GPU that is not there.

    Machines away from here are not looked at: they have the GPU that is asked for by name, and none for auto.
    """
    if away:
        return "cuda" if wanted == "cuda" else "cpu"
    if wanted == "cuda" and not torch.cuda.is_available():
        raise ProtocolError("--device cuda: PyTorch sees no CUDA device here; use --device cpu")
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"
