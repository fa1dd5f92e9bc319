"""The line itself: image, jittered views, their crops, the network's features, one pooled descriptor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from cohort.samples import DatasetError, Sample
from featurize.encoders.encoder_pool import EncoderPool
from featurize.faithful.published_line import PublishedViews, name_of_draws, published_start
from featurize.pooling import pool_crops, pool_windows
from featurize.protocol import RAKHLIN, WHOLE, Protocol
from featurize.resizing import resize_crops, resize_square
from featurize.store.row import Row
from featurize.views import Views, open_views
from imaging.crops import draw_boxes, turn_boxes
from imaging.read import content_of, read_image, rescale
from imaging.seeding import crop_rng, turn_rng, view_rng
from imaging.stain import OK, Stain, draw_gains, fit_stain, normalise, optical_density

Work = tuple[Sample, list[Protocol]]
Drawn = list[tuple[Protocol, np.ndarray]]  # the boxes (crop, 3) of each protocol in one view
Described = Iterator[tuple[Protocol, Tensor]]  # features (crop, dim) of one view under each protocol
Start = tuple[float, str, str]  # scale, stain and style: what the views of a protocol start from


@dataclass(frozen=True, eq=False)
class Prepared:
    """An image file, read once, in every form that some protocols start from."""

    starts: dict[Start, tuple[np.ndarray, Stain]]  # image (h, w, 3) uint8, normalised or not, and its stain
    squares: dict[tuple[int, str], np.ndarray]  # by side and interpolation: the image as it is, (side, side, 3) uint8

    @property
    def status(self) -> str:
        """Of its stain, at all scales: ok, little tissue, degenerate."""
        return ", ".join(sorted({stain.status for _, stain in self.starts.values()}))

    def start(self, protocol: Protocol) -> tuple[np.ndarray, Stain]:
        """The image (h, w, 3) uint8 that a protocol's views start from, and its stain."""
        return self.starts[start_of(protocol)]


def start_of(protocol: Protocol) -> Start:
    """What the protocols that start from one image have in common."""
    return protocol.scale, protocol.stain, protocol.style


def drawn_together(protocol: Protocol) -> tuple[float, str, str, str]:
    """What protocols have in common whose views are the same; in the paper's program no two variants share a view."""
    own = protocol.variant if protocol.style == RAKHLIN else ""
    return (*start_of(protocol), own)


def prepare(work: Work) -> Prepared:
    """Read an image file, once, normalise it at each scale and resize it to each side.

    Raises ImageError, and DatasetError for a file that is another than the one that was checked.
    """
    sample, protocols = work
    return prepare_image(_checked_image(sample), protocols)


def prepare_image(image: np.ndarray, protocols: Sequence[Protocol]) -> Prepared:
    """Normalise an image (h, w, 3) uint8 at each scale and resize it to each side."""
    starts: dict[Start, tuple[np.ndarray, Stain]] = {}
    squares: dict[tuple[int, str], np.ndarray] = {}
    for protocol in protocols:
        if protocol.mode == WHOLE:
            place = protocol.crop, protocol.interpolation
            if place not in squares:
                squares[place] = resize_square(image, *place)
        elif start_of(protocol) not in starts:
            starts[start_of(protocol)] = _start(image, protocol)
    return Prepared(starts, squares)


def _start(image: np.ndarray, protocol: Protocol) -> tuple[np.ndarray, Stain]:
    """An image (h, w, 3) uint8 rescaled and, if the protocol says so, normalised; and its stain as it was."""
    if protocol.style == RAKHLIN:
        return published_start(image, protocol.scale)
    rescaled = rescale(image, protocol.scale)
    density = optical_density(rescaled)
    stain = fit_stain(rescaled, density)
    if protocol.stain == "none":
        return rescaled, stain
    return normalise(rescaled, stain, density), stain


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


def describe_image(
    name: str, prepared: Prepared, protocols: Sequence[Protocol], pool: EncoderPool, numbers: range | None = None
) -> dict[str, Row]:
    """Rows by key of the protocols, of the views of these numbers; None: of all views of each protocol."""
    rows: dict[str, Row] = {}
    for protocol in protocols:
        if protocol.mode == WHOLE:
            square = prepared.squares[protocol.crop, protocol.interpolation]
            rows[protocol.key] = describe_whole(square, protocol, pool)
    drawn = [protocol for protocol in protocols if protocol.mode != WHOLE]
    side_by_side = sorted(drawn, key=lambda p: (drawn_together(p), p.crop, p.crops, p.encoder))
    for _, same in groupby(side_by_side, drawn_together):
        of_start = list(same)
        first = of_start[0]
        views = range(first.views) if numbers is None else numbers
        drawn_by = name_of_draws(name, first) if first.style == RAKHLIN else name
        rows |= describe_start(drawn_by, *prepared.start(first), of_start, pool, views)
    return rows


def describe_whole(square: np.ndarray, protocol: Protocol, pool: EncoderPool) -> Row:
    """The row of a whole image (side, side, 3), encoded as it is; nothing is drawn, and no stain is looked for."""
    with pool.lend(protocol) as runner:
        features = runner.features(torch.tensor(square[None], device=pool.place))  # (1, dim)
    return Row(
        descriptors=pool_crops(features, protocol)[None].cpu().numpy(),
        gains=np.ones((1, 2)),
        boxes=np.zeros((1, 1, 3), np.int32),
        stain_status=np.array("", "S16"),
        stain_matrix=np.zeros((3, 2)),
        stain_scale=np.zeros(2),
    )


def describe_start(
    name: str, image: np.ndarray, stain: Stain, protocols: list[Protocol], pool: EncoderPool, numbers: range
) -> dict[str, Row]:
    """Rows by key of protocols that start from one image (h, w, 3), with the views of these numbers.

    A normalised image is jittered along the stains of Ruifrok & Johnston; one that is not, along its own. Where its
    own cannot be told apart, it stays as it is, and so do all its gains: 1.
    """
    first = protocols[0]
    height, width = image.shape[:2]
    describe_view = {"exact": _exact, "dense": _dense}[first.mode]
    is_normalised = first.stain != "none"
    is_jittered = is_normalised or stain.status == OK
    matrix = None if is_normalised or not is_jittered else stain.matrix
    views = PublishedViews(image, pool.place) if first.style == RAKHLIN else open_views(image, pool.place)
    gains: list[np.ndarray] = []  # (2,) of each view
    boxes: dict[str, list[np.ndarray]] = {protocol.key: [] for protocol in protocols}  # (crop, 3) of each view
    descriptors: dict[str, list[Tensor]] = {protocol.key: [] for protocol in protocols}  # (dim,) of each view
    for number in numbers:
        gains_of_view = draw_gains(view_rng(first.seed, name, number)) if is_jittered else np.ones(2)
        gains.append(gains_of_view)
        views.jitter(gains_of_view, matrix)
        drawn = draw_view(name, number, protocols, height, width)
        for protocol, boxes_of_view in drawn:
            boxes[protocol.key].append(boxes_of_view)
        for protocol, features in describe_view(views, drawn, pool):
            pooled = pool_crops(features, protocol)  # (dim,), or (2 * dim,)
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
        resized = {(0, ""): crops}  # by side and interpolation
        for protocol, _ in pairs:
            form = (protocol.input, protocol.interpolation) if protocol.input else (0, "")
            if form not in resized:
                resized[form] = resize_crops(crops, *form)
            with pool.lend(protocol) as runner:
                features = runner.features(resized[form])
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
