"""Grey levels changed pixel by pixel: brightness, contrast, gamma, dynamic range."""

import numpy as np

ENDS = (0.5, 99.5)  # percentiles of a channel that count as its darkest and brightest level


def brighten(image: np.ndarray, factor: float) -> np.ndarray:
    """Multiply the grey levels of (h, w, 3) uint8, as more light would; what is brighter than white is white."""
    return to_uint8(image * np.float32(factor))


def contrast(image: np.ndarray, factor: float) -> np.ndarray:
    """Move the grey levels of (h, w, 3) uint8 away from the mean of all of them, or (below 1) towards it."""
    centre = np.float32(image.mean())
    return to_uint8(centre + np.float32(factor) * (image - centre))


def gamma(image: np.ndarray, exponent: float) -> np.ndarray:
    """255 * (I / 255) ** exponent of (h, w, 3) uint8; above 1 the middle tones darken."""
    table = to_uint8(255 * (np.arange(256) / 255) ** exponent)  # (256,)
    return table[image]


def stretch(image: np.ndarray, share: float) -> np.ndarray:
    """Cut a share of the range 0..255 off at each end of (h, w, 3) uint8 and spread the rest over all of it.

    A negative share squeezes the levels into a narrower range instead. It is what a wrong handling of the dynamic range
    does to an image: levels beyond the ends are lost, and the others have gaps.
    """
    low, high = 255 * share, 255 * (1 - share)
    return to_uint8((image - np.float32(low)) * np.float32(255 / (high - low)))


def range_of(image: np.ndarray) -> np.ndarray:
    """The darkest and the brightest level of each channel of (h, w, 3) uint8 but for the outer 0.5 %: (2, 3)."""
    return np.percentile(image.reshape(-1, 3), ENDS, axis=0)


def to_range(image: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Give (h, w, 3) uint8 the darkest and brightest levels (2, 3) of another, channel by channel, by a straight line.

    A channel of one level is left as it is.
    """
    own = range_of(image)  # (2, 3)
    span = own[1] - own[0]  # (3,)
    slope = np.where(span > 0, (ends[1] - ends[0]) / np.maximum(span, 1e-9), 1)  # (3,)
    start = np.where(span > 0, ends[0], own[0])  # (3,)
    return to_uint8(start + slope * (image - own[0]))


def to_uint8(levels: np.ndarray) -> np.ndarray:
    """Real grey levels rounded and clipped."""
    return np.clip(np.floor(levels + 0.5), 0, 255).astype(np.uint8)
