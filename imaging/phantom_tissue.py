"""What the four synthetic tissues look like: concentrations of haematoxylin and eosin, drawn from a description.

Lengths are in pixels, and counts are per 384 x 512 pixels, so larger fields show more tissue and not larger cells.
"""

from dataclasses import dataclass, fields, replace
from math import hypot
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.special import ndtri
from skimage.filters import gaussian

from imaging.phantom_canvas import FAT_PITCH, Shape, cloud, count, lattice, paint_fat, stroma, window
from imaging.phantom_nuclei import nuclei, paint_nucleus, rooted, single_file


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

NUCLEUS_VARIES = 0.3  # times as much as other sizes: nuclei of patients are more alike than their architecture

EPITHELIUM, EDGE, LUMEN = (0.24, 0.62), (0.08, 1.15), (0.01, 0.05)  # concentrations of H and E


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


def likened(tissue: Tissue, signal: float, rng: Generator) -> Tissue:
    """A class drawn towards the mean of all classes, so that `signal` of its difference from that is left.

    Layers stay whole: the mixture is rounded up as often as its fraction says.
    """
    if signal == 1:
        return tissue
    numbers: dict[str, Any] = {}
    for field in fields(Tissue):
        if field.name == "label":
            continue
        own = np.asarray(getattr(tissue, field.name), dtype=float)
        mean = np.mean([getattr(of_class, field.name) for of_class in TISSUES.values()], axis=0)
        mixture = mean + signal * (own - mean)
        numbers[field.name] = tuple(mixture.tolist()) if mixture.ndim else float(mixture)
    return replace(tissue, **{**numbers, "layers": int(numbers["layers"] + rng.random())})


def varied(tissue: Tissue, texture: float, rng: Generator) -> Tissue:
    """A patient's own variation of it: sizes and counts times factors whose logarithm deviates by `texture`."""
    if texture == 0:
        return tissue
    glands, radius, ragged, nucleus, stray, fat = np.exp(texture * rng.standard_normal(6))
    return replace(
        tissue,
        glands=tissue.glands * glands,
        radius=(tissue.radius[0] * radius, tissue.radius[1] * radius),
        ragged=tissue.ragged * ragged,
        nucleus=(tissue.nucleus[0] * nucleus**NUCLEUS_VARIES, tissue.nucleus[1]),
        strays=tissue.strays * stray,
        cords=tissue.cords * stray,
        fat=min(tissue.fat * fat, 0.8),
    )


def draw_tissue(tissue: Tissue, shape: Shape, rng: Generator) -> np.ndarray:
    """Concentrations (h, w, 2) of H and E before the patient's strengths."""
    glands = _place_glands(tissue, shape, rng)
    canvas = stroma(shape, rng)  # (h, w, 2)
    _paint_fat(canvas, tissue, glands, rng)
    bumps = cloud(shape, 14, rng)
    cells = [_stromal_cells(tissue, shape, rng)]
    for gland in glands:
        _paint_gland(canvas, gland, tissue, bumps)
        cells.append(_gland_cells(gland, tissue, rng))
    for cell in rooted(np.concatenate(cells), canvas):
        paint_nucleus(canvas, cell)
    grain = gaussian(rng.standard_normal(shape, np.float32), 1.1, mode="reflect")[..., None] * 3
    canvas *= np.exp(grain * (0.16, 0.06))  # chromatin is coarse, cytoplasm fine
    return gaussian(canvas, (0.6, 0.6, 0), mode="reflect").clip(0.004)


def _place_glands(tissue: Tissue, shape: Shape, rng: Generator) -> list[Gland]:
    """Glands that keep their distance; one that finds no room in 20 throws is left out."""
    glands: list[Gland] = []
    for _ in range(max(1, count(tissue.glands, shape, rng))):
        radius = rng.uniform(*tissue.radius)
        amplitudes = rng.normal(0, tissue.ragged, 5) / (1, 1.5, 2, 2.5, 3)
        phases = rng.uniform(0, 2 * np.pi, 5)
        waves = np.stack([amplitudes, phases], axis=1)
        outside = 0.3 * radius  # a gland's centre may lie so far outside the field
        for row, column in rng.uniform(-outside, np.array(shape) + outside, (20, 2)):
            thrown = Gland(row, column, radius, waves)
            if not any(_crowd(thrown, gland) for gland in glands):
                glands.append(thrown)
                break
    return glands


