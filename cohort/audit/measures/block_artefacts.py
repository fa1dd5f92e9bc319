"""Traces that JPEG compression leaves in pixels, whatever format they are kept in now.

Two are looked for: brightness breaks at every eighth column and row, and coefficients of the cosine transform of those
blocks that cluster at the multiples of a quantisation step (Fan & de Queiroz 2003, "Identification of bitmap
compression history").
"""

from typing import NamedTuple

import numpy as np

from cohort.audit.measures.focus import middle
from cohort.audit.measures.quantisation_tables import LUMA, QUALITIES, ZIGZAG, libjpeg_tables

SIDE = 8  # of a block
PIXELS = 1 << 17
MOST_BLOCKS = 1024
FREQUENCIES = ZIGZAG[1:21]  # of the cosine transform, the low ones, without the mean
FINENESS = 4  # bins to a unit of a coefficient
LARGEST = 96  # coefficient that is looked at
BINS = LARGEST * FINENESS
STEPS = np.arange(2, 49)  # of quantisation; a step of 1 cannot be told from the rounding of pixels
FEWEST = 12  # coefficients beyond half a step
CLUSTERED = 0.55  # mean cosine from which coefficients count as clustered: real ones have 1 less the rounding of pixels
BEYOND_CHANCE = 4.5  # standard deviations: among 20 frequencies and 47 steps chance reaches 3.5
FEWEST_ROUGH = 6  # frequencies that must be rough enough, of an image of which nothing is seen
FEWEST_FREQUENCIES = 2  # that must be clustered; one is in two of 1295 patches that never were JPEG

_WAVES = np.cos(np.pi * (2 * np.arange(SIDE) + 1) * np.arange(SIDE)[:, None] / (2 * SIDE)) / 2
_WAVES[0] /= np.sqrt(2)  # (frequency, pixel), orthonormal
_VALUES = (np.arange(BINS) + 0.5) / FINENESS  # (bin,): coefficients without their sign
_BEYOND = _VALUES[:, None] > STEPS / 2  # (bin, step): what was rounded to 0 says nothing
_COSINES = np.where(_BEYOND, np.cos(2 * np.pi * _VALUES[:, None] / STEPS), 0)  # (bin, step)
_QUALITY_TABLES = libjpeg_tables(LUMA)[:, FREQUENCIES]  # (quality, frequency)


class Grid(NamedTuple):
    """How brightness breaks at every eighth place."""

    aligned: float  # logarithm of the break where a file's own blocks end, over the median of all phases
    best: float  # the same of the phase that breaks most
    phase: int  # the first pixel of a block there


class Quantised(NamedTuple):
    """What the coefficients of blocks say."""

    frequencies: int  # of FREQUENCIES, that cluster at multiples of a step
    rough: int  # of them, that have enough coefficients for it to be seen
    quality: float  # of libjpeg's whose steps are nearest; nan without any


def block_measures(luma: np.ndarray) -> tuple[tuple[float, ...], float]:
    """Breaks of (h, w) at the grid, columns and rows, aligned and of any phase; and the quality of a former JPEG.

    The quality is 100 where no compression is seen though it could be, nan where the image is too smooth to tell. All
    are nan for an image smaller than two blocks.
    """
    luma = middle(luma, PIXELS, SIDE)
    if min(luma.shape) < 2 * SIDE:
        return (np.nan,) * 4, np.nan
    across, down = grid(luma), grid(luma.T)
    corners = {(0, 0), (down.phase, across.phase)}
    found = [quantisation(luma[top:, left:]) for top, left in corners]
    best = max(found, key=lambda quantised: quantised.frequencies)
    if best.frequencies >= FEWEST_FREQUENCIES:
        quality = best.quality
    else:
        quality = 100.0 if best.rough >= FEWEST_ROUGH else np.nan
    return (across.aligned, down.aligned, across.best, down.best), quality


def grid(luma: np.ndarray) -> Grid:
    """Where columns of (h, w) break: the second difference across a border, less where the image is rough anyway.

    Within blocks brightness is smooth, and so across a border between two pixels the slopes on both sides do not meet.
    """
    breaks = np.abs(luma[:, :-3] - 3 * luma[:, 1:-2] + 3 * luma[:, 2:-1] - luma[:, 3:])
    by_column = np.minimum(breaks, 24).mean(axis=0)  # edges of tissue break by more
    number = np.arange(len(by_column)) + 2  # of the first pixel behind the border
    by_phase = np.array([by_column[number % SIDE == phase].mean() for phase in range(SIDE)]) + 0.02
    ratios = np.log(by_phase / np.median(by_phase))
    return Grid(float(ratios[0]), float(ratios.max()), int(ratios.argmax()))


def quantisation(luma: np.ndarray) -> Quantised:
    """What is quantised of (h, w), whose first block begins at its corner."""
    counts = _coefficient_counts(luma)  # (frequency, bin)
    seen = counts @ _BEYOND  # (frequency, step)
    cosines = counts @ _COSINES
    mean = cosines / np.maximum(seen, 1)
    beyond_chance = cosines / np.sqrt(np.maximum(seen, 1) / 2)
    clustered = (seen >= FEWEST) & (mean >= CLUSTERED) & (beyond_chance >= BEYOND_CHANCE)
    found = clustered.any(axis=1)  # (frequency,)
    rough = int((seen[:, 0] >= FEWEST).sum())  # beyond half of the smallest step
    if not found.any():
        return Quantised(0, rough, np.nan)
    # the divisors of a step cluster too: the largest step is its own
    step = STEPS[len(STEPS) - 1 - clustered[:, ::-1].argmax(axis=1)]  # (frequency,)
    distances = np.abs(np.log(_QUALITY_TABLES[:, found] / step[found])).mean(axis=1)  # (quality,)
    nearest = np.flatnonzero(distances == distances.min())
    return Quantised(int(found.sum()), rough, float(QUALITIES[nearest].mean()))


def _coefficient_counts(luma: np.ndarray) -> np.ndarray:
    """How many blocks have a coefficient of each size, (frequency, bin), without its sign."""
    waves = _WAVES.astype(luma.dtype)
    transformed = waves @ _blocks(luma) @ waves.T  # (block, frequency down, frequency across)
    coefficients = transformed.reshape(len(transformed), -1)[:, FREQUENCIES]  # (block, frequency)
    bins = (np.abs(coefficients) * FINENESS).astype(int)
    bins = np.minimum(bins, BINS - 1)
    places = bins + np.arange(len(FREQUENCIES)) * BINS  # each frequency has bins of its own
    counts = np.bincount(places.ravel(), minlength=len(FREQUENCIES) * BINS)
    counts = counts.reshape(len(FREQUENCIES), BINS)
    counts[:, -1] = 0  # what is larger
    return counts


def _blocks(luma: np.ndarray) -> np.ndarray:
    """The blocks of (h, w) whose first begins at its corner, MOST_BLOCKS at most: (block, 8, 8)."""
    rows, columns = luma.shape[0] // SIDE, luma.shape[1] // SIDE
    whole = luma[: rows * SIDE, : columns * SIDE]
    blocks = whole.reshape(rows, SIDE, columns, SIDE).swapaxes(1, 2).reshape(-1, SIDE, SIDE)
    step = -(-len(blocks) // MOST_BLOCKS)
    return blocks[::step]
