"""What tissue is painted on: the ground of stroma and fat, noise with features of a size, and lattices of places.

A canvas is an array (h, w, 2) of the concentrations of haematoxylin and eosin; lengths are in pixels.
"""

from math import hypot
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from PIL import Image
from scipy.ndimage import map_coordinates

Shape = tuple[int, int]  # height, width
REFERENCE_AREA = 384 * 512  # pixels that the counts of things are for
FAT_REACH, FAT_PITCH = 50, 58  # of a fat cell, and from one to the next


class Window(NamedTuple):
    """A square part of a field, cut to the field."""

    here: tuple[slice, slice]  # rows, columns
    y: np.ndarray  # (m, 1): offsets of its rows from the point that it surrounds
    x: np.ndarray  # (1, n): and of its columns


def window(shape: tuple[int, ...], row: float, column: float, reach: float) -> Window:
    """The square that reaches so far from a point to each side."""
    top = max(0, int(row - reach))
    left = max(0, int(column - reach))
    bottom = max(top, int(row + reach) + 1)
    right = max(left, int(column + reach) + 1)
    y, x = np.ogrid[: shape[0], : shape[1]]
    return Window(np.s_[top:bottom, left:right], y[top:bottom] - row, x[:, left:right] - column)


def count(density: float, shape: Shape, rng: Generator) -> int:
    """How many of a thing a field shows."""
    return rng.poisson(density * shape[0] * shape[1] / REFERENCE_AREA)


def cloud(shape: Shape, size: float, rng: Generator) -> np.ndarray:
    """Smooth noise (h, w) of about unit spread, with features of `size` pixels."""
    h, w = shape
    coarse = rng.standard_normal((int(h / size) + 2, int(w / size) + 2), np.float32)
    smooth = Image.fromarray(coarse).resize((w, h), Image.Resampling.BICUBIC, (0, 0, w / size, h / size))
    return 1.4 * np.asarray(smooth)


def lattice(top: float, left: float, bottom: float, right: float, pitch: float, rng: Generator) -> np.ndarray:
    """Points (n, 2) of a shaken triangular lattice: crowded, yet apart."""
    rows, columns = np.mgrid[top : bottom : 0.87 * pitch, left:right:pitch]
    columns[1::2] += pitch / 2
    points = np.stack([rows.ravel(), columns.ravel()], axis=1)
    return points + rng.uniform(-0.28, 0.28, points.shape) * pitch


def stroma(shape: Shape, rng: Generator) -> np.ndarray:
    """Pink wavy fibres with white clefts: concentrations (h, w, 2)."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    angle = rng.uniform(0, np.pi)
    straight = x * np.cos(angle) + y * np.sin(angle)
    bends = 6 * cloud(shape, 150, rng)
    ripples = 1.5 * cloud(shape, 45, rng)
    across = straight / 4 + bends + ripples
    along = (y * np.cos(angle) - x * np.sin(angle)) / 26
    texture = rng.standard_normal((256, 256))
    fibre = map_coordinates(texture, (across, along), order=1, mode="grid-wrap")
    patches = cloud(shape, 70, rng)
    gaps = 0.8 * cloud(shape, 30, rng)
    density = (1.6 * (fibre + patches + gaps) + 4.4).clip(0.05, 1)  # low in clefts
    eosin = (0.78 + 0.15 * fibre + 0.14 * patches).clip(0.2) * density
    return np.stack([0.06 * eosin, eosin], axis=-1)


def paint_fat(canvas: np.ndarray, fatty: np.ndarray, centres: np.ndarray) -> None:
    """Empty the cells of an irregular honeycomb around its centres (n, 2) that are `fatty` (n,); membranes stay."""
    for centre in centres[fatty]:
        here, y, x = window(canvas.shape, centre[0], centre[1], FAT_REACH)
        depth = 38 - np.hypot(y, x)  # pixels inside the membrane
        for dy, dx in centres - centre:
            distance = hypot(dy, dx)
            if 0 < distance < 110:
                halfway = distance / 2 - (y * dy + x * dx) / distance  # to the line between the two cells
                depth = np.minimum(depth, halfway)
        canvas[here] *= 1 - 0.97 * (depth - 1).clip(0, 1)[..., None]
