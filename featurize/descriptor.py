"""The line itself: normalised image, jittered views, their crops, the network's features, one pooled descriptor."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from cohort.samples import Sample
from featurize.encoders.inference import Engine
from featurize.pooling import pool_windows, power_mean
from featurize.protocol import Protocol
from featurize.store.store import Row
from featurize.views import Views, open_views
from imaging.crops import draw_boxes, turn_boxes
from imaging.read import read_image, rescale
from imaging.seeding import crop_rng, turn_rng, view_rng
from imaging.stain import Stain, draw_gains, fit_stain, normalise, optical_density

Work = tuple[Sample, list[Protocol]]


Normalised = dict[float, tuple[np.ndarray, Stain]]  # by scale: image (h, w, 3) uint8, and its stain


def normalised_images(work: Work) -> Normalised:
    """An image file, read once and normalised at each scale."""
    sample, protocols = work
    image = read_image(sample.path, sample.content)
    found = {}
    for scale in {protocol.scale for protocol in protocols}:
        rescaled = rescale(image, scale)
        density = optical_density(rescaled)
        stain = fit_stain(rescaled, density)
        found[scale] = normalise(rescaled, stain, density), stain
    return found


def ordered(protocols: Sequence[Protocol]) -> list[Protocol]:
    """Side by side what shares a scale, and within it a crop."""
    return sorted(protocols, key=lambda p: (p.scale, p.crop, p.crops, p.encoder))


def describe_scale(
    name: str,
    normalised: np.ndarray,
    stain: Stain,
    protocols: list[Protocol],
    engine: Engine,
    device: str,
    numbers: range,
) -> dict[str, Row]:
    """Rows of the variants of one scale from its normalised image (h, w, 3), with the views of these numbers."""
    first, (height, width) = protocols[0], normalised.shape[:2]
    gains = {view: draw_gains(view_rng(first.seed, name, view)) for view in numbers}  # (2,) each
    descriptors: dict[str, list[Tensor]] = {protocol.key: [] for protocol in protocols}
    boxes: dict[str, list[np.ndarray]] = {protocol.key: [] for protocol in protocols}
    views = open_views(normalised, device)
    describe = {"exact": _exact, "dense": _dense}[first.mode]
    for view in numbers:
        views.jitter(gains[view])
        drawn = [
            draw_boxes(crop_rng(p.seed, name, view, p.crop, p.scale), height, width, p.crop, p.crops) for p in protocols
        ]
        if first.mode == "dense":  # one symmetry for the whole view
            symmetry = turn_rng(first.seed, name, view, first.scale).integers(8)
            drawn = [np.column_stack([box[:, :2], np.full(len(box), symmetry)]).astype(np.int32) for box in drawn]
        for protocol, box, features in describe(views, list(zip(protocols, drawn, strict=True)), engine, device):
            descriptors[protocol.key].append(power_mean(features, protocol.power))
            boxes[protocol.key].append(box)
    status = np.array(stain.status, "S16")
    drawn_gains = np.stack(list(gains.values()))  # (view, 2)
    return {
        key: Row(torch.stack(rows).cpu().numpy(), drawn_gains, np.stack(boxes[key]), status, stain.matrix, stain.scale)
        for key, rows in descriptors.items()
    }


Drawn = list[tuple[Protocol, np.ndarray]]  # the boxes (crop, 3) of each protocol


def _exact(views: Views, drawn: Drawn, engine: Engine, device: str) -> Iterator[tuple[Protocol, np.ndarray, Tensor]]:
    """Features (crop, dim) of one view's crops, each encoded by itself; crops of a size are taken once."""
    for _, same in groupby(drawn, lambda pair: (pair[0].crop, pair[0].crops)):
        protocols, boxes = zip(*same, strict=True)
        crops = views.crops(boxes[0], protocols[0].crop)  # (crop, side, side, 3)
        for protocol in protocols:
            yield protocol, boxes[0], engine.runner(protocol, device).features(crops)


def _dense(views: Views, drawn: Drawn, engine: Engine, device: str) -> Iterator[tuple[Protocol, np.ndarray, Tensor]]:
    """Features (crop, dim) of one view's windows on the feature maps of the whole view, encoded once per network."""
    symmetry = int(drawn[0][1][0, 2])
    turned, upright = views.whole(symmetry), views.whole(0).shape  # (h, w, 3)
    for _, same in groupby(sorted(drawn, key=lambda pair: pair[0].encoder), lambda pair: pair[0].encoder):
        pairs = list(same)
        maps = engine.runner(pairs[0][0], device).maps(turned)
        for protocol, boxes in pairs:
            corners = turn_boxes(boxes, protocol.crop, upright[0], upright[1], symmetry)
            yield protocol, boxes, pool_windows(maps, corners, protocol.crop, turned.shape[0], turned.shape[1])
