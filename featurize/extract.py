"""From an image file to the rows of all its variants; what variants share is done once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from joblib import Parallel, delayed
from torch import nn

from featurize.chance import crop_rng, view_rng
from featurize.crops import draw_boxes, take_crops
from featurize.dataset import Sample
from featurize.encoders import encode, find_encoder, one_thread
from featurize.image import read_image, rescale
from featurize.pool import power_mean
from featurize.protocol import Protocol
from featurize.stain import Stain, draw_gains, fit_stain, jitter, normalise
from featurize.store import Row, Store
from featurize.weights import WeightsError, load_network, weights_digest


@dataclass(frozen=True)
class Engine:
    """Where encoders run and what they are made of."""

    weights: Mapping[str, Path | None]  # by encoder; None for random weights
    device: str = "cpu"


@dataclass(frozen=True)
class Described:
    """One image whose rows are safely written."""

    image: str
    status: str  # of its stain: ok, little tissue, degenerate
    seconds: float  # that a worker spent on it


def extract(samples: Sequence[Sample], stores: Sequence[Store], engine: Engine, jobs: int) -> Iterator[Described]:
    """Fill the stores with what they lack of these images; yields each image as its rows are on the disk.

    Workers describe whole images, one thread each, and send arrays; this process alone writes. The stores' protocols
    must agree in seed and views.
    """
    if len({(store.protocol.seed, store.protocol.views) for store in stores}) > 1:
        raise ValueError("stores that are filled together must share their seed and number of views")
    work = pending(samples, stores)
    tasks = (delayed(describe_image)(sample, [store.protocol for store in lacking], engine) for sample, lacking in work)
    by_key = {store.protocol.key: store for store in stores}
    for name, rows, seconds in Parallel(jobs, return_as="generator_unordered")(tasks):
        for key, row in rows.items():
            by_key[key].write(name, row)
        statuses = {row.stain_status.item().decode() for row in rows.values()}  # one for each scale
        yield Described(name, ", ".join(sorted(statuses)), seconds)


def pending(samples: Sequence[Sample], stores: Sequence[Store]) -> list[tuple[Sample, list[Store]]]:
    """The images that lack a row somewhere, with the stores that lack it."""
    done = {store.protocol.key: store.done for store in stores}
    lacking = [
        (sample, [store for store in stores if not done[store.protocol.key][store.rows[sample.name]]])
        for sample in samples
    ]
    return [(sample, where) for sample, where in lacking if where]


@one_thread()  # workers are the parallelism
def describe_image(sample: Sample, protocols: Sequence[Protocol], engine: Engine) -> tuple[str, dict[str, Row], float]:
    """All rows of one image by protocol key, and the seconds they took.

    Read once, normalised once per scale, jittered once per view, cropped once per size.
    """
    started = perf_counter()
    image = read_image(sample.path)
    rows: dict[str, Row] = {}
    for scale, of_scale in groupby(sorted(protocols, key=lambda p: (p.scale, p.crop)), lambda p: p.scale):
        rescaled = rescale(image, scale)
        stain = fit_stain(rescaled)
        rows |= _describe_scale(sample.name, normalise(rescaled, stain), stain, list(of_scale), engine)
    return sample.name, rows, perf_counter() - started


def _describe_scale(
    name: str, normalised: np.ndarray, stain: Stain, protocols: list[Protocol], engine: Engine
) -> dict[str, Row]:
    """Rows of the variants of one scale from its normalised image (h, w, 3)."""
    first, (height, width) = protocols[0], normalised.shape[:2]
    gains = np.stack([draw_gains(view_rng(first.seed, name, view)) for view in range(first.views)])  # (view, 2)
    descriptors: dict[str, list[np.ndarray]] = {protocol.key: [] for protocol in protocols}
    boxes: dict[str, list[np.ndarray]] = {protocol.key: [] for protocol in protocols}
    for view in range(first.views):
        jittered = jitter(normalised, gains[view])
        for (crop, count), same_crops in groupby(protocols, lambda p: (p.crop, p.crops)):
            rng = crop_rng(first.seed, name, view, crop, first.scale)
            drawn = draw_boxes(rng, height, width, crop, count)  # (crop, 3)
            crops = take_crops(jittered, drawn, crop)  # (crop, side, side, 3)
            for protocol in same_crops:
                path = engine.weights[protocol.encoder]
                network = _network(protocol.encoder, path, protocol.weights, engine.device)
                encoder, device = find_encoder(protocol.encoder), torch.device(engine.device)
                features = encode(network, encoder, crops, device)  # (crop, dim)
                descriptors[protocol.key].append(power_mean(features, protocol.power))
                boxes[protocol.key].append(drawn)
    status = np.array(stain.status, "S16")
    return {
        key: Row(np.stack(descriptors[key]), gains, np.stack(boxes[key]), status, stain.matrix, stain.scale)
        for key in descriptors
    }


@lru_cache
def _network(encoder: str, path: Path | None, digest: str, device: str) -> nn.Module:
    """A worker's copy of a network, loaded once; raises WeightsError unless it is the one of the protocol."""
    network = load_network(find_encoder(encoder), path)
    if weights_digest(network) != digest:
        raise WeightsError(f"the weights of {encoder} have changed since the work began ({path}); start extract again")
    if device == "cuda":
        torch.backends.cudnn.allow_tf32 = False  # else convolutions round float32 to 10 bits
    return network.to(device)
