"""How an image uses its grey levels: what is cut off at 0 and 255, its range, and levels that are never met.

A range that was stretched after 8 bits were reached leaves gaps, one that was squeezed leaves a comb, one that ran over
255 and began again at 0 leaves jumps between neighbours. `broken_range` names what no scanner does.
"""

from typing import NamedTuple

import numpy as np

from cohort.audit.measures.image_colours import brightest, darkest
from cohort.audit.probe_list import CHANNELS

TAIL = 0.005  # share of the pixels that is left aside at either end of the range
FEWEST_LEVELS, ABOUT = 16, 7  # that are filled, and that a level is compared with, itself among them
WIDE = 64  # levels, of which a picture of tissue fills more than a few
DENSE, FEWEST_DENSE = 30, 32  # pixels a level, and such levels, from which combing is seen
CUBIC_VARIANCE = 1 + 34 / 36  # of a level less what the cubic foretells, of Poisson's counts with mean 1
USUAL_GAPS, USUAL_COMBING, USUAL_JUMPS = 0.04, 0.04, 0.005  # the most in 1653 real images: .036, .033, .0045
WRAPPED = 180  # grey levels between neighbours, more than most edges of tissue have
ROWS = 512  # that are looked at for jumps
# what makes an image broken; in 1653 real ones the most are .014, .11, .05 and .007
MANY_AT_0, MANY_AT_255, MANY_GAPS, MANY_JUMPS = 0.25, 0.5, 0.15, 0.02
FEW_COLOURS = 0.75  # of the levels missing: to be stretched so far a range would need a quarter of the levels
NARROW, DARK, GLASS = 25, 110, 200  # levels
WHITE = 250  # a pixel that is at least as bright in all channels is background, which scanners do cut off


class Levels(NamedTuple):
    """How the grey levels of each channel are used, (channel, measure) each, and jumps between neighbours."""

    ends: np.ndarray  # shares at 0 and 255, darkest and brightest
    holes: np.ndarray  # gaps, combing
    jumps: float

    @property
    def range(self) -> tuple[float, ...]:
        """The measures of the probe `range`."""
        return tuple(self.ends.ravel().tolist())

    @property
    def gaps(self) -> tuple[float, ...]:
        """The measures of the probe `gaps`."""
        return (*self.holes.ravel().tolist(), self.jumps)


def grey_levels(image: np.ndarray, counts: np.ndarray) -> Levels:
    """How (h, w, 3) uint8 uses its levels; counts: `level_counts`."""
    ends, holes = [], []
    for levels in counts:
        low, high = level_range(levels)
        total = levels.sum()
        ends.append((levels[0] / total, levels[255] / total, low, high))
        holes.append(gaps_and_combing(levels, low, high))
    return Levels(np.array(ends, float), np.array(holes), jumps_between_neighbours(image))


def level_range(levels: np.ndarray) -> tuple[int, int]:
    """The grey levels between which all but TAIL of the pixels at either end lie; (256,) counts."""
    below = np.cumsum(levels) / levels.sum()
    low, high = np.searchsorted(below, (TAIL, 1 - TAIL))
    return int(low), int(high)


def gaps_and_combing(levels: np.ndarray, low: int, high: int) -> tuple[float, float]:
    """Share of a range's levels that are empty among filled ones, and how far levels are from what others foretell.

    Both are 0 as far as tissue and chance may have them. Where fewer than FEWEST_LEVELS are filled the first is the
    bare share of a wide range, and 0 of a narrow one; (256,) counts.
    """
    low, high = max(low, 1), min(high, 254)
    levels = levels.astype(float)
    levels[[0, -1]] = 0  # what is cut off is no neighbour to compare with
    own = levels[low + 1 : high]
    filled = np.count_nonzero(own)
    if filled < FEWEST_LEVELS:
        return (1 - filled / len(own) if len(own) > WIDE else 0.0), 0.0
    return _beyond(_gaps(levels, low, high), USUAL_GAPS), _combing(levels, low, high)


def _beyond(measure: float, usual: float) -> float:
    """A measure, and 0 where it is no more than usual, so that tissue of another kind does not show in it."""
    return measure if measure > usual else 0.0


