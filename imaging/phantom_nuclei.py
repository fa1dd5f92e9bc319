"""The nuclei of synthetic tissue: arrays (n, 6) of row, column, half axes, angle and dye, and how one is painted."""

import numpy as np
from numpy.random import Generator

from imaging.phantom_canvas import Shape, window

STEP = 17  # pixels from one cell of a file to the next


def nuclei(
    places: np.ndarray, size: tuple[float, float], stretch: float, rng: Generator, angle: np.ndarray | None = None
) -> np.ndarray:
    """Cells (n, 6): row, column, long and short half axes, angle of the long one, haematoxylin."""
    number = len(places)
    radius = size[0] * np.exp(rng.normal(0, size[1], number))
    aspect = np.sqrt(stretch * rng.uniform(0.8, 1.2, number).clip(1 / stretch))
    angle = rng.uniform(0, np.pi, number) if angle is None else angle + rng.normal(0, 0.2, number)
    dye = rng.normal(1.5, 0.2, number).clip(0.9)
    return np.column_stack([places, radius * aspect, radius / aspect, angle, dye])


def single_file(shape: Shape, rng: Generator) -> np.ndarray:
    """Places (n, 2) of cells in a single, bending file."""
    start_heading = rng.uniform(0, 2 * np.pi)
    length = rng.integers(6, 16)
    heading = start_heading + np.cumsum(rng.normal(0, 0.22, length))
    start = rng.uniform(0, shape)
    steps = STEP * np.stack([np.sin(heading), np.cos(heading)], axis=1)
    return start + np.cumsum(steps, axis=0)


def rooted(cells: np.ndarray, canvas: np.ndarray) -> np.ndarray:
    """The cells whose centre lies in the field and in tissue: not in a lumen, a cleft or a fat droplet."""
    h, w = canvas.shape[:2]
    row, column = np.floor(cells[:, :2]).astype(int).T
    inside = (row >= 0) & (row < h) & (column >= 0) & (column < w)
    eosin = canvas[row.clip(0, h - 1), column.clip(0, w - 1), 1]
    return cells[inside & (eosin > 0.3)]


def paint_nucleus(canvas: np.ndarray, cell: np.ndarray) -> None:
    """A bean with a dark membrane, and a nucleolus if it is large, in place of what was there."""
    row, column, long, short, angle, dye = cell
    here, y, x = window(canvas.shape, row, column, long + 2)
    along = x * np.cos(angle) + y * np.sin(angle)
    bend = 0.75 * (dye - 1.5) / long  # borrowed from the dye, so as to differ between cells
    across = y * np.cos(angle) - x * np.sin(angle) + bend * along**2
    radius = np.sqrt((along / long) ** 2 + (across / short) ** 2)  # 1 at the membrane
    mask = ((1 - radius) * short / 1.6 + 0.5).clip(0, 1)[..., None]
    chromatin = 0.78 + 0.35 * radius**2
    if short > 5.2:
        chromatin += 0.7 * np.exp(-((along - 1.5) ** 2 + across**2) / 3)  # the nucleolus
    paint = np.stack([dye * chromatin, np.full_like(radius, 0.12)], axis=-1)
    canvas[here] = canvas[here] * (1 - mask) + mask * paint
