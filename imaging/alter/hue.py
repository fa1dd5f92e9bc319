"""Hue, saturation and value on OpenCV's scale for 8 bits, in which robustness to hue has been published.

Hue is half of the degrees, 0..179; saturation and value are 0..255 (Smith 1978, SIGGRAPH '78:12; the scale as OpenCV's
documentation of cvtColor gives it). The same to one grey level.
"""

import numpy as np

HUES = 180  # of the scale, a full turn


def to_hsv(image: np.ndarray) -> np.ndarray:
    """Hue, saturation and value (h, w, 3) uint8 of (h, w, 3) uint8 RGB; grey has hue 0."""
    red, green, blue = np.moveaxis(image.astype(np.int32), 2, 0)  # (h, w) each
    value = np.maximum(np.maximum(red, green), blue)  # (h, w)
    spread = value - np.minimum(np.minimum(red, green), blue)  # (h, w)
    is_red = value == red
    is_green = ~is_red & (value == green)
    past_green = blue - red + 2 * spread
    past_blue = red - green + 4 * spread
    turned = np.where(is_red, green - blue, np.where(is_green, past_green, past_blue))
    hue = np.floor(HUES / 6 * turned / np.maximum(spread, 1) + 0.5)  # (h, w)
    saturation = np.floor(255 * spread / np.maximum(value, 1) + 0.5)  # (h, w)
    return np.stack([np.mod(hue, HUES), saturation, value], axis=2).astype(np.uint8)


def from_hsv(hsv: np.ndarray) -> np.ndarray:
    """RGB (h, w, 3) uint8 of hue, saturation and value (h, w, 3) uint8 of the same scale."""
    hue, saturation, value = np.moveaxis(hsv.astype(np.float32), 2, 0)  # (h, w) each
    sixth = hue * (6 / HUES)
    number = np.floor(sixth)
    part = sixth - number
    share = saturation / 255
    lowest = value * (1 - share)
    falling = value * (1 - share * part)
    rising = value * (1 - share * (1 - part))
    corner = number.astype(int) % 6  # (h, w)
    red = np.choose(corner, [value, falling, lowest, lowest, rising, value])
    green = np.choose(corner, [rising, value, value, falling, lowest, lowest])
    blue = np.choose(corner, [lowest, lowest, rising, value, value, falling])
    return np.stack([red, green, blue], axis=2).round().astype(np.uint8)


def shift_hue(image: np.ndarray, shift: float, wrapped: bool) -> np.ndarray:
    """Add to the hue of (h, w, 3) uint8, on the scale of 180.

    Wrapped, red goes on beyond the end of the scale at its beginning, as colours do. Clipped, hues beyond an end become
    that end, as in the published robustness of arXiv:2409.11546. A shift of 0 returns the image itself: the way to HSV
    and back would not.
    """
    if shift == 0:
        return image
    hsv = to_hsv(image)
    shifted = hsv[:, :, 0] + float(shift)  # a whole number would wrap at 256
    hsv[:, :, 0] = np.mod(shifted, HUES) if wrapped else np.clip(shifted, 0, HUES - 1)
    return from_hsv(hsv)
