"""The views of one image: jittered, cropped and turned, on the CPU or on the device of the networks."""

from functools import lru_cache
from typing import Protocol as Interface

import numpy as np
import torch
from torch import Tensor

from imaging.crops import take_crops, turn, turn_view
from imaging.stain import DENSITY, WHITE, jitter, jitter_mixing, optical_density


class Views(Interface):
    """One view at a time of an image."""

    def jitter(self, gains: np.ndarray, matrix: np.ndarray | None = None) -> None:
        """Go to the view with these gains (2,) of H and E, which are the stains (3, 2), or see imaging.stain.jitter."""

    def crops(self, boxes: np.ndarray, side: int) -> Tensor:
        """Crops of the view at boxes (n, 3), turned: (n, side, side, 3) uint8."""

    def whole(self, symmetry: int) -> Tensor:
        """The whole view in one of the 8 symmetries: (h, w, 3) uint8, or (w, h, 3)."""


def open_views(image: np.ndarray, device: str) -> Views:
    """The views of an image (h, w, 3) uint8; on a GPU it is uploaded once and all else happens there."""
    return CpuViews(image) if device == "cpu" else DeviceViews(image, torch.device(device))


class CpuViews:
    """With numpy, sharing the image's densities between the views."""

    def __init__(self, image: np.ndarray):
        self.image = image  # (h, w, 3)
        self.density = optical_density(image)  # (3, h*w)
        self.view = image
        self.turns: list[np.ndarray] = []  # of this view, once crops are asked for
        self.out: dict[tuple[int, int], np.ndarray] = {}  # crops of each count and side, to be written over

    def jitter(self, gains: np.ndarray, matrix: np.ndarray | None = None) -> None:
        """See Views."""
        self.view = jitter(self.image, gains, self.density, matrix)
        self.turns = []

    def crops(self, boxes: np.ndarray, side: int) -> Tensor:
        """See Views; the crops of the next view take the place of these."""
        self.turns = self.turns or turn(self.view)
        place = len(boxes), side
        self.out[place] = take_crops(self.turns, boxes, side, self.out.get(place))
        return torch.from_numpy(self.out[place])

    def whole(self, symmetry: int) -> Tensor:
        """See Views."""
        return turn_view(self.view, symmetry)


class DeviceViews:
    """With torch on any device; the same to one grey level."""

    def __init__(self, image: np.ndarray, device: torch.device):
        self.shape = image.shape
        table = torch.tensor(DENSITY, dtype=torch.float32, device=device)  # (256,)
        pixels = torch.tensor(image, device=device).reshape(-1, 3)
        self.density = table[pixels.T.long()]  # (3, h*w)
        self.view = pixels.reshape(self.shape)

    def jitter(self, gains: np.ndarray, matrix: np.ndarray | None = None) -> None:
        """See Views."""
        mixing = torch.tensor(jitter_mixing(gains, matrix), dtype=torch.float32, device=self.density.device)
        # sums of three products, not a matrix product: that would round to 10 bits where TF32 is on
        absorbed = (mixing[:, :, None] * self.density).sum(dim=1)  # (3, h*w)
        light = (WHITE * torch.exp(-absorbed) - 1).round().clamp(0, 255)
        self.view = light.to(torch.uint8).T.reshape(self.shape)

    def crops(self, boxes: np.ndarray, side: int) -> Tensor:
        """See Views; one gather for all crops, turning included."""
        width = self.shape[1]
        top, left, symmetry = torch.from_numpy(boxes.astype(np.int64)).to(self.view.device).T  # (n,) each
        inside = _turned_grid(side, width, self.view.device)[symmetry]  # (n, side, side)
        corners = top * width + left  # (n,)
        places = corners[:, None, None] + inside
        return self.view.reshape(-1, 3)[places]

    def whole(self, symmetry: int) -> Tensor:
        """See Views."""
        return turn_view(self.view, symmetry)


@lru_cache(maxsize=4)
def _turned_grid(side: int, width: int, device: torch.device) -> Tensor:
    """For each symmetry, where a turned crop's pixels lie in its image, from its corner on: (8, side, side)."""
    steps = torch.arange(side, device=device)
    grid = steps[:, None] * width + steps  # (side, side)
    turned = [torch.rot90(grid, quarters, (0, 1)) for quarters in range(4)]
    mirrored = [square.flip(1) for square in turned]
    return torch.stack([*turned, *mirrored])
