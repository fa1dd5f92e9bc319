"""Colours of an image: means, histogram, and the stains with their concentrations."""

import numpy as np

from cohort.audit.probe_list import BINS
from imaging.stain import OK, fit_stain, optical_density

BLOCK = 1 << 20  # pixels that are counted at once
STAIN_PIXELS = 1 << 15  # of larger images every second pixel and so on; percentiles of so many are exact enough


def level_counts(image: np.ndarray) -> np.ndarray:
    """How many pixels of (h, w, 3) uint8 have each grey level, (channel, 256)."""
    pixels = image.reshape(-1, 3)
    counts = np.zeros((3, 256), int)
    for start in range(0, len(pixels), BLOCK):  # counting takes eight bytes a pixel
        for channel, levels in enumerate(pixels[start : start + BLOCK].T):
            counts[channel] += np.bincount(levels, minlength=256)
    return counts


def colour_means(counts: np.ndarray) -> tuple[float, ...]:
    """Mean grey level of each channel, from `level_counts`."""
    means = counts @ np.arange(256) / counts.sum(axis=1)
    return tuple(means.tolist())


def colour_histogram(counts: np.ndarray) -> tuple[float, ...]:
    """Shares of the pixels in BINS bins of each channel, channel after channel, from `level_counts`."""
    binned = counts.reshape(len(counts), BINS, -1).sum(axis=2)  # (channel, bin)
    shares = binned / counts.sum(axis=1, keepdims=True)
    return tuple(shares.ravel().tolist())


def stain_measures(image: np.ndarray) -> tuple[tuple[float, ...], str]:
    """Of (h, w, 3) uint8 the unit vectors of H and E, their 99th percentiles and mean concentrations; and the status.

    Macenko's method (imaging.stain); all numbers are nan where it finds no stains.
    """
    thinned = every_nth(image, STAIN_PIXELS)
    density = optical_density(thinned)  # (3, n)
    stain = fit_stain(thinned, density)
    if stain.status != OK:
        return (np.nan,) * 10, stain.status
    amounts = np.linalg.pinv(stain.matrix) @ density.mean(axis=1)  # (2,): the mean of all concentrations
    return (*stain.matrix.T.ravel().tolist(), *stain.scale.tolist(), *amounts.tolist()), stain.status


def every_nth(image: np.ndarray, most: int) -> np.ndarray:
    """An image with every second, third ... row and column, so that about `most` pixels are left."""
    height, width = image.shape[:2]
    step = int(np.ceil(np.sqrt(height * width / most)))
    return np.ascontiguousarray(image[::step, ::step]) if step > 1 else image


def darkest(image: np.ndarray) -> np.ndarray:
    """The darkest channel of every pixel of (h, w, 3), (h, w): many times as fast as NumPy's minimum along an axis."""
    return np.minimum(np.minimum(image[..., 0], image[..., 1]), image[..., 2])


def brightest(image: np.ndarray) -> np.ndarray:
    """The brightest channel of every pixel of (h, w, 3), (h, w)."""
    return np.maximum(np.maximum(image[..., 0], image[..., 1]), image[..., 2])