def _crowd(one: Gland, other: Gland) -> bool:
    """Whether two glands lie too near to each other."""
    apart = hypot(one.row - other.row, one.column - other.column)
    return apart <= 1.05 * (one.radius + other.radius) + 8


def _paint_fat(canvas: np.ndarray, tissue: Tissue, glands: list[Gland], rng: Generator) -> None:
    """Paint fat cells in the part of the stroma where fat lies, away from glands."""
    height, width = canvas.shape[:2]
    centres = lattice(-60, -60, height + 60, width + 60, FAT_PITCH, rng)  # (n, 2)
    rows, columns = centres.astype(int).clip(0, [height - 1, width - 1]).T
    fatty = cloud((height, width), 170, rng)[rows, columns] > ndtri(1 - tissue.fat)  # (n,)
    for gland in glands:
        offsets = centres - (gland.row, gland.column)
        fatty &= np.hypot(*offsets.T) - 1.2 * gland.radius > 45
    paint_fat(canvas, fatty, centres)


def _paint_gland(canvas: np.ndarray, gland: Gland, tissue: Tissue, bumps: np.ndarray) -> None:
    """Epithelium inside the outline, a pale lumen (or small holes) and, unless cells have strayed, a firm pink edge."""
    here, y, x = window(canvas.shape, gland.row, gland.column, 1.6 * gland.radius)
    depth = gland.depth(y + gland.row, x + gland.column) + 1.5 * bumps[here]  # pixels inside the outline
    if tissue.layers:
        wall = 6 + 2.2 * tissue.nucleus[0] * tissue.layers
        hollow = depth > wall
    else:
        hollow = (bumps[here] > 1.9) & (depth > 22)
    inside = (depth / 2 + 0.5).clip(0, 1)[..., None]
    canvas[here] = canvas[here] * (1 - inside) + inside * EPITHELIUM
    edge = np.exp(-(((depth + 3) / 2.5) ** 2))[..., None] * (not tissue.strays)
    canvas[here] = canvas[here] * (1 - edge) + edge * EDGE
    canvas[here][hollow] = LUMEN


def _gland_cells(gland: Gland, tissue: Tissue, rng: Generator) -> np.ndarray:
    """Nuclei (n, 6) of a gland: crowded in a filled one, else upright in rings that follow its outline."""
    if tissue.layers:
        return np.concatenate([_ring(gland, tissue, layer, rng) for layer in range(tissue.layers)])
    size = tissue.nucleus[0]
    reach = 1.5 * gland.radius
    box = gland.row - reach, gland.column - reach, gland.row + reach, gland.column + reach
    places = lattice(*box, 2.05 * size, rng)
    inside = gland.depth(*places.T) > 0.8 * size
    return nuclei(places[inside], tissue.nucleus, 1.25, rng)


def _ring(gland: Gland, tissue: Tissue, layer: int, rng: Generator) -> np.ndarray:
    """Nuclei (n, 6) of one layer, counted from the outline inwards."""
    size = tissue.nucleus[0]
    inset = 3 + size * (1 + 2.3 * layer)
    number = int(2 * np.pi * (gland.radius - inset) / (2.5 * size))
    angle = (np.arange(number) + rng.uniform(-0.2, 0.2, number)) * 2 * np.pi / number
    distance = gland.edge(angle) - inset + rng.normal(0, 0.8, number)
    outwards = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    places = (gland.row, gland.column) + distance[:, None] * outwards
    return nuclei(places, tissue.nucleus, 1.4, rng, angle)


def _stromal_cells(tissue: Tissue, shape: Shape, rng: Generator) -> np.ndarray:
    """Nuclei (n, 6) between the glands: thin fibroblasts, small dark lymphocytes, stray tumour cells and cords."""
    spindles = rng.uniform(0, shape, (count(70, shape, rng), 2))
    dots = rng.uniform(0, shape, (count(12, shape, rng), 2))
    strays = rng.uniform(0, shape, (count(tissue.strays, shape, rng), 2))
    cords = [single_file(shape, rng) for _ in range(count(tissue.cords, shape, rng))]
    fibroblasts = nuclei(spindles, (3.4, 0.2), 4.0, rng)
    lymphocytes = nuclei(dots, (3.6, 0.08), 1.1, rng)
    tumour = nuclei(np.concatenate([strays, *cords]), tissue.nucleus, 1.35, rng)
    return np.concatenate([fibroblasts, lymphocytes, tumour])
