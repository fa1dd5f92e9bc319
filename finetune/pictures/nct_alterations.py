"""The alterations of the NCT-CRC-HE experiments (arXiv:2409.11546), on pixels in [0, 1], in their program's order."""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import correlate1d

NOISY, GAUSSIAN, UNIFORM = 0.3, (0.01, 0.2), (0.02, 0.15)  # share of images; deviation; half of the range
COLOURED, SHIFT, GAIN = 0.9, 0.15, (0.85, 1.15)  # share of images; of each channel
BLURRED = 0.3  # share of images
BELLS = {  # as OpenCV has them for a Gaussian blur by size alone
    1: (1.0,),
    3: (0.25, 0.5, 0.25),
    5: (0.0625, 0.25, 0.375, 0.25, 0.0625),
    7: (0.03125, 0.109375, 0.21875, 0.28125, 0.21875, 0.109375, 0.03125),
}
KERNELS = tuple(BELLS)


def nct(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each flip half of the time, noise, other colours, blur; clipped once, at the end, and back to 8 bits."""
    if rng.random() < 0.5:
        image = image[:, ::-1]
    if rng.random() < 0.5:
        image = image[::-1]
    altered = image.astype(np.float32) / 255
    steps: tuple[tuple[float, Callable[[np.ndarray, np.random.Generator], np.ndarray]], ...] = (
        (NOISY, noisy),
        (COLOURED, coloured),
        (BLURRED, blurred),
    )
    for share, step in steps:
        if rng.random() < share:
            altered = step(altered, rng)
    return (255 * altered.clip(0, 1)).round().astype(np.uint8)


def noisy(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise of a drawn deviation, or as often uniform noise of a drawn range."""
    if rng.random() < 0.5:
        deviation = rng.uniform(*GAUSSIAN)
        return image + np.float32(deviation) * rng.standard_normal(image.shape, np.float32)
    reach = rng.uniform(*UNIFORM)
    return image + np.float32(reach) * (2 * rng.random(image.shape, np.float32) - 1)


def coloured(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A shift, and then a gain, of each channel."""
    shift = rng.uniform(-SHIFT, SHIFT, 3).astype(np.float32)
    gain = rng.uniform(*GAIN, 3).astype(np.float32)
    return (image + shift) * gain


def blurred(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A Gaussian or a box of a size that is drawn for rows and for columns; mirrored at the borders."""
    is_box = rng.random() < 0.5
    sizes = rng.choice(KERNELS, 2).tolist()
    for axis, size in enumerate(sizes):
        weights = (1 / size,) * size if is_box else BELLS[size]
        if size > 1:
            image = correlate1d(image, weights, axis, mode="mirror")
    return image