def _gaps(levels: np.ndarray, low: int, high: int) -> float:
    """Levels weigh by the pixels about them, so that a few of odd colours do not count; less what Poisson's have."""
    window = np.full(ABOUT, 1 / ABOUT)
    near = np.convolve(levels, window, mode="same")[low + 1 : high]
    is_empty = levels[low + 1 : high] == 0
    by_chance = near * np.exp(-near)
    return float((near[is_empty].sum() - by_chance.sum()) / near.sum())


def _combing(levels: np.ndarray, low: int, high: int) -> float:
    """Mean distance of dense levels from the cubic through the two on either side, as a share of these."""
    inside = np.arange(low + 2, high - 1)
    one, two = levels[inside - 1] + levels[inside + 1], levels[inside - 2] + levels[inside + 2]
    near = (one + two) / 4
    dense = near >= DENSE
    if dense.sum() < FEWEST_DENSE:
        return 0.0
    foretold = np.maximum(4 * one - two, 0) / 6
    distances = np.minimum(np.abs(levels[inside] - foretold)[dense] / near[dense], 1)
    by_chance = np.sqrt(2 / np.pi * CUBIC_VARIANCE / near[dense])  # of Poisson's counts
    surely = 3 * by_chance.mean() / np.sqrt(dense.sum())  # more than three standard errors
    excess = float(distances.mean() - by_chance.mean())
    return _beyond(excess, USUAL_COMBING + surely)


def jumps_between_neighbours(image: np.ndarray) -> float:
    """Share of neighbours in a row, (h, w, 3) uint8, that differ by more than WRAPPED in some channel."""
    if image.shape[1] < 2:
        return 0.0
    step = -(-len(image) // ROWS)
    rows = image[::step].astype(np.int16)
    leaps = brightest(np.abs(rows[:, 1:] - rows[:, :-1])) > WRAPPED  # (row, column)
    return _beyond(float(leaps.mean()), USUAL_JUMPS)


def broken_range(image: np.ndarray, levels: Levels) -> str:
    """What is broken about the range of (h, w, 3) uint8, in words; "" where nothing is."""
    faults = []
    if levels.jumps > MANY_JUMPS:
        share = f"{100 * levels.jumps:.0f} %"
        faults.append(f"{share} of neighbouring pixels jump between dark and bright, as where levels ran over")
    faults += _cut_off(image, levels)
    gaps = levels.holes[:, 0]
    if gaps.max() > MANY_GAPS:
        like = "in a picture of few colours" if gaps.max() > FEW_COLOURS else "after a stretch"
        channel = CHANNELS[gaps.argmax()]
        faults.append(f"{100 * gaps.max():.0f} % of the levels of {channel} are never met, as {like}")
    darkest_level, brightest_level = levels.ends[:, 2], levels.ends[:, 3]
    spans = brightest_level - darkest_level
    if brightest_level.max() < DARK:
        faults.append(f"nothing is brighter than level {brightest_level.max():.0f} of 255")
    elif spans.max() < NARROW and darkest_level.min() < GLASS:  # glass is as flat, but bright
        faults.append(f"its levels span {spans.max():.0f} of 255")
    return "; ".join(faults)


def _cut_off(image: np.ndarray, levels: Levels) -> list[str]:
    """Channels cut off at either end, where not all three are, as in black borders and in the background."""
    at_0_most, at_255_most = levels.ends[:, :2].max(axis=0)
    if at_0_most <= MANY_AT_0 and at_255_most <= MANY_AT_255:
        return []
    black = (brightest(image) == 0).mean()
    white = (darkest(image) >= WHITE).mean()
    faults = []
    for name, (at_0, at_255, *_) in zip(CHANNELS, levels.ends, strict=True):
        if at_0 - black > MANY_AT_0:
            faults.append(f"{100 * at_0:.0f} % of {name} is cut off at 0")
        if at_255 - white > MANY_AT_255:
            faults.append(f"{100 * at_255:.0f} % of {name} is cut off at 255")
    return faults
