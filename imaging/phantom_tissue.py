"""What the four synthetic tissues look like: concentrations of haematoxylin and eosin, drawn from a description.

Lengths are in pixels, and counts are per 384 x 512 pixels, so larger fields show more tissue and not larger cells.
"""

from dataclasses import dataclass
from math import hypot
from typing import Any

import numpy as np
from numpy.random import Generator
from PIL import Image
from scipy.ndimage import map_coordinates
from scipy.special import ndtri
from skimage.filters import gaussian

Shape = tuple[int, int]  # height, width
REFERENCE_AREA = 384 * 512


@dataclass(frozen=True)
class Tissue:
    """What a class looks like under the microscope."""

    label: str
    glands: float  # ducts or nests
    radius: tuple[float, float]  # of a gland
    ragged: float  # amplitude of a gland's outline, relative to its radius
    layers: int  # of nuclei around the lumen; 0: the gland is filled
    nucleus: tuple[float, float]  # radius of an epithelial nucleus: mean, relative spread
    strays: float = 0  # single tumour cells in the stroma; where there are any, no gland has an intact edge
    cords: float = 0  # single files of them
    fat: float = 0.15  # part of the stroma


TISSUES = {
    tissue.label: tissue
    for tissue in (
        Tissue("normal", glands=6, radius=(20, 32), ragged=0.06, layers=1, nucleus=(4.6, 0.08), fat=0.4),
        Tissue("benign", glands=9, radius=(36, 66), ragged=0.14, layers=2, nucleus=(5.0, 0.10)),
        Tissue("insitu", glands=4, radius=(72, 105), ragged=0.07, layers=0, nucleus=(7.6, 0.14)),
        Tissue("invasive", glands=14, radius=(18, 50), ragged=0.28, layers=0, nucleus=(7.4, 0.22), strays=45, cords=8),
    )
}


