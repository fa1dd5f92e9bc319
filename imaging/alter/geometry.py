"""The same tissue turned, or at another magnification; what lies beyond the borders is mirrored tissue."""

from math import ceil, hypot

import numpy as np
from PIL import Image

from imaging.read import resize


def rotate(image: np.ndarray, degrees: float) -> np.ndarray:
    """Turn (h, w, 3) uint8 counter-clockwise about its centre.

    By quarters no pixel changes, and one or three of them exchange height and width; else the size stays and pixels are
    interpolated (bicubic).
    """
    if degrees % 90 == 0:
        return np.ascontiguousarray(np.rot90(image, round(degrees / 90) % 4))
    height, width = image.shape[:2]
    margin = ceil((hypot(height, width) - min(height, width)) / 2) + 2
    turned = Image.fromarray(mirrored(image, margin, margin)).rotate(degrees, Image.Resampling.BICUBIC)
    return np.asarray(turned)[margin : margin + height, margin : margin + width]


def magnify(image: np.ndarray, factor: float) -> np.ndarray:
    """Show (h, w, 3) uint8 larger by a factor about its centre, or smaller, in the same size."""
    height, width = image.shape[:2]
    seen = cut_to(image, max(1, round(height / factor)), max(1, round(width / factor)))
    return resize(seen, height, width)


def cut_to(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """The middle of (h, w, 3) so many pixels high and wide, with mirrored tissue around it where it is smaller."""
    rows = max(0, ceil((height - image.shape[0]) / 2))
    columns = max(0, ceil((width - image.shape[1]) / 2))
    wide = mirrored(image, rows, columns)
    top, left = (wide.shape[0] - height) // 2, (wide.shape[1] - width) // 2
    return np.ascontiguousarray(wide[top : top + height, left : left + width])


def mirrored(image: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """(h, w, 3) with so many rows and columns of its mirror image around it."""
    return np.pad(image, ((rows, rows), (columns, columns), (0, 0)), mode="symmetric")
