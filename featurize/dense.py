"""The dense mode: a view is encoded once as a whole, and the crops are windows on its feature maps."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def turn_view(view: np.ndarray | Tensor, symmetry: int) -> Tensor:
    """The whole view in one of the 8 symmetries: counter-clockwise symmetry % 4 times, then mirrored if >= 4.

    view: (h, w, 3). Returns a contiguous tensor of the same device; `featurize.crops.take_crop` has the same rule.
    """
    turned = torch.rot90(torch.as_tensor(view), symmetry % 4, dims=(0, 1))
    return (turned.flip(1) if symmetry >= 4 else turned).contiguous()


def turn_boxes(boxes: np.ndarray, side: int, height: int, width: int, symmetry: int) -> np.ndarray:
    """Where boxes of an unturned view (height x width) lie in the turned one: (n, 2) of top, left.

    boxes: (n, 2 or more) of top, left; what follows is left aside, for the view is turned and not the crop.
    """
    top, left = boxes[:, 0], boxes[:, 1]
    for _ in range(symmetry % 4):
        top, left = width - left - side, top  # the right column becomes the top row
        height, width = width, height
    if symmetry >= 4:
        left = width - left - side
    return np.stack([top, left], axis=1)


def pool_windows(maps: Sequence[Tensor], corners: np.ndarray, side: int, height: int, width: int) -> Tensor:
    """Means of feature maps over the windows that crops cover, concatenated: (n, channels of all maps) float32.

    maps: (1, channel, row, column) each, of one view of height x width, as it was encoded; corners: (n, 2) of top,
    left in its pixels. A map is taken to span the whole view evenly; a cell counts by the share that is covered.
    """
    return torch.cat([_window_means(part[0].float(), corners, side, height, width) for part in maps], dim=1)


def _window_means(cells: Tensor, corners: np.ndarray, side: int, height: int, width: int) -> Tensor:
    """Area-weighted means of one map (channel, row, column) over all windows: (n, channel).

    Coverage is a product of rows and columns, so the sums are two matrix products. An integral image gives the same,
    but for VGG's large maps it takes float64 and eight times as long.
    """
    rows, columns = cells.shape[1:]
    down = _coverage(corners[:, 0], side, height, rows).to(cells)  # (n, row)
    across = _coverage(corners[:, 1], side, width, columns).to(cells)  # (n, column)
    sums = torch.einsum("crn,nr->nc", cells @ across.T, down)
    return sums / (down.sum(dim=1) * across.sum(dim=1))[:, None]


def _coverage(starts: np.ndarray, side: int, size: int, cells: int) -> Tensor:
    """How much of each of `cells` equal parts of `size` pixels each [start, start + side) covers: (n, cells)."""
    first = torch.as_tensor(starts, dtype=torch.float64)[:, None] * cells / size  # (n, 1), in cells
    last = first + side * cells / size
    edges = torch.arange(cells, dtype=torch.float64)
    return (torch.minimum(last, edges + 1) - torch.maximum(first, edges)).clamp(min=0)
