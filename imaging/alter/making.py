"""An image re-rendered as if it had been made as another was: its size or magnification, stain, range and compression.

What is seen stays; what the pixels owe to cutting, staining, scanning and saving becomes that of another image. It is
how the intervention of the bias audit asks whether a model's answer hangs on these (workflow/robustness).
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.alter.geometry import cut_to
from imaging.alter.light import range_of, to_range
from imaging.alter.recompression import QUALITIES, JpegTables, recompress, recompress_as, tables_of
from imaging.read import read_image, resize
from imaging.stain import OK, WHITE, Stain, fit_stain, optical_density

SIZE, MAGNIFICATION, STAIN, RANGE, JPEG = "size", "magnification", "stain", "range", "JPEG"
TRAITS = (SIZE, MAGNIFICATION, STAIN, RANGE, JPEG)  # in the order in which they come about
LADDER = tuple(range(10, QUALITIES[1], 5))  # qualities that a picture of no JPEG file may have been saved at before
SEEN, BLOCK = 256, 16  # pixels that are looked at, high and wide; blocks of JPEG with halved colour
LEAST_SEEN, LEAST_SPREAD = 48, 2  # pixels, and grey levels of deviation: in less, dips come by chance
DIP = 0.6  # of the error between the neighbouring qualities: below it, a picture was saved at this quality


@dataclass(frozen=True, eq=False)
class Making:
    """What an image owes to its making."""

    height: int
    width: int
    stain: Stain
    ends: np.ndarray  # (2, 3): the darkest and brightest level of each channel
    tables: JpegTables | None  # None where the file is no JPEG
    former: int | None = None  # the quality at which it was once saved as JPEG, where no JPEG now but seen to have been


def making_of(path: Path, content: bytes) -> Making:
    """Of an image file; raises ImageError."""
    image = read_image(path, content)
    tables = tables_of(content)
    former = former_quality(image) if tables is None else None
    return Making(image.shape[0], image.shape[1], fit_stain(image), range_of(image), tables, former)


def former_quality(image: np.ndarray) -> int | None:
    """The quality of LADDER at which (h, w, 3) uint8 was once compressed as JPEG; None where that is not to be seen.

    Compressed again at the same quality it hardly changes: the error has a dip there (JPEG ghosts; Farid 2009, IEEE
    Trans. Inf. Forensics Secur. 4:154). The middle of the image is looked at, from a corner of its 8 x 8 blocks on. In
    few pixels, or in flat ones such as empty glass, nothing is to be seen: rounding alone makes dips.
    """
    height, width = image.shape[:2]
    top = max(0, height // 2 - SEEN // 2) // BLOCK * BLOCK
    left = max(0, width // 2 - SEEN // 2) // BLOCK * BLOCK
    middle = image[top : top + SEEN, left : left + SEEN]
    levels = middle.astype(np.float32)
    if min(height, width) < LEAST_SEEN or levels.std(axis=(0, 1)).max() < LEAST_SPREAD:
        return None
    differences = []
    for quality in LADDER:
        again = recompress(middle, quality)
        differences.append(np.mean((again - levels) ** 2))
    errors = np.array(differences)  # (quality,)
    neighbours = (errors[:-2] + errors[2:]) / 2
    ratio = errors[1:-1] / np.maximum(neighbours, 1e-9)  # of each quality but the first and the last
    deepest = int(ratio.argmin())
    return LADDER[deepest + 1] if ratio[deepest] < DIP else None


def made_as(image: np.ndarray, making: Making, traits: Collection[str]) -> np.ndarray:
    """(h, w, 3) uint8 with these traits of another image's making, of TRAITS; the others stay its own.

    The other's size is reached by cutting, or by mirroring the borders, at the image's own magnification; to take over
    the magnification, the image is resampled to that size. Without a stain to be seen in one of both images, the stain
    stays. Compression is added, never undone.
    """
    if SIZE in traits:
        image = cut_to(image, making.height, making.width)
    if MAGNIFICATION in traits:
        image = resize(image, making.height, making.width)
    if STAIN in traits:
        image = stained_as(image, making.stain)
    if RANGE in traits:
        image = to_range(image, making.ends)
    if JPEG in traits and making.tables is not None:
        image = recompress_as(image, making.tables)
    elif JPEG in traits and making.former is not None:
        image = recompress(image, making.former)
    return image


def stained_as(image: np.ndarray, stain: Stain) -> np.ndarray:
    """Give (h, w, 3) uint8 the stain vectors and strengths of another image, as Macenko et al. 2009 give a reference's.

    Unlike `imaging.stain.normalise`, what the two stains do not explain (the third direction) is left in place.
    """
    density = optical_density(image)  # (3, h*w)
    own = fit_stain(image, density)
    if own.status != OK or stain.status != OK:
        return image
    amounts = np.linalg.pinv(own.matrix) @ density  # (2, h*w)
    change = stain.matrix * (stain.scale / own.scale) - own.matrix  # (3, 2)
    light = WHITE * np.exp(-(density + change @ amounts)) - 1  # (3, h*w)
    return np.clip(np.floor(light.T + 0.5), 0, 255).astype(np.uint8).reshape(image.shape)
