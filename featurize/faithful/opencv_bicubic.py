"""Resampling as cv2.resize(..., INTER_CUBIC) does it: bicubic of four pixels whatever the scale, so not antialiased.

Keys 1981, "Cubic convolution interpolation for digital image processing", equation 4, with a = -0.75; pixels are
centred at halves; the border is repeated; weights are rounded to 2048ths, and the sums of the products to whole levels.
"""

import numpy as np

from imaging.read import rescaled_size

SHARPNESS = -0.75  # Keys' a
PARTS = 2048  # of one, to which a weight is rounded


def resample(image: np.ndarray, scale: float) -> np.ndarray:
    """Resample (h, w, 3) uint8 by a factor; scale 1 gives the image itself."""
    if scale == 1:
        return image
    height, width = rescaled_size(image.shape[0], image.shape[1], scale)
    across = _along_rows(image.astype(np.int32), width, scale)  # (h, width, 3)
    both = _along_rows(across.transpose(1, 0, 2), height, scale).transpose(1, 0, 2)  # (height, width, 3)
    levels = (both + PARTS**2 // 2) // PARTS**2
    return levels.clip(0, 255).astype(np.uint8)


def _along_rows(values: np.ndarray, size: int, scale: float) -> np.ndarray:
    """Sums of four columns of (rows, columns, 3) int32, weighted in 2048ths: (rows, size, 3) int32."""
    places = (np.arange(size) + 0.5) / scale - 0.5
    first = np.floor(places).astype(int) - 1
    sums = np.zeros((len(values), size, 3), np.int32)
    for step, weights in enumerate(_weights(places - np.floor(places))):
        columns = (first + step).clip(0, values.shape[1] - 1)
        sums += weights[:, None] * values[:, columns]
    return sums


def _weights(offsets: np.ndarray) -> np.ndarray:
    """The weights of the four pixels around places so far behind the second of them: (4, n) in 2048ths."""
    near, far = _near(offsets), _far(offsets + 1)
    near_after = _near(1 - offsets)
    last = 1 - near - far - near_after  # so that they sum to 1
    return np.rint(PARTS * np.stack([far, near, near_after, last])).astype(np.int32)


def _near(distance: np.ndarray) -> np.ndarray:
    """Keys' kernel for distances below 1."""
    return (SHARPNESS + 2) * distance**3 - (SHARPNESS + 3) * distance**2 + 1


def _far(distance: np.ndarray) -> np.ndarray:
    """Keys' kernel for distances from 1 to 2."""
    return SHARPNESS * (distance**3 - 5 * distance**2 + 8 * distance - 4)
