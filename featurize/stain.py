"""H&E colour: Macenko normalisation, and the haematoxylin-eosin jitter. Both are one 3 x 3 map in optical density.

Pixels are uint8, so a logarithm is a look-up in a table of 256; the only arithmetic left is the map and an exponential.
"""

from dataclasses import dataclass

import numpy as np

WHITE = 240.0  # transmitted light without tissue, Io
DENSITY = -np.log((np.arange(256) + 1.0) / WHITE)  # (256,): optical density of each grey level
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
_BLOCK = 1 << 14  # pixels worked on at once, so that intermediates stay in the processor's cache

OK, LITTLE_TISSUE, DEGENERATE = "ok", "little tissue", "degenerate"


@dataclass(frozen=True)
class Stain:
    """What Macenko's method found in one image; matrix and scale are zero unless the status is ok."""

    status: str
    matrix: np.ndarray  # (3, 2): unit columns H, E in optical density
    scale: np.ndarray  # (2,): 99th percentiles of the concentrations of H and E


def fit_stain(image: np.ndarray) -> Stain:
    """Estimate the stains of (h, w, 3) uint8 by Macenko et al. 2009; never raises, a hopeless image gets a status."""
    pixels = image.reshape(-1, 3)
    tissue = pixels.max(axis=1) <= np.flatnonzero(DENSITY >= TISSUE_DENSITY).max()  # (h*w,)
    if tissue.sum() < max(MIN_TISSUE_PIXELS, MIN_TISSUE_SHARE * len(pixels)):
        return _nothing(LITTLE_TISSUE)
    matrix = stain_matrix(DENSITY[pixels[tissue]])
    if matrix is None:
        return _nothing(DEGENERATE)
    scale = _concentration_scale(pixels, matrix)
    return Stain(OK, matrix, scale) if (scale >= MIN_SCALE).all() else _nothing(DEGENERATE)


def stain_matrix(density: np.ndarray) -> np.ndarray | None:
    """H and E as unit columns (3, 2) from tissue densities (n, 3); None where the two cannot be told apart.

    Macenko et al. 2009: the 1st and 99th percentile of the angle in the plane of the two largest eigenvectors.
    """
    # eigh sorts ascending, eig does not sort at all: the stains span the LAST two axes
    plane = np.linalg.eigh(np.cov(density.T))[1][:, 1:]  # (3, 2)
    # an eigenvector's sign is arbitrary: both point along the tissue, so that no angle wraps around at 180 degrees
    plane = plane * np.where(density.mean(axis=0) @ plane < 0, -1, 1)
    projected = density @ plane  # (n, 2)
    angles = np.percentile(np.arctan2(projected[:, 1], projected[:, 0]), [1, 99])  # (2,)
    pair = plane @ [np.cos(angles), np.sin(angles)]  # (3, 2)
    if not MIN_STAIN_ANGLE <= np.degrees(angles[1] - angles[0]) <= MAX_STAIN_ANGLE or (pair < -0.2).any():
        return None
    return pair[:, np.argsort(-pair[0], kind="stable")]  # haematoxylin has the larger red component


def _concentration_scale(pixels: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """99th percentile over all pixels (n, 3) of the least-squares concentrations of H and E: (2,)."""
    tables = np.linalg.pinv(matrix)[:, :, None] * DENSITY  # (2, 3, 256)
    return np.array(
        [np.percentile(sum(table[channel] for table, channel in zip(row, pixels.T, strict=True)), 99) for row in tables]
    )


def _nothing(status: str) -> Stain:
    return Stain(status, np.zeros((3, 2)), np.zeros(2))


def normalise(image: np.ndarray, stain: Stain) -> np.ndarray:
    """Give (h, w, 3) uint8 the reference's stains; an image whose status is not ok is returned unchanged.

    Macenko et al. 2009: concentrations by least squares, scaled to the reference's, rebuilt with its matrix.
    """
    if stain.status != OK:
        return image
    return _remix(image, REFERENCE * (REFERENCE_SCALE / stain.scale) @ np.linalg.pinv(stain.matrix), offset=0.0)


def draw_gains(rng: np.random.Generator) -> np.ndarray:
    """Draw the factors of one jitter: (2,) for H and E, uniform in [0.7, 1.3]."""
    return rng.uniform(GAIN_LOW, GAIN_HIGH, 2)


def jitter(image: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """Multiply the amounts of H and E in (h, w, 3) uint8 by two gains; the third stain stays as it is.

    Colour deconvolution of Ruifrok & Johnston 2001; unit gains return the image itself.
    """
    mixing = np.linalg.inv(RUIFROK) @ (np.array([*gains, 1.0])[:, None] * RUIFROK)  # density row vectors times this
    return _remix(image, mixing.T, offset=1.0)


def _remix(image: np.ndarray, matrix: np.ndarray, offset: float) -> np.ndarray:
    """WHITE * exp(-matrix @ density) - offset for every pixel, rounded and clipped to uint8."""
    pixels = image.reshape(-1, 3)
    mixed = np.empty_like(pixels)
    tables = (-matrix[:, :, None] * DENSITY).astype(np.float32)  # (out, in, 256): log transmittance
    for start in range(0, len(pixels), _BLOCK):
        red, green, blue = np.ascontiguousarray(pixels[start : start + _BLOCK].T)
        for out, (r, g, b) in enumerate(tables):
            with np.errstate(over="ignore"):  # infinite light is clipped to 255
                light = np.exp(r[red] + g[green] + b[blue]) * np.float32(WHITE) - np.float32(offset)
            mixed[start : start + _BLOCK, out] = np.rint(np.clip(light, 0, 255))
    return mixed.reshape(image.shape)
