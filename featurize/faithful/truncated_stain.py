"""Normalisation and jitter with the arithmetic of the published program: grey levels are cut off, not rounded.

The stains themselves are found as imaging.stain finds them. That program takes the eigenvectors as its library gives
them, unsorted and with arbitrary signs; where these differ it dyes an image wrongly, and that is not repeated.
"""

import numpy as np

from imaging.stain import DENSITY, OK, REFERENCE, REFERENCE_SCALE, RUIFROK, WHITE, Stain, fit_stain

# Ruifrok & Johnston 2001 print the inverse of their matrix to two digits, transposed; so a jitter by 1 is none
UNMIXING = np.array([[1.88, -0.07, -0.60], [-1.02, 1.13, -0.48], [-0.55, -0.13, 1.57]])  # rows H, E, third stain


def exact_density(image: np.ndarray) -> np.ndarray:
    """Optical densities of (h, w, 3) uint8, a plane for each channel: (3, h*w) float64."""
    planes = np.ascontiguousarray(image.reshape(-1, 3).T)
    return DENSITY[planes]


def normalise_truncated(image: np.ndarray) -> tuple[np.ndarray, Stain]:
    """Give (h, w, 3) uint8 the reference's stains, and what they were; unchanged where they cannot be told apart."""
    stain = fit_stain(image)
    if stain.status != OK:
        return image, stain
    mixing = REFERENCE * (REFERENCE_SCALE / stain.scale) @ np.linalg.pinv(stain.matrix)  # (3, 3)
    light = WHITE * np.exp(-mixing @ exact_density(image))  # (3, h*w)
    return truncated(light, image.shape), stain


def jitter_truncated(image: np.ndarray, gains: np.ndarray, density: np.ndarray | None = None) -> np.ndarray:
    """Multiply the amounts of H and E in (h, w, 3) uint8 by two gains; a jitter by 1 moves some pixels by a level.

    density: `exact_density(image)`, where it is at hand already.
    """
    density = exact_density(image) if density is None else density
    mixing = RUIFROK.T @ np.diag([*gains, 1.0]) @ UNMIXING  # (3, 3)
    return truncated(WHITE * np.exp(-mixing @ density) - 1, image.shape)


def truncated(light: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Grey levels (h, w, 3) uint8 of amounts of light (3, h*w), their fractions cut off."""
    levels = light.clip(0, 255).astype(np.uint8)
    return np.ascontiguousarray(levels.T).reshape(shape)
