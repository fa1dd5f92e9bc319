"""Nine tissues of the colon as textures, in the likeness of NCT-CRC-HE: simple, but told apart by a person.

Each is drawn as concentrations (h, w, 2) of haematoxylin and eosin, before a patient's strengths, at half a micron a
pixel: a nucleus of a lymphocyte has a radius of 5 pixels, one of a tumour 8.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.random import Generator
from scipy.ndimage import map_coordinates
from skimage.filters import gaussian

from imaging.phantom import Field, dyed
from imaging.phantom_canvas import FAT_PITCH, Shape, cloud, count, lattice, paint_fat, stroma
from imaging.phantom_nuclei import nuclei, paint_nucleus
from imaging.phantom_tissue import Tissue, draw_tissue

CRYPTS = Tissue("crypts", glands=36, radius=(24, 32), ragged=0.04, layers=1, nucleus=(5.0, 0.08), fat=0)
NESTS = Tissue("nests", glands=30, radius=(34, 60), ragged=0.22, layers=0, nucleus=(7.6, 0.22), strays=60, fat=0)
TILE = 224


def fat(shape: Shape, rng: Generator) -> np.ndarray:
    """Empty cells in thin membranes."""
    canvas = 0.75 * stroma(shape, rng)
    centres = lattice(-60, -60, shape[0] + 60, shape[1] + 60, FAT_PITCH, rng)
    paint_fat(canvas, np.ones(len(centres), bool), centres)
    return canvas


def background(shape: Shape, rng: Generator) -> np.ndarray:
    """Glass, with a breath of dye."""
    veil = 0.015 + 0.008 * cloud(shape, 90, rng).clip(-1.5)
    return np.stack([veil, veil], axis=-1)


def debris(shape: Shape, rng: Generator) -> np.ndarray:
    """Dead tissue: pink flakes of no shape, and dust of nuclei."""
    flakes = (0.5 + cloud(shape, 9, rng) + 0.6 * cloud(shape, 40, rng)).clip(0, 1.4)
    dust = (cloud(shape, 3, rng) - 1.1).clip(0) * (cloud(shape, 45, rng) > -0.3)
    return np.stack([0.12 + 0.10 * flakes + 0.9 * dust, 0.20 + 0.45 * flakes], axis=-1)


def lymphocytes(shape: Shape, rng: Generator) -> np.ndarray:
    """Small, round, dark nuclei, crowded."""
    canvas = np.stack([np.full(shape, 0.10), 0.18 + 0.05 * cloud(shape, 30, rng)], axis=-1).clip(0.02)
    places = lattice(-6, -6, shape[0] + 6, shape[1] + 6, 11.5, rng)
    return with_nuclei(canvas, nuclei(places, (4.7, 0.08), 1.1, rng))


def mucus(shape: Shape, rng: Generator) -> np.ndarray:
    """Pale blue pools with thin bent threads."""
    pools = 0.10 + 0.05 * cloud(shape, 60, rng)
    folds = cloud(shape, 42, rng) + 0.35 * cloud(shape, 14, rng)
    threads = np.exp(-((folds / 0.09) ** 2)) + 0.6 * np.exp(-(((folds - 0.8) / 0.07) ** 2))
    return np.stack([pools + 0.22 * threads, 0.06 + 0.10 * threads], axis=-1).clip(0.01)


def muscle(shape: Shape, rng: Generator) -> np.ndarray:
    """Dense parallel pink fibres, and long nuclei along them."""
    angle = rng.uniform(0, np.pi)
    y, x = np.ogrid[: shape[0], : shape[1]]
    across = (x * np.cos(angle) + y * np.sin(angle) + 2.5 * cloud(shape, 90, rng)) / 5
    along = (y * np.cos(angle) - x * np.sin(angle)) / 60
    fibre = map_coordinates(rng.standard_normal((128, 128)), (across, along), order=1, mode="grid-wrap")
    eosin = (1.05 + 0.16 * fibre).clip(0.3)
    canvas = np.stack([0.07 * eosin, eosin], axis=-1)
    places = rng.uniform(0, shape, (count(110, shape, rng), 2))
    lengthwise = np.full(len(places), angle + np.pi / 2)
    return with_nuclei(canvas, nuclei(places, (3.4, 0.15), 7.0, rng, lengthwise))


def mucosa(shape: Shape, rng: Generator) -> np.ndarray:
    """Round crypts with one ring of nuclei around a pale centre."""
    return draw_tissue(CRYPTS, shape, rng)


def connective(shape: Shape, rng: Generator) -> np.ndarray:
    """Loose wavy fibres with white clefts, and a few spindles."""
    places = rng.uniform(0, shape, (count(150, shape, rng), 2))
    return with_nuclei(stroma(shape, rng), nuclei(places, (3.6, 0.2), 4.0, rng))


def tumour(shape: Shape, rng: Generator) -> np.ndarray:
    """Ragged nests of large nuclei of many sizes."""
    return draw_tissue(NESTS, shape, rng)


COLON: dict[str, Callable[[Shape, Generator], np.ndarray]] = {  # by the labels of NCT-CRC-HE
    "ADI": fat,
    "BACK": background,
    "DEB": debris,
    "LYM": lymphocytes,
    "MUC": mucus,
    "MUS": muscle,
    "NORM": mucosa,
    "STR": connective,
    "TUM": tumour,
}


def with_nuclei(canvas: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """A canvas with nuclei (n, 6) painted on it, slightly out of focus."""
    for cell in cells:
        paint_nucleus(canvas, cell)
    return gaussian(canvas, (0.6, 0.6, 0), mode="reflect")


def colon_tile(label: str, patient: str, index: int, side: int, seed: int) -> Field:
    """One tile; it depends on label, patient, index, side and seed alone. Raises KeyError for an unknown label."""
    if label not in COLON:
        raise KeyError(f"unknown tissue {label!r}; known: {', '.join(COLON)}")
    return dyed(label, patient, index, seed, lambda rng: COLON[label]((side, side), rng))


def colon_phantoms(per_class: int, patients: int, side: int = TILE, seed: int = 0) -> Iterator[Field]:
    """Tiles of all nine tissues in turn; those of a tissue go around the patients, so that each patient has all."""
    if not 1 <= patients <= per_class:
        raise ValueError(f"{patients} patients cannot each have a tile of every tissue: per_class is {per_class}")
    for number in range(per_class):
        for label in COLON:
            yield colon_tile(label, f"p{number % patients:02d}", number // patients, side, seed)
