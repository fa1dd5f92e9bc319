"""The alterations of Keras' ImageDataGenerator: one affine map, a shift of the channels, flips."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import grid_sample


@dataclass(frozen=True)
class AffineRanges:
    """How far an image may be moved; all draws are uniform."""

    rotation: float  # degrees to either side
    zoom: float  # of the side, to either side of 1, each axis by itself
    shift: float  # of the side, to either side, each axis by itself
    shear: float  # degrees to either side, as Keras takes it
    channels: float = 0.0  # grey levels to either side, the same for all channels


IDC = AffineRanges(rotation=20, zoom=0.05, shift=0.1, shear=0.05)
PCAM = AffineRanges(rotation=180, zoom=0.4, shift=0.3, shear=0.3, channels=0.3)


def idc(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As the IDC document: rotation 20, zoom .05, shifts .1, shear .05, both flips, the nearest pixel outside."""
    return moved_and_flipped(image, IDC, rng)


def pcam(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As the PCam document's likely model: rotation 180, zoom .4, shifts .3, shear .3, channel shift .3, both flips.

    Keras shifts channels before it divides by 255, so .3 is a third of a grey level.
    """
    return moved_and_flipped(image, PCAM, rng)


def moved_and_flipped(image: np.ndarray, ranges: AffineRanges, rng: np.random.Generator) -> np.ndarray:
    """One image (side, side, 3) uint8 altered by draws; what lies outside is the nearest pixel, as Keras has it."""
    side = image.shape[0]
    matrix, offset = draw_map(side, ranges, rng)
    moved = apply_map(image, matrix, offset)  # float32
    if ranges.channels:
        darkest, brightest = moved.min(), moved.max()
        moved = (moved + rng.uniform(-ranges.channels, ranges.channels)).clip(darkest, brightest)
    altered = moved.round().astype(np.uint8)
    if rng.random() < 0.5:
        altered = altered[:, ::-1]
    if rng.random() < 0.5:
        altered = altered[::-1]
    return np.ascontiguousarray(altered)


def draw_map(side: int, ranges: AffineRanges, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A map (2, 2) and its offset (2,), in pixels (row, column), from places in the result to places in the image."""
    angle = rng.uniform(-ranges.rotation, ranges.rotation)
    shear = rng.uniform(-ranges.shear, ranges.shear)
    down, across = rng.uniform(-ranges.shift, ranges.shift, 2) * side
    zoom = rng.uniform(1 - ranges.zoom, 1 + ranges.zoom, 2)
    return keras_map(side, angle, shear, np.array([across, down]), zoom)


def keras_map(
    side: int, rotation: float, shear: float, shift: np.ndarray, zoom: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Keras' map: rotation, shift, shear and zoom, in this order, about the centre; both angles are in degrees.

    shift and zoom: across and down, in pixels and as factors. Keras composes them for (column, row).
    """
    angle, slant = np.radians([rotation, shear])
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    sheared = np.array([[1, -np.sin(slant)], [0, np.cos(slant)]])
    matrix = turned @ sheared @ np.diag(zoom)
    centre = np.array([side - 1, side - 1]) / 2
    offset = centre - matrix @ centre + turned @ shift
    return matrix[::-1, ::-1], offset[::-1]


def apply_map(image: np.ndarray, matrix: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """The pixels (side, side, 3) float32 at matrix @ (row, column) + offset, bilinear; outside the nearest."""
    side = image.shape[0]
    pixels = torch.from_numpy(image.astype(np.float32)).permute(2, 0, 1)[None]  # (1, 3, side, side)
    across = np.arange(side, dtype=np.float32)
    rows = matrix[0, 0] * across[:, None] + matrix[0, 1] * across + offset[0]  # (side, side)
    columns = matrix[1, 0] * across[:, None] + matrix[1, 1] * across + offset[1]
    places = np.stack([columns, rows], axis=-1).astype(np.float32) * np.float32(2 / (side - 1)) - 1  # -1..1: centres
    moved = grid_sample(pixels, torch.from_numpy(places)[None], "bilinear", "border", align_corners=True)
    return moved[0].permute(1, 2, 0).numpy()
