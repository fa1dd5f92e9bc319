"""From features to a descriptor: the mean over the crops of a view, and the crops as windows on a whole view's maps."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


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


def power_mean(features: Tensor, power: float = 3.0) -> Tensor:
    """Generalised mean over the crops: (crop, dim) to (dim,) float32.

    (mean of x^p)^(1/p), Rakhlin et al. 2018, section 3.2; signed, so that negative features keep their sign:
    mean of sign(x)|x|^p, then the same root of its size. Powers are summed in float64, on whatever device.

    >>> import torch
    >>> power_mean(torch.tensor([[0.0], [2.0]]), power=1)
    tensor([1.])
    """
    values = features.double()
    mean = (values.sign() * values.abs() ** power).mean(dim=0)
    return (mean.sign() * mean.abs() ** (1 / power)).float()
