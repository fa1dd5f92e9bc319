"""From features to a descriptor: pooled over the crops of a view, and the crops as windows on a whole view's maps."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from featurize.protocol import MEAN, MEAN_AND_STD, THIRD_NORM, Protocol


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


def pool_crops(features: Tensor, protocol: Protocol) -> Tensor:
    """A view's descriptor by the protocol's pooling: (crop, dim) to (dim,) float32, or (2 * dim,)."""
    return {THIRD_NORM: _third_norm, MEAN: _mean, MEAN_AND_STD: _mean_and_std}[protocol.pooling](features, protocol)


def _third_norm(features: Tensor, protocol: Protocol) -> Tensor:
    return power_mean(features, protocol.power)


def _mean(features: Tensor, _: Protocol) -> Tensor:
    return features.double().mean(dim=0).float()


def _mean_and_std(features: Tensor, _: Protocol) -> Tensor:
    """The means, then the deviations of a population, which are 0 for a single crop."""
    std, mean = torch.std_mean(features.double(), dim=0, correction=0)
    return torch.cat([mean, std]).float()


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
