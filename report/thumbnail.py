"""An image made small enough for a report."""

import io

import numpy as np
from PIL import Image

SIDE = 360  # pixels of the longer side: sharp at 180 on a screen of double density
QUALITY = 82


def thumbnail(image: np.ndarray, side: int = SIDE) -> bytes:
    """An RGB image, (h, w, 3) uint8, as the bytes of a JPEG file whose longer side has at most `side` pixels.

    The same image gives the same bytes. Raises ValueError for another kind of array.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise ValueError(f"a thumbnail is made from (h, w, 3) uint8; got {image.shape} {image.dtype}; convert it first")
    small = Image.fromarray(np.ascontiguousarray(image))
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    memory = io.BytesIO()
    small.save(memory, format="JPEG", quality=QUALITY, optimize=True)
    return memory.getvalue()
