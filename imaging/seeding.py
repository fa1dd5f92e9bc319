"""Every draw has a generator of its own, made from what is drawn, so order and workers cannot change a result."""

from zlib import crc32

import numpy as np


def view_rng(seed: int, image: str, view: int) -> np.random.Generator:
    """The generator of one stain jitter; the same for all crop sizes, scales and encoders."""
    return np.random.default_rng([seed, crc32(image.encode()), view])


def crop_rng(seed: int, image: str, view: int, crop: int, scale: float) -> np.random.Generator:
    """The generator of one view's boxes and symmetries at one crop size and scale; the same for all encoders."""
    return np.random.default_rng([seed, crc32(image.encode()), view, crop, round(1000 * scale)])


def turn_rng(seed: int, image: str, view: int, scale: float) -> np.random.Generator:
    """The generator of the symmetry in which a whole view is encoded (dense mode); no crop has side 0."""
    return crop_rng(seed, image, view, 0, scale)
