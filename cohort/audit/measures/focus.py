"""Sharpness and noise of an image."""

import numpy as np

PIXELS = 1 << 18  # of larger images a window in the middle is looked at
NORMAL_MEDIAN = 0.6745  # of absolute values, for a standard deviation of 1
MASK_NORM = 6.0  # of the mask [1, -2, 1] down times [1, -2, 1] across
FLOOR = 1e-3  # grey levels; below, logarithms would run away


def middle(image: np.ndarray, most: int = PIXELS, step: int = 8) -> np.ndarray:
    """A window in the middle of (h, w, ...) of at most so many pixels, whose corner is a multiple of `step`."""
    height, width = image.shape[:2]
    side = int(np.sqrt(most))
    top = max(0, (height - side) // 2) // step * step
    left = max(0, (width - side) // 2) // step * step
    return image[top : top + max(side, most // max(width, 1)), left : left + max(side, most // max(height, 1))]


def sharpness_measures(luma: np.ndarray) -> tuple[float, ...]:
    """Logarithms of the mean difference of (h, w) between neighbours and over four pixels, and of their ratio."""
    fine, coarse = _contrast(luma, 1), _contrast(luma, 4)
    return float(np.log(fine)), float(np.log(coarse)), float(np.log(fine / coarse))


def _contrast(luma: np.ndarray, apart: int) -> float:
    height, width = luma.shape
    if min(height, width) <= apart:
        return FLOOR
    across = np.abs(luma[:, apart:] - luma[:, :-apart]).mean()
    down = np.abs(luma[apart:] - luma[:-apart]).mean()
    return float(max(across + down, FLOOR)) / 2


def noise_of(plane: np.ndarray) -> float:
    """Standard deviation of the noise of (h, w) in grey levels, by its quietest places; nan for less than 3 x 3.

    Immerkaer 1996, "Fast noise variance estimation", equation 4, but with the median of the absolute responses, which
    edges hardly move, in place of their mean.
    """
    if min(plane.shape) < 3:
        return np.nan
    down = plane[:-2] - 2 * plane[1:-1] + plane[2:]
    response = down[:, :-2] - 2 * down[:, 1:-1] + down[:, 2:]
    sampled = np.abs(response)[::2, ::2]  # neighbours share most of their pixels
    return float(np.median(sampled) / NORMAL_MEDIAN / MASK_NORM)


def noise_measures(luma: np.ndarray, red_less_blue: np.ndarray) -> tuple[float, ...]:
    """Logarithms of the noise of two planes (h, w): brightness and a difference of colours."""
    return tuple(float(np.log(max(noise_of(plane), FLOOR))) for plane in (luma, red_less_blue))
