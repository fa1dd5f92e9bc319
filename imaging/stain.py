"""H&E colour: Macenko normalisation, and the haematoxylin-eosin jitter. Both are one 3 x 3 map in optical density.

Pixels are uint8, so a logarithm is a look-up in a table of 256; the only arithmetic left is the map and an exponential.
Whoever does several things to one image looks its optical density up once and hands it to them all:

    density = optical_density(image)
    stain = fit_stain(image, density)
    normalised = normalise(image, stain, density)

No result depends on the number of threads: all work is done in blocks that BLAS never splits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

WHITE = 240.0  # transmitted light without tissue, Io
DENSITY = -np.log((np.arange(256) + 1.0) / WHITE)  # (256,): optical density of each grey level
_DENSITY32 = DENSITY.astype(np.float32)
TISSUE_DENSITY = 0.15  # tissue where all three channels are at least this dense
REFERENCE = np.array([[0.5626, 0.2159], [0.7201, 0.8012], [0.4062, 0.5581]])  # (3, 2): H, E
REFERENCE_SCALE = np.array([1.9705, 1.0308])  # the reference's 99th percentiles of H and E
RUIFROK = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])  # rows H, E, third stain
GAIN_LOW, GAIN_HIGH = 0.7, 1.3
# below 1 % the 99th percentile of a stain is that of the background, and normalising would dye the background
MIN_TISSUE_PIXELS, MIN_TISSUE_SHARE = 100, 0.02
# degrees between H and E: sensor noise alone opens one stain to 6, real fields of H&E begin at 8 (most have 12-40)
MIN_STAIN_ANGLE, MAX_STAIN_ANGLE = 7.0, 90.0
MIN_SCALE = 0.25  # a stain whose 99th percentile is weaker is not there (real fields: 0.33 and more)
# pixels worked on at once: intermediates stay in the processor's cache, and BLAS on one thread (OpenBLAS splits a
# product of more than 2^18 multiplications, and 3 * 3 * _BLOCK are fewer; a scalar product of more than 10000)
_BLOCK, _DOT_BLOCK = 7 << 12, 1 << 13

OK, LITTLE_TISSUE, DEGENERATE = "ok", "little tissue", "degenerate"


@dataclass(frozen=True)
class Stain:
    """What Macenko's method found in one image; matrix and scale are zero unless the status is ok."""

    status: str
    matrix: np.ndarray  # (3, 2): unit columns H, E in optical density
    scale: np.ndarray  # (2,): 99th percentiles of the concentrations of H and E


def optical_density(image: np.ndarray) -> np.ndarray:
    """-ln((I + 1) / WHITE) of (h, w, 3) uint8, a plane for each channel: (3, h*w) float32."""
    pixels = image.reshape(-1, 3)
    density = np.empty((3, len(pixels)), np.float32)
    _look_up(pixels, density)
    return density


def fit_stain(image: np.ndarray, density: np.ndarray | None = None) -> Stain:
    """Estimate the stains of (h, w, 3) uint8 by Macenko et al. 2009; never raises, a hopeless image gets a status.

    density: `optical_density(image)`, where it is at hand already.
    """
    density = optical_density(image) if density is None else density
    tissue = _tissue(density)
    if tissue.shape[1] < max(MIN_TISSUE_PIXELS, MIN_TISSUE_SHARE * density.shape[1]):
        return _nothing(LITTLE_TISSUE)
    matrix = stain_matrix(tissue)
    del tissue  # a large image takes a gigabyte here
    if matrix is None:
        return _nothing(DEGENERATE)
    amounts = _weigh(np.linalg.pinv(matrix), density)  # (2, h*w)
    scale = np.array([_percentile(stain, 99) for stain in amounts])
    return Stain(OK, matrix, scale) if (scale >= MIN_SCALE).all() else _nothing(DEGENERATE)


def _tissue(density: np.ndarray) -> np.ndarray:
    """The densities (3, n) of the pixels with tissue, of those of all pixels (3, h*w)."""
    return density.take(np.flatnonzero(density.min(axis=0) >= TISSUE_DENSITY), axis=1)


def stain_matrix(density: np.ndarray) -> np.ndarray | None:
    """H and E as unit columns (3, 2) from tissue densities (3, n); None where the two cannot be told apart.

    Macenko et al. 2009: the 1st and 99th percentile of the angle in the plane of the two largest eigenvectors.
    """
    mean = density.mean(axis=1)  # (3,)
    # eigh sorts ascending, eig does not sort at all: the stains span the LAST two axes
    _, axes = np.linalg.eigh(_scatter(density, mean))
    plane = axes[:, 1:]  # (3, 2)
    # an eigenvector's sign is arbitrary: both point along the tissue, so that no angle wraps around at 180 degrees
    signs = np.where(mean @ plane < 0, -1, 1)
    plane = plane * signs
    x, y = _weigh(plane.T, density)  # (n,) each
    angles = _extreme_angles(x, y)  # (2,)
    pair = plane @ [np.cos(angles), np.sin(angles)]  # (3, 2)
    apart = np.degrees(angles[1] - angles[0])
    if not MIN_STAIN_ANGLE <= apart <= MAX_STAIN_ANGLE or (pair < -0.2).any():
        return None
    most_red_first = np.argsort(-pair[0], kind="stable")  # haematoxylin has the larger red component
    return pair[:, most_red_first]


