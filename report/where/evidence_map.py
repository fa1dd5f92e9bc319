"""Answers for windows of an image, laid over it: where an answer comes from, as far as single windows tell.

Each window's probabilities are spread evenly over its own pixels; where windows overlap, their mean stands. Nothing is
interpolated, so the map is no smoother and no sharper than its windows. Several variants count as in the vote.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from cohort.predictions import RAW_PREFIX

MOST_CELLS = 256  # of the map along the longer side of the image

MEANING = (
    "Each window was answered by itself, by models that were trained on whole fields: the map shows where an answer "
    "comes from only as far as single windows tell. It is not a segmentation of tissue, and not a cause of the answer."
)


@dataclass(frozen=True, eq=False)
class WindowAnswers:
    """What one variant's models vote for each window of an image, before any calibration."""

    variant: str
    boxes: np.ndarray  # (window, 4) float64: top, left, height, width in pixels of the image
    votes: np.ndarray  # (window, class), each sums to 1
    weight: float = 1.0  # what the variant counts


@dataclass(frozen=True, eq=False)
class EvidenceMap:
    """The windows of all variants, and their mean over the image."""

    classes: tuple[str, ...]
    height: int  # of the image, in pixels
    width: int
    answers: tuple[WindowAnswers, ...]  # one variant or more; those of each cover the image
    picture: np.ndarray  # (h, w, 3) uint8: the image, or a small copy
    left_out: tuple[str, ...] = ()  # in sentences: variants that have no windows

    @property
    def window(self) -> tuple[float, float]:
        """Height and width of the smallest windows, in pixels of the image: nothing smaller can be seen in the map."""
        smallest = min((of_variant.boxes[0] for of_variant in self.answers), key=lambda box: box[2] * box[3])
        return float(smallest[2]), float(smallest[3])

    @property
    def step(self) -> float:
        """Pixels of the image that a cell of the map is high and wide, or a little fewer."""
        return max(1.0, max(self.height, self.width) / MOST_CELLS)

    @cached_property
    def values(self) -> np.ndarray:
        """The map: the mean vote at each cell of the image, (row, column, class) float32, which sums to 1."""
        rows, columns = (max(1, int(np.ceil(side / self.step))) for side in (self.height, self.width))
        maps = []
        for of_variant in self.answers:
            boxes = of_variant.boxes / [self.height, self.width, self.height, self.width]  # in shares of the image
            maps.append(spread_evenly(boxes, of_variant.votes, rows, columns))
        weights = [of_variant.weight for of_variant in self.answers]
        return np.average(maps, axis=0, weights=weights).astype(np.float32)

    def share(self, name: str) -> float:
        """The mean vote for a class over the whole image."""
        return float(self.values[..., self.classes.index(name)].mean())

    def table(self, image: str) -> pd.DataFrame:
        """All windows, a row each: image, variant, left, top, width, height in pixels, and raw_<class>..."""
        parts = []
        for of_variant in self.answers:
            top, left, height, width = of_variant.boxes.round(2).T  # (window,) each
            facts = {"image": image, "variant": of_variant.variant}
            place = {"left": left, "top": top, "width": width, "height": height}
            votes = {RAW_PREFIX + name: of_variant.votes[:, k].round(6) for k, name in enumerate(self.classes)}
            parts.append(pd.DataFrame(place | votes).assign(**facts))
        table = pd.concat(parts, ignore_index=True)
        return table[["image", "variant", *table.columns.drop(["image", "variant"])]]


def spread_evenly(boxes: np.ndarray, votes: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Votes (window, class) spread over boxes (window, 4) in shares of the image: (row, column, class).

    A cell takes each window by the share of it that the window covers; the windows together cover the image.
    """
    down = coverage(boxes[:, 0], boxes[:, 2], rows)  # (window, row)
    across = coverage(boxes[:, 1], boxes[:, 3], columns)  # (window, column)
    covered = down.T @ across  # (row, column)
    sums = [down.T @ (across * vote[:, None]) for vote in votes.T]  # (row, column) of each class
    return np.stack(sums, axis=2) / covered[:, :, None]


def coverage(starts: np.ndarray, lengths: np.ndarray, cells: int) -> np.ndarray:
    """How much of each of `cells` equal parts of [0, 1] is in [start, start + length]: (n, cells), in cells."""
    edges = np.arange(cells)
    first, last = starts[:, None] * cells, (starts + lengths)[:, None] * cells  # (n, 1)
    return np.clip(np.minimum(last, edges + 1) - np.maximum(first, edges), 0, 1)
