"""Alterations of training images; every draw comes from (seed, epoch, image), so order and workers change nothing."""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import affine_transform

from imaging.alter.optics import blur
from imaging.alter.recompression import recompress
from imaging.crops import turn_view
from imaging.read import resize
from imaging.stain import draw_gains, jitter

Augmentation = Callable[[np.ndarray, np.random.Generator], np.ndarray]  # (side, side, 3) uint8 to the same

LEAST_SHARE = 0.7  # of an image's side in a crop that is enlarged again
BLURRED, MOST_BLUR = 0.3, 1.0  # share of the images; standard deviation in pixels
COMPRESSED, QUALITIES = 0.3, (50, 96)  # share of the images; from, and below
ROTATION, ZOOM, SHIFT, SHEAR = 20.0, 0.05, 0.1, 0.05  # degrees, share, share, degrees: Keras' ImageDataGenerator


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


def idc(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As the IDC document: rotation 20, zoom .05, shifts .1, shear .05, both flips, the nearest pixel outside.

    Keras' ImageDataGenerator composes rotation, shift, shear and zoom into one map about the centre (its shear is in
    degrees) and interpolates bilinearly.
    """
    side = image.shape[0]
    angle, shear = np.radians([rng.uniform(-ROTATION, ROTATION), rng.uniform(-SHEAR, SHEAR)])
    down, right = rng.uniform(-SHIFT, SHIFT, 2) * side
    zoom = rng.uniform(1 - ZOOM, 1 + ZOOM, 2)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    sheared = np.array([[1, -np.sin(shear)], [0, np.cos(shear)]])
    matrix = turned @ sheared @ np.diag(zoom)
    centre = np.array([side - 1, side - 1]) / 2
    offset = centre - matrix @ centre + turned @ [down, right]
    moved = np.empty_like(image)
    for channel in range(3):
        moved[..., channel] = affine_transform(image[..., channel], matrix, offset, order=1, mode="nearest")
    if rng.random() < 0.5:
        moved = moved[:, ::-1]
    if rng.random() < 0.5:
        moved = moved[::-1]
    return np.ascontiguousarray(moved)


def as_it_is(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """No alteration."""
    return image


AUGMENTATIONS: dict[str, Augmentation] = {"histology": histology, "idc": idc, "none": as_it_is}


def _crop(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    side = image.shape[0]
    part = round(side * rng.uniform(LEAST_SHARE, 1))
    top, left = rng.integers(0, side - part + 1, 2)
    return np.array(resize(image[top : top + part, left : left + part], side, side))  # torch wants it writable