def _scatter(density: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Covariance of the channels of (3, n), times n."""
    total = np.zeros((3, 3))
    for block in _blocks(density.shape[1], _DOT_BLOCK):
        centred = density[:, block] - mean[:, None]
        # six scalar products are five times as fast as one product of such long and thin matrices
        for i in range(3):
            for j in range(i + 1):
                total[i, j] += centred[i] @ centred[j]
    return total + np.tril(total, -1).T


def _extreme_angles(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The 1st and 99th percentile (2,) of the angles arctan2(y, x) in radians."""
    if (y > 0).all():  # as nearly always; then the angle grows with -x / y, and only four arctangents are needed
        slopes = np.divide(x, y)
        np.negative(slopes, out=slopes)
        return np.array([_percentile(slopes, percent, lambda slope: np.arctan2(1, -slope)) for percent in (1, 99)])
    angles = np.arctan2(y, x)
    return np.array([_percentile(angles, percent) for percent in (1, 99)])


def _percentile(values: np.ndarray, percent: float, convert: Callable[[float], float] = float) -> float:
    """np.percentile of (n,), converted by a rising function, without sorting, averaging or converting all of them."""
    position = percent / 100 * (len(values) - 1)
    rank = int(position)
    parted = np.partition(values, rank)
    below = convert(float(parted[rank]))
    if position == rank:
        return below
    above = convert(float(parted[rank + 1 :].min()))
    return below + (position - rank) * (above - below)


def _weigh(weights: np.ndarray, density: np.ndarray) -> np.ndarray:
    """Weighted sums of the channels: (k, 3) and (3, n) to (k, n) float32."""
    weights = weights.astype(np.float32)
    sums = np.empty((len(weights), density.shape[1]), np.float32)
    for block in _blocks(density.shape[1]):
        np.matmul(weights, density[:, block], out=sums[:, block])
    return sums


def _nothing(status: str) -> Stain:
    return Stain(status, np.zeros((3, 2)), np.zeros(2))


def normalise(image: np.ndarray, stain: Stain, density: np.ndarray | None = None) -> np.ndarray:
    """Give (h, w, 3) uint8 the reference's stains; an image whose status is not ok is returned unchanged.

    Macenko et al. 2009: concentrations by least squares, scaled to the reference's, rebuilt with its matrix.
    density: `optical_density(image)`, where it is at hand already.
    """
    if stain.status != OK:
        return image
    mixing = REFERENCE * (REFERENCE_SCALE / stain.scale) @ np.linalg.pinv(stain.matrix)
    return _remix(image, density, mixing, offset=0.0)


def draw_gains(rng: np.random.Generator) -> np.ndarray:
    """Draw the factors of one jitter: (2,) for H and E, uniform in [0.7, 1.3]."""
    return rng.uniform(GAIN_LOW, GAIN_HIGH, 2)


def jitter(
    image: np.ndarray, gains: np.ndarray, density: np.ndarray | None = None, matrix: np.ndarray | None = None
) -> np.ndarray:
    """Multiply the amounts of H and E in (h, w, 3) uint8 by two gains; what is neither stays as it is.

    matrix: the stains (3, 2) of the image, as `fit_stain` found them; unless given, those of Ruifrok & Johnston 2001,
    which fit a normalised image. Unit gains return the image itself.
    density: `optical_density(image)`, where it is at hand already, as for the many views of one image.
    """
    return _remix(image, density, jitter_mixing(gains, matrix), offset=1.0)


def jitter_mixing(gains: np.ndarray, matrix: np.ndarray | None = None) -> np.ndarray:
    """The map (3, 3) of a jitter: its optical densities are this matrix times those of the image.

    By Ruifrok & Johnston's matrix the third stain stays as it is; by a matrix (3, 2) of an image's own stains it is
    what these do not explain, the rest of least squares.
    """
    if matrix is not None:
        more = matrix * (np.asarray(gains) - 1)  # (3, 2): of H and E, what is added of each
        return np.eye(3) + more @ np.linalg.pinv(matrix)
    gains_of_three = np.array([*gains, 1.0])[:, None]  # (3, 1)
    return (np.linalg.inv(RUIFROK) @ (gains_of_three * RUIFROK)).T


def _remix(image: np.ndarray, density: np.ndarray | None, mixing: np.ndarray, offset: float) -> np.ndarray:
    """WHITE * exp(-mixing @ density) - offset for every pixel, rounded and clipped to uint8."""
    pixels = image.reshape(-1, 3)
    mixed = np.empty(pixels.shape, np.uint8)
    mixing = -mixing.astype(np.float32)
    looked_up, buffer = np.empty((2, 3, min(_BLOCK, len(pixels))), np.float32)
    brightest = np.full(buffer.shape[1], np.log((255 + offset) / WHITE), np.float32)  # minimum() of a number is slow
    for block in _blocks(len(pixels)):
        size = len(pixels[block])
        if density is None:
            _look_up(pixels[block], looked_up[:, :size])
        light = buffer[:, :size]
        np.matmul(mixing, looked_up[:, :size] if density is None else density[:, block], out=light)
        np.minimum(light, brightest[:size], out=light)  # clipped before the exponential can overflow
        np.exp(light, out=light)
        light *= WHITE
        light += 0.5 - offset  # from -0.5 to 255.5: cutting the fraction off rounds, and clips at 0
        for channel, plane in zip(mixed[block].T, light, strict=True):
            np.copyto(channel, plane, casting="unsafe")
    return mixed.reshape(image.shape)


def _look_up(pixels: np.ndarray, density: np.ndarray) -> None:
    """Write the optical densities of (n, 3) uint8 to (3, n) float32."""
    for channel, plane in zip(pixels.T, density, strict=True):
        _DENSITY32.take(channel, out=plane, mode="wrap")  # the default mode would write to a copy first


def _blocks(size: int, step: int = _BLOCK) -> Iterator[slice]:
    return (slice(start, min(start + step, size)) for start in range(0, size, step))
