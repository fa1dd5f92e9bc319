"""The line itself: normalised image, jittered views, their crops, the network's features, one pooled descriptor."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from cohort.samples import DatasetError, Sample
from featurize.encoders.encoder_pool import EncoderPool
from featurize.pooling import pool_windows, power_mean
from featurize.protocol import Protocol
from featurize.store.row import Row
from featurize.views import Views, open_views
from imaging.crops import draw_boxes, turn_boxes
from imaging.read import content_of, read_image, rescale
from imaging.seeding import crop_rng, turn_rng, view_rng
from imaging.stain import Stain, draw_gains, fit_stain, normalise, optical_density

Work = tuple[Sample, list[Protocol]]
Normalised = dict[float, tuple[np.ndarray, Stain]]  # by scale: image (h, w, 3) uint8, and its stain
Drawn = list[tuple[Protocol, np.ndarray]]  # the boxes (crop, 3) of each protocol in one view
Described = Iterator[tuple[Protocol, Tensor]]  # features (crop, dim) of one view under each protocol


def normalised_images(work: Work) -> Normalised:
    """An image file, read once and normalised at each scale.

    Raises ImageError, and DatasetError for a file that is another than the one that was checked.
    """
    sample, protocols = work
    return normalised_at(_checked_image(sample), {protocol.scale for protocol in protocols})


def normalised_at(image: np.ndarray, scales: Iterable[float]) -> Normalised:
    """An image (h, w, 3) uint8 resampled and normalised at each scale."""
    return {scale: _normalised(rescale(image, scale)) for scale in scales}


def _checked_image(sample: Sample) -> np.ndarray:
    """The pixels (h, w, 3) of the file that was checked."""
    if sample.content:
        return _image_of(sample, sample.content)
    with content_of(sample.path) as content:
        return _image_of(sample, content)


def _image_of(sample: Sample, content: bytes) -> np.ndarray:
    if sample.sha256 and sha256(content).hexdigest() != sample.sha256:
        raise DatasetError(f"{sample.name} has changed since the run began; leave the images alone and run it again")
    return read_image(sample.path, content)


def _normalised(image: np.ndarray) -> tuple[np.ndarray, Stain]:
    density = optical_density(image)
    stain = fit_stain(image, density)
    return normalise(image, stain, density), stain


def ordered(protocols: Sequence[Protocol]) -> list[Protocol]:
    """Side by side what shares a scale, and within it a crop."""
    return sorted(protocols, key=lambda p: (p.scale, p.crop, p.crops, p.encoder))


def describe_scale(
    name: str, normalised: np.ndarray, stain: Stain, protocols: list[Protocol], pool: EncoderPool, numbers: range
) -> dict[str, Row]:
    """Rows by key of the protocols of one scale, from its normalised image (h, w, 3) and the views of these numbers."""
    first = protocols[0]
    height, width = normalised.shape[:2]
    describe_view = {"exact": _exact, "dense": _dense}[first.mode]
    views = open_views(normalised, pool.place)
    gains: list[np.ndarray] = []  # (2,) of each view
    boxes: dict[str, list[np.ndarray]] = {protocol.key: [] for protocol in protocols}  # (crop, 3) of each view
    descriptors: dict[str, list[Tensor]] = {protocol.key: [] for protocol in protocols}  # (dim,) of each view
    for number in numbers:
        gains_of_view = draw_gains(view_rng(first.seed, name, number))
        gains.append(gains_of_view)
        views.jitter(gains_of_view)
        drawn = draw_view(name, number, protocols, height, width)
        for protocol, boxes_of_view in drawn:
            boxes[protocol.key].append(boxes_of_view)
        for protocol, features in describe_view(views, drawn, pool):
            pooled = power_mean(features, protocol.power)  # (dim,)
            descriptors[protocol.key].append(pooled)
    rows = {}
    for protocol in protocols:
        key = protocol.key
        rows[key] = Row(
            descriptors=torch.stack(descriptors[key]).cpu().numpy(),
            gains=np.stack(gains),
            boxes=np.stack(boxes[key]),
            stain_status=np.array(stain.status, "S16"),
            stain_matrix=stain.matrix,
            stain_scale=stain.scale,
        )
    return rows


def draw_view(name: str, number: int, protocols: list[Protocol], height: int, width: int) -> Drawn:
    """The boxes of one view of an image (height x width); in the dense mode the whole view has one symmetry."""
    drawn = []
    for protocol in protocols:
        rng = crop_rng(protocol.seed, name, number, protocol.crop, protocol.scale)
        boxes = draw_boxes(rng, height, width, protocol.crop, protocol.crops)
        if protocol.mode == "dense":
            rng = turn_rng(protocol.seed, name, number, protocol.scale)
            boxes[:, 2] = rng.integers(8)
        drawn.append((protocol, boxes))
    return drawn


def _exact(views: Views, drawn: Drawn, pool: EncoderPool) -> Described:
    """Each crop of a view is encoded by itself; the crops of a size, whose boxes are the same, are taken once."""
    for (side, _), same_size in groupby(drawn, lambda pair: (pair[0].crop, pair[0].crops)):
        pairs = list(same_size)
        boxes = pairs[0][1]
        crops = views.crops(boxes, side)  # (crop, side, side, 3)
        for protocol, _ in pairs:
            with pool.lend(protocol) as runner:
                features = runner.features(crops)
            yield protocol, features


def _dense(views: Views, drawn: Drawn, pool: EncoderPool) -> Described:
    """The whole view is encoded once for each network, and the crops are windows on its feature maps."""
    symmetry = int(drawn[0][1][0, 2])
    upright = views.whole(0)  # (h, w, 3)
    turned = views.whole(symmetry)  # (h, w, 3) or (w, h, 3)
    by_encoder = sorted(drawn, key=lambda pair: pair[0].encoder)
    for _, same_encoder in groupby(by_encoder, lambda pair: pair[0].encoder):
        pairs = list(same_encoder)
        with pool.lend(pairs[0][0]) as runner:
            maps = runner.maps(turned)
        for protocol, boxes in pairs:
            corners = turn_boxes(boxes, protocol.crop, upright.shape[0], upright.shape[1], symmetry)
            yield protocol, pool_windows(maps, corners, protocol.crop, turned.shape[0], turned.shape[1])
