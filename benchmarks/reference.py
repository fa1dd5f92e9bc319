"""The pre-processing of Rakhlin et al. 2018, slow, obvious and in float64: what the fast code is held against.

Written from the formulas alone; it imports nothing of featurize, and nothing in featurize imports it. Tests demand
agreement to one grey level, benchmarks measure against its time. It mends the published program where that was wrong
(unsorted eigenvectors, truncation to 8 bits, a rounded inverse) and makes no other difference.
"""

import numpy as np

LIGHT = 240  # Io: grey level without tissue
TARGET = np.array([[0.5626, 0.2159], [0.7201, 0.8012], [0.4062, 0.5581]])  # columns H, E
TARGET_SCALE = np.array([1.9705, 1.0308])  # 99th percentiles of H, E
STAINS = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])  # rows H, E, third stain


def optical_density(image: np.ndarray) -> np.ndarray:
    """-ln((I + 1) / Io): (h, w, 3) to (h*w, 3)."""
    return -np.log((image.reshape(-1, 3).astype(np.float64) + 1) / LIGHT)


def fit(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stain matrix (3, 2), columns H, E, and 99th percentiles of the concentrations (2,), by Macenko et al. 2009."""
    density = optical_density(image)
    tissue = density[np.all(density >= 0.15, axis=1)]
    values, vectors = np.linalg.eigh(np.cov(tissue, rowvar=False))
    first, second = vectors[:, np.argsort(values)[::-1][:2]].T
    points = tissue @ first + 1j * (tissue @ second)  # the plane as complex numbers
    middle = points.mean() / abs(points.mean())
    low, high = np.percentile(np.angle(points / middle), [1, 99])  # radians off the middle of the tissue
    ends = [middle * np.exp(1j * low), middle * np.exp(1j * high)]
    haematoxylin, eosin = sorted((first * end.real + second * end.imag for end in ends), key=lambda v: -v[0])
    matrix = np.stack([haematoxylin, eosin], axis=1)
    return matrix, np.percentile(concentrations(image, matrix), 99, axis=1)


def concentrations(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Amounts of H and E in every pixel by least squares: (2, h*w)."""
    return np.linalg.lstsq(matrix, optical_density(image).T, rcond=None)[0]


def normalise(image: np.ndarray) -> np.ndarray:
    """Give (h, w, 3) uint8 the stains of the target: Io exp(-target @ scaled concentrations)."""
    matrix, scale = fit(image)
    scaled = concentrations(image, matrix) / scale[:, None] * TARGET_SCALE[:, None]  # (2, h*w)
    return eight_bits((LIGHT * np.exp(-TARGET @ scaled)).T.reshape(image.shape))


def jitter(image: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """Multiply H and E of (h, w, 3) uint8 by two gains; stains of Ruifrok & Johnston 2001, logarithms to base 10."""
    density = -np.log10((image.reshape(-1, 3).astype(np.float64) + 1) / LIGHT)
    amounts = np.linalg.solve(STAINS.T, density.T)  # (3, h*w): H, E, third stain
    amounts[:2] *= np.asarray(gains)[:, None]
    return eight_bits((LIGHT * 10 ** -(STAINS.T @ amounts) - 1).T.reshape(image.shape))


def crop(image: np.ndarray, top: int, left: int, symmetry: int, side: int) -> np.ndarray:
    """A square of (h, w, channel), turned counter-clockwise symmetry % 4 times, then mirrored if symmetry >= 4."""
    square = image[top : top + side, left : left + side]
    for _ in range(symmetry % 4):
        square = square.transpose(1, 0, 2)[::-1]  # the last column becomes the first row
    return square[:, ::-1] if symmetry >= 4 else square


def power_mean(features: np.ndarray, p: float) -> np.ndarray:
    """(mean of x^p)^(1/p) over the crops, signs kept: (crop, dim) to (dim,)."""
    total = np.zeros(features.shape[1])
    for row in features.astype(np.float64):
        total += np.where(row < 0, -1, 1) * np.abs(row) ** p
    mean = total / len(features)
    return np.where(mean < 0, -1, 1) * np.abs(mean) ** (1 / p)


def eight_bits(light: np.ndarray) -> np.ndarray:
    """Round, and clip to 0-255."""
    return np.clip(np.round(light), 0, 255).astype(np.uint8)