@dataclass(frozen=True)
class Gland:
    """A closed outline r(angle) = radius (1 + sum of waves), in pixels."""

    row: float
    column: float
    radius: float
    waves: np.ndarray  # (5, 2): amplitude and phase of the harmonics 2..6

    def edge(self, angle: np.ndarray) -> np.ndarray:
        """Distance of the outline from the centre."""
        order = np.arange(2, 7)
        ripple = self.waves[:, 0] * np.cos(np.multiply.outer(angle, order) + self.waves[:, 1])  # (..., 5)
        return self.radius * (1 + ripple.sum(-1))

    def depth(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Distance from the outline along the radius, positive inside."""
        y, x = row - self.row, column - self.column
        return self.edge(np.arctan2(y, x)) - np.hypot(y, x)


def draw_tissue(tissue: Tissue, shape: Shape, rng: Generator) -> np.ndarray:
    """Concentrations (h, w, 2) of H and E before the patient's strengths."""
    glands = _place_glands(tissue, shape, rng)
    canvas = _stroma(shape, rng)  # (h, w, 2)
    _paint_fat(canvas, tissue, glands, rng)
    bumps = _cloud(shape, 14, rng)
    cells = [_stromal_cells(tissue, shape, rng)]
    for gland in glands:
        _paint_gland(canvas, gland, tissue, bumps)
        cells.append(_gland_cells(gland, tissue, rng))
    for cell in _rooted(np.concatenate(cells), canvas):
        _paint_nucleus(canvas, cell)
    grain = gaussian(rng.standard_normal(shape, np.float32), 1.1, mode="reflect")[..., None] * 3
    canvas *= np.exp(grain * (0.16, 0.06))  # chromatin is coarse, cytoplasm fine
    return gaussian(canvas, (0.6, 0.6, 0), mode="reflect").clip(0.004)


def _count(density: float, shape: Shape, rng: Generator) -> int:
    """How many of a thing a field shows."""
    return rng.poisson(density * shape[0] * shape[1] / REFERENCE_AREA)


def _cloud(shape: Shape, size: float, rng: Generator) -> np.ndarray:
    """Smooth noise (h, w) of about unit spread, with features of `size` pixels."""
    h, w = shape
    coarse = rng.standard_normal((int(h / size) + 2, int(w / size) + 2), np.float32)
    smooth = Image.fromarray(coarse).resize((w, h), Image.Resampling.BICUBIC, (0, 0, w / size, h / size))
    return 1.4 * np.asarray(smooth)


def _place_glands(tissue: Tissue, shape: Shape, rng: Generator) -> list[Gland]:
    """Glands that keep their distance; one that finds no room in 20 throws is left out."""
    glands: list[Gland] = []
    for _ in range(max(1, _count(tissue.glands, shape, rng))):
        radius = rng.uniform(*tissue.radius)
        amplitude = rng.normal(0, tissue.ragged, 5) / (1, 1.5, 2, 2.5, 3)
        waves = np.stack([amplitude, rng.uniform(0, 2 * np.pi, 5)], axis=1)
        for row, column in rng.uniform(-0.3 * radius, np.array(shape) + 0.3 * radius, (20, 2)):
            if all(hypot(row - g.row, column - g.column) > 1.05 * (radius + g.radius) + 8 for g in glands):
                glands.append(Gland(row, column, radius, waves))
                break
    return glands


def _window(shape: tuple[int, ...], row: float, column: float, reach: float) -> tuple[Any, np.ndarray, np.ndarray]:
    """Slices of the square around a point, cut to the field, and the pixels' offsets y (m, 1) and x (1, n) from it."""
    top, left = max(0, int(row - reach)), max(0, int(column - reach))
    here = np.s_[top : max(top, int(row + reach) + 1), left : max(left, int(column + reach) + 1)]
    y, x = np.ogrid[: shape[0], : shape[1]]
    return here, y[here[0]] - row, x[:, here[1]] - column


def _stroma(shape: Shape, rng: Generator) -> np.ndarray:
    """Pink wavy fibres with white clefts: concentrations (h, w, 2)."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    turn = rng.uniform(0, np.pi)
    across = (x * np.cos(turn) + y * np.sin(turn)) / 4 + 6 * _cloud(shape, 150, rng) + 1.5 * _cloud(shape, 45, rng)
    along = (y * np.cos(turn) - x * np.sin(turn)) / 26
    fibre = map_coordinates(rng.standard_normal((256, 256)), (across, along), order=1, mode="grid-wrap")
    patches = _cloud(shape, 70, rng)
    clefts = (1.6 * (fibre + patches + 0.8 * _cloud(shape, 30, rng)) + 4.4).clip(0.05, 1)
    eosin = (0.78 + 0.15 * fibre + 0.14 * patches).clip(0.2) * clefts
    return np.stack([0.06 * eosin, eosin], axis=-1)


def _paint_fat(canvas: np.ndarray, tissue: Tissue, glands: list[Gland], rng: Generator) -> None:
    """Empty the cells of an irregular honeycomb where fat lies, away from glands; their membranes stay."""
    shape = canvas.shape[:2]
    centres = _lattice(-60, -60, shape[0] + 60, shape[1] + 60, 58, rng)  # (n, 2)
    rows, columns = centres.astype(int).clip(0, np.array(shape) - 1).T
    fatty = _cloud(shape, 170, rng)[rows, columns] > ndtri(1 - tissue.fat)  # (n,)
    clear = [np.hypot(*(centres - (g.row, g.column)).T) - 1.2 * g.radius > 45 for g in glands]
    for centre in centres[np.all([fatty, *clear], axis=0)]:
        here, y, x = _window(shape, centre[0], centre[1], 50)
        depth = 38 - np.hypot(y, x)
        for dy, dx in centres - centre:
            if 0 < (far := hypot(dy, dx)) < 110:
                depth = np.minimum(depth, far / 2 - (y * dy + x * dx) / far)  # to the line halfway between
        canvas[here] *= 1 - 0.97 * (depth - 1).clip(0, 1)[..., None]


def _lattice(top: float, left: float, bottom: float, right: float, pitch: float, rng: Generator) -> np.ndarray:
    """Points (n, 2) of a shaken triangular lattice: crowded, yet apart."""
    rows, columns = np.mgrid[top : bottom : 0.87 * pitch, left:right:pitch]
    columns[1::2] += pitch / 2
    points = np.stack([rows.ravel(), columns.ravel()], axis=1)
    return points + rng.uniform(-0.28, 0.28, points.shape) * pitch


def _paint_gland(canvas: np.ndarray, gland: Gland, tissue: Tissue, bumps: np.ndarray) -> None:
    """Epithelium inside the outline, a pale lumen (or small holes) and, unless cells have strayed, a firm pink edge."""
    here, y, x = _window(canvas.shape, gland.row, gland.column, 1.6 * gland.radius)
    depth = gland.depth(y + gland.row, x + gland.column) + 1.5 * bumps[here]
    inside = (depth / 2 + 0.5).clip(0, 1)[..., None]
    wall = 6 + 2.2 * tissue.nucleus[0] * tissue.layers
    hollow = depth > wall if tissue.layers else (bumps[here] > 1.9) & (depth > 22)
    edge = np.exp(-(((depth + 3) / 2.5) ** 2))[..., None] * (not tissue.strays)
    canvas[here] = canvas[here] * (1 - inside) + inside * (0.24, 0.62)
    canvas[here] = canvas[here] * (1 - edge) + edge * (0.08, 1.15)
    canvas[here][hollow] = (0.01, 0.05)


def _gland_cells(gland: Gland, tissue: Tissue, rng: Generator) -> np.ndarray:
    """Nuclei (n, 6) of a gland: crowded in a filled one, else upright in rings that follow its outline."""
    size = tissue.nucleus[0]
    if not tissue.layers:
        reach = 1.5 * gland.radius
        box = gland.row - reach, gland.column - reach, gland.row + reach, gland.column + reach
        places = _lattice(*box, 2.05 * size, rng)
        return _nuclei(places[gland.depth(*places.T) > 0.8 * size], tissue.nucleus, 1.25, rng)
    rings = []
    for layer in range(tissue.layers):
        inset = 3 + size * (1 + 2.3 * layer)
        number = int(2 * np.pi * (gland.radius - inset) / (2.5 * size))
        angle = (np.arange(number) + rng.uniform(-0.2, 0.2, number)) * 2 * np.pi / number
        distance = gland.edge(angle) - inset + rng.normal(0, 0.8, number)
        places = (gland.row, gland.column) + distance[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
        rings.append(_nuclei(places, tissue.nucleus, 1.4, rng, angle))
    return np.concatenate(rings)


def _stromal_cells(tissue: Tissue, shape: Shape, rng: Generator) -> np.ndarray:
    """Nuclei (n, 6) between the glands: thin fibroblasts, small dark lymphocytes, stray tumour cells and cords."""
    densities = 70, 12, tissue.strays
    spindles, dots, strays = (rng.uniform(0, shape, (_count(density, shape, rng), 2)) for density in densities)
    cords = [_cord(shape, rng) for _ in range(_count(tissue.cords, shape, rng))]
    fibroblasts = _nuclei(spindles, (3.4, 0.2), 4.0, rng)
    lymphocytes = _nuclei(dots, (3.6, 0.08), 1.1, rng)
    tumour = _nuclei(np.concatenate([strays, *cords]), tissue.nucleus, 1.35, rng)
    return np.concatenate([fibroblasts, lymphocytes, tumour])


def _cord(shape: Shape, rng: Generator) -> np.ndarray:
    """Places (n, 2) of cells in a single, bending file."""
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.22, rng.integers(6, 16)))
    return rng.uniform(0, shape) + np.cumsum(17 * np.stack([np.sin(heading), np.cos(heading)], axis=1), axis=0)


def _nuclei(
    places: np.ndarray, size: tuple[float, float], stretch: float, rng: Generator, angle: np.ndarray | None = None
) -> np.ndarray:
    """Cells (n, 6): row, column, long and short half axes, angle of the long one, haematoxylin."""
    number = len(places)
    radius = size[0] * np.exp(rng.normal(0, size[1], number))
    aspect = np.sqrt(stretch * rng.uniform(0.8, 1.2, number).clip(1 / stretch))
    angle = rng.uniform(0, np.pi, number) if angle is None else angle + rng.normal(0, 0.2, number)
    dye = rng.normal(1.5, 0.2, number).clip(0.9)
    return np.column_stack([places, radius * aspect, radius / aspect, angle, dye])


def _rooted(cells: np.ndarray, canvas: np.ndarray) -> np.ndarray:
    """The cells whose centre lies in the field and in tissue: not in a lumen, a cleft or a fat droplet."""
    h, w = canvas.shape[:2]
    row, column = np.floor(cells[:, :2]).astype(int).T
    inside = (row >= 0) & (row < h) & (column >= 0) & (column < w)
    return cells[inside & (canvas[row.clip(0, h - 1), column.clip(0, w - 1), 1] > 0.3)]


def _paint_nucleus(canvas: np.ndarray, cell: np.ndarray) -> None:
    """A bean with a dark membrane, and a nucleolus if it is large, in place of what was there."""
    row, column, long, short, angle, dye = cell
    here, y, x = _window(canvas.shape, row, column, long + 2)
    u = x * np.cos(angle) + y * np.sin(angle)
    bend = 0.75 * (dye - 1.5) / long  # borrowed from the dye, so as to differ between cells
    v = y * np.cos(angle) - x * np.sin(angle) + bend * u**2
    radius = np.sqrt((u / long) ** 2 + (v / short) ** 2)
    mask = ((1 - radius) * short / 1.6 + 0.5).clip(0, 1)[..., None]
    chromatin = 0.78 + 0.35 * radius**2
    if short > 5.2:
        chromatin += 0.7 * np.exp(-((u - 1.5) ** 2 + v**2) / 3)
    paint = np.stack([dye * chromatin, np.full_like(radius, 0.12)], axis=-1)
    canvas[here] = canvas[here] * (1 - mask) + mask * paint
