"""The line of the published program: what its views start from, how they are made, and how they are drawn.

That program goes through all images again for each network and each size of crops, and draws anew each time; so no two
variants share a jitter or a crop.
"""

import numpy as np
import torch
from torch import Tensor

from featurize.faithful.opencv_bicubic import resample
from featurize.faithful.truncated_stain import exact_density, jitter_truncated, normalise_truncated
from featurize.protocol import Protocol
from featurize.views import CpuViews
from imaging.stain import Stain


def published_start(image: np.ndarray, scale: float) -> tuple[np.ndarray, Stain]:
    """An image (h, w, 3) uint8 resampled and normalised as that program does, and its stain."""
    return normalise_truncated(resample(image, scale))


def name_of_draws(image: str, protocol: Protocol) -> str:
    """What the views of an image are drawn by in place of its name: with the variant, so that each has its own.

    >>> name_of_draws("b001.tif", Protocol("keras_vgg16", "", crop=650, style="rakhlin2018"))
    'b001.tif keras_vgg16-650@0.5-faithful'
    """
    return f"{image} {protocol.variant}"


class PublishedViews(CpuViews):
    """Views whose jitter is the published one; made on the CPU, and given to the networks' device as crops."""

    def __init__(self, image: np.ndarray, device: str):
        super().__init__(image)
        self.exact = exact_density(image)  # (3, h*w)
        self.device = device

    def jitter(self, gains: np.ndarray, matrix: np.ndarray | None = None) -> None:
        """See Views; the stains are always those of Ruifrok & Johnston."""
        self.view = jitter_truncated(self.image, gains, self.exact)
        self.turns = []

    def crops(self, boxes: np.ndarray, side: int) -> Tensor:
        """See Views."""
        crops = super().crops(boxes, side)
        return crops if self.device == "cpu" else crops.to(torch.device(self.device))
