"""Alterations of training images; every draw comes from (seed, epoch, image), so order and workers change nothing."""

from collections.abc import Callable

import numpy as np

from finetune.pictures.affine import idc, pcam
from finetune.pictures.nct_alterations import nct
from imaging.alter.optics import blur
from imaging.alter.recompression import recompress
from imaging.crops import turn_view
from imaging.read import resize
from imaging.stain import draw_gains, jitter

Augmentation = Callable[[np.ndarray, np.random.Generator], np.ndarray]  # (side, side, 3) uint8 to the same

LEAST_SHARE = 0.7  # of an image's side in a crop that is enlarged again
BLURRED, MOST_BLUR = 0.3, 1.0  # share of the images; standard deviation in pixels
COMPRESSED, QUALITIES = 0.3, (50, 96)  # share of the images; from, and below


def histology(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """H and E in other amounts, a crop, one of the 8 symmetries, and now and then a light blur and a JPEG of it.

    Gains as in Rakhlin et al. 2018; the crop has 0.7 to 1 of the side.
    """
    image = jitter(image, draw_gains(rng))
    image = _crop(image, rng)
    image = turn_view(image, int(rng.integers(8))).numpy()
    if rng.random() < BLURRED:
        image = blur(image, float(rng.uniform(0.1, MOST_BLUR)))
    if rng.random() < COMPRESSED:
        image = recompress(image, int(rng.integers(*QUALITIES)))
    return image


def as_it_is(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """No alteration."""
    return image


AUGMENTATIONS: dict[str, Augmentation] = {
    "histology": histology,
    "idc": idc,
    "nct": nct,
    "pcam": pcam,
    "none": as_it_is,
}


def _crop(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    side = image.shape[0]
    part = round(side * rng.uniform(LEAST_SHARE, 1))
    top, left = rng.integers(0, side - part + 1, 2)
    return np.array(resize(image[top : top + part, left : left + part], side, side))  # torch wants it writable
