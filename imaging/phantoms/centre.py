"""Tiles in the likeness of PCam: positive where the centre holds tumour; tumour elsewhere does not count."""

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from imaging.phantom import Field, dyed
from imaging.phantom_canvas import Shape, cloud, count, lattice, stroma, window
from imaging.phantom_nuclei import nuclei
from imaging.phantom_tissue import EPITHELIUM
from imaging.phantoms.colon import with_nuclei

TILE, PARTS = 96, 3  # side of a tile in pixels; its centre is one of so many parts across and down
NORMAL, TUMOUR = "normal", "tumour"
RADII = (0.11, 0.15)  # of a nest of tumour, in sides of a tile
BESIDE = 0.7  # share of the negative tiles that have a nest outside the centre


def centre_tile(label: str, patient: str, index: int, seed: int, side: int = TILE) -> Field:
    """One tile of either label; it depends on label, patient, index, seed and side alone."""
    if label not in (NORMAL, TUMOUR):
        raise KeyError(f"unknown label {label!r}; known: {NORMAL}, {TUMOUR}")
    return dyed(label, patient, index, seed, lambda rng: _concentrations(label == TUMOUR, side, rng))


def centre_phantoms(per_class: int, patients: int, seed: int = 0, side: int = TILE) -> Iterator[Field]:
    """Tiles of both labels in turn; those of a label go around the patients."""
    if not 1 <= patients <= per_class:
        raise ValueError(f"{patients} patients cannot each have a tile of both labels: per_class is {per_class}")
    for number in range(per_class):
        for label in (NORMAL, TUMOUR):
            yield centre_tile(label, f"p{number % patients:02d}", number // patients, seed, side)


def place_nest(is_positive: bool, side: int, radius: float, rng: Generator) -> np.ndarray:
    """Row and column of a nest: it reaches into the centre, or keeps out of it."""
    half, reach = side / 2, side / (2 * PARTS)
    if is_positive:
        return half + rng.uniform(-reach, reach, 2)
    far = rng.uniform(reach + 1.1 * radius, half)
    offset = np.array([far * rng.choice([-1, 1]), rng.uniform(-half, half)])
    return half + rng.permutation(offset)


def _concentrations(is_positive: bool, side: int, rng: Generator) -> np.ndarray:
    shape: Shape = side, side
    canvas = stroma(shape, rng)
    lymphocytes = rng.uniform(0, shape, (count(250, shape, rng), 2))
    spindles = rng.uniform(0, shape, (count(120, shape, rng), 2))
    cells = [nuclei(lymphocytes, (3.0, 0.08), 1.1, rng), nuclei(spindles, (2.6, 0.2), 4.0, rng)]
    if is_positive or rng.random() < BESIDE:
        radius = side * rng.uniform(*RADII)
        cells.append(_paint_nest(canvas, place_nest(is_positive, side, radius, rng), radius, rng))
    return with_nuclei(canvas, np.concatenate(cells))


def _paint_nest(canvas: np.ndarray, place: np.ndarray, radius: float, rng: Generator) -> np.ndarray:
    """Paint the pink of a nest; returns its nuclei (n, 6): large, crowded, of many sizes."""
    row, column = place
    here, y, x = window(canvas.shape, row, column, 1.1 * radius)
    bumps = cloud(canvas.shape[:2], 12, rng)[here]
    inside = (radius - np.hypot(y, x) + bumps).clip(0, 1)[..., None]
    canvas[here] = canvas[here] * (1 - inside) + inside * EPITHELIUM
    places = lattice(row - radius, column - radius, row + radius, column + radius, 8.5, rng)
    is_inside = np.hypot(*(places - place).T) < 0.85 * radius
    return nuclei(places[is_inside], (4.4, 0.2), 1.3, rng)
