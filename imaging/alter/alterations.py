"""The alterations by name, with the values at which robustness is measured."""

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from imaging.alter.geometry import magnify, rotate
from imaging.alter.hue import shift_hue
from imaging.alter.light import brighten, contrast, gamma, stretch
from imaging.alter.optics import blur, noise, resolution
from imaging.alter.recompression import recompress
from imaging.stain import jitter

Apply = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Alteration:
    """One way to alter an image, and how much."""

    key: str
    title: str
    unit: str  # of the values, as an axis says it
    values: tuple[float, ...]  # ascending
    few: tuple[float, ...]  # those of a first look
    neutral: float | None  # the value that leaves an image as it is; None where there is none
    apply: Apply


HUE_SHIFTS = (-20.0, -10.0, 10.0, 20.0)
GAINS = (0.5, 0.75, 1.25, 1.5)
FACTORS = (0.5, 0.71, 1.41, 2.0)

ALTERATIONS: dict[str, Alteration] = {
    alteration.key: alteration
    for alteration in (
        Alteration("jpeg", "JPEG compression", "quality", (20, 40, 60, 80, 95), (20, 60), None,
                   lambda image, value, rng: recompress(image, value)),
        Alteration("hue_clipped", "hue, clipped as published", "shift on OpenCV's scale of 180", HUE_SHIFTS,
                   (-20, 20), 0, lambda image, value, rng: shift_hue(image, value, wrapped=False)),
        Alteration("hue", "hue, wrapped", "shift on a scale of 180", HUE_SHIFTS, (-20, 20), 0,
                   lambda image, value, rng: shift_hue(image, value, wrapped=True)),
        Alteration("haematoxylin", "amount of haematoxylin", "factor", GAINS, (0.5, 1.5), 1,
                   lambda image, value, rng: jitter(image, np.array([value, 1]))),
        Alteration("eosin", "amount of eosin", "factor", GAINS, (0.5, 1.5), 1,
                   lambda image, value, rng: jitter(image, np.array([1, value]))),
        Alteration("brightness", "brightness", "factor", (0.6, 0.8, 1.2, 1.4), (0.6, 1.4), 1,
                   lambda image, value, rng: brighten(image, value)),
        Alteration("contrast", "contrast", "factor", GAINS, (0.5, 1.5), 1,
                   lambda image, value, rng: contrast(image, value)),
        Alteration("gamma", "gamma", "exponent", (0.5, 0.71, 1.41, 2), (0.5, 2), 1,
                   lambda image, value, rng: gamma(image, value)),
        Alteration("range", "dynamic range", "share cut off at each end", (-0.2, -0.1, 0.1, 0.2), (-0.2, 0.2), 0,
                   lambda image, value, rng: stretch(image, value)),
        Alteration("blur", "Gaussian blur", "standard deviation, pixels", (0.5, 1, 2, 4), (1, 4), 0,
                   lambda image, value, rng: blur(image, value)),
        Alteration("noise", "Gaussian noise", "standard deviation, grey levels", (5, 10, 20, 40), (10, 40), 0, noise),
        Alteration("resolution", "resolution, and back", "factor", FACTORS, (0.5,), 1,
                   lambda image, value, rng: resolution(image, value)),
        Alteration("magnification", "magnification", "factor", FACTORS, (0.5, 2), 1,
                   lambda image, value, rng: magnify(image, value)),
        Alteration("rotation", "rotation", "degrees", (15, 45, 90, 180), (45, 90), 0,
                   lambda image, value, rng: rotate(image, value)),
    )
}  # fmt: skip


def alter(image: np.ndarray, key: str, value: float, name: str, seed: int = 0) -> np.ndarray:
    """(h, w, 3) uint8 altered; what is random follows from the seed, the image's name and the kind of alteration.

    So the noise of several strengths is the same noise. Raises KeyError for an unknown kind.
    """
    if key not in ALTERATIONS:
        raise KeyError(f"unknown alteration {key!r}; known: {', '.join(ALTERATIONS)}")
    rng = np.random.default_rng([seed, crc32(name.encode()), crc32(key.encode())])
    return ALTERATIONS[key].apply(image, value, rng)
