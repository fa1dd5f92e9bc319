"""What a microscope and its camera do to an image: defocus, noise, lost resolution."""

import numpy as np
from scipy.ndimage import gaussian_filter

from imaging.alter.light import to_uint8
from imaging.read import rescale, resize


def blur(image: np.ndarray, deviation: float) -> np.ndarray:
    """Gaussian blur of (h, w, 3) uint8 by a standard deviation in pixels, mirrored at the borders."""
    if deviation == 0:
        return image
    blurred = gaussian_filter(image.astype(np.float32), (deviation, deviation, 0), mode="reflect")
    return to_uint8(blurred)


def noise(image: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise on (h, w, 3) uint8, of a standard deviation in grey levels, independent in pixels and channels."""
    drawn = rng.standard_normal(image.shape, dtype=np.float32)
    return to_uint8(image + np.float32(deviation) * drawn)


def resolution(image: np.ndarray, factor: float) -> np.ndarray:
    """Resample (h, w, 3) uint8 by a factor and back to its own size: below 1, detail is lost; above, next to none."""
    height, width = image.shape[:2]
    return resize(rescale(image, factor), height, width)
