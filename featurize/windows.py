"""Windows of an image, each described by itself: a descriptor of one crop where others pool the crops of a view.

Windows are crops of the protocol's size on a regular grid, upright, of the image as the views start from it, with both
stains as they are (gains of 1). In the dense mode they are windows on the feature maps of the whole upright image, as
crops are there.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from featurize.descriptor import Prepared
from featurize.encoders.encoder_pool import EncoderPool
from featurize.faithful.published_line import PublishedViews
from featurize.pooling import pool_crops, pool_windows
from featurize.protocol import MEAN_AND_STD, RAKHLIN, WHOLE, Protocol, ProtocolError
from featurize.resizing import resize_crops

OVERLAPS = (4, 2, 1)  # windows that cover a point along one axis: the first that does not make too many
MANY, MOST_WINDOWS = 512, 20_000  # of one variant in one image: what is enough, and what is refused
AT_ONCE = 16  # crops that are cut and encoded


def why_no_windows(protocol: Protocol) -> str:
    """Why a window by itself cannot be described as the protocol's views are; "" where it can."""
    if protocol.mode == WHOLE:
        return f"{protocol.variant} describes the image as a whole"
    if protocol.pooling == MEAN_AND_STD and protocol.crops > 1:
        return f"{protocol.variant} is described by how its crops deviate from each other too, and a window is alone"
    return ""


def window_corners(height: int, width: int, crop: int) -> np.ndarray:
    """Top and left of evenly spaced windows that cover an image together, (window, 2) int64, rows first.

    They overlap so that at least four, or two, cover a point along each axis, unless that makes too many. Raises
    ProtocolError where the image has no room for one, or for more windows than anybody can wait for.
    """
    if crop > min(height, width):
        raise ProtocolError(f"no window of {crop} fits {width} x {height} pixels; give a larger image")
    for overlap in OVERLAPS:
        starts = [_starts(length, crop, overlap) for length in (height, width)]
        count = len(starts[0]) * len(starts[1])
        if count <= MANY:
            break
    if count > MOST_WINDOWS:
        raise ProtocolError(
            f"{width} x {height} pixels have {count:,} windows of {crop}, more than {MOST_WINDOWS:,}; cut the image"
        )
    top, left = np.meshgrid(*starts, indexing="ij")
    return np.stack([top.ravel(), left.ravel()], axis=1)


def _starts(length: int, crop: int, overlap: int) -> np.ndarray:
    """Where windows begin along one axis, from the first pixel to the last that leaves room for one."""
    room = length - crop
    steps = -(-room * overlap // crop)  # rounded up
    return np.linspace(0, room, steps + 1).round().astype(np.int64)


def describe_windows(
    prepared: Prepared, protocol: Protocol, pool: EncoderPool, corners: np.ndarray
) -> Iterator[np.ndarray]:
    """Descriptors (part, dim) float32 of the windows with these corners (window, 2), some at a time in their order."""
    view = upright_view(prepared.start(protocol)[0], protocol, pool.place)
    if protocol.mode == "dense":
        with pool.lend(protocol) as runner:
            maps = runner.maps(view)
        height, width = view.shape[:2]
        for part in _parts(corners):
            yield _each_pooled(pool_windows(maps, part, protocol.crop, height, width), protocol)
        return
    for part in _parts(corners):
        crops = cut(view, part, protocol.crop)  # (part, side, side, 3)
        if protocol.input:
            crops = resize_crops(crops, protocol.input, protocol.interpolation)
        with pool.lend(protocol) as runner:
            features = runner.features(crops)  # (part, dim)
        yield _each_pooled(features, protocol)


def upright_view(image: np.ndarray, protocol: Protocol, place: str) -> Tensor:
    """The view of an image (h, w, 3) uint8 whose stains are as they are and which is not turned, on a device."""
    if protocol.style == RAKHLIN:  # that program's jitter truncates, whatever the gains
        views = PublishedViews(image, "cpu")
        views.jitter(np.ones(2))
        return views.whole(0).to(place)
    return torch.tensor(image, device=place)


def cut(view: Tensor, corners: np.ndarray, side: int) -> Tensor:
    """Squares of a view (h, w, 3) with these corners (part, 2): (part, side, side, 3)."""
    return torch.stack([view[top : top + side, left : left + side] for top, left in corners.tolist()])


def _parts(corners: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(corners), AT_ONCE):
        yield corners[start : start + AT_ONCE]


def _each_pooled(features: Tensor, protocol: Protocol) -> np.ndarray:
    """The descriptor of each window, of whose view it is the only crop: (part, dim) to (part, dim)."""
    pooled = [pool_crops(of_window[None], protocol) for of_window in features]
    return torch.stack(pooled).cpu().numpy()
