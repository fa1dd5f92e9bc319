"""What a report is made of: values in cells, sections with a table and a figure, chapters of sections."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from report.statistics.intervals import Interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DASH = "–"  # stands where there is no number


@dataclass(frozen=True)
class Number:
    """A number and how many decimals of it are shown; `unit` is 100 where it is shown in per cent."""

    value: float
    decimals: int
    unit: float = 1
    signed: bool = False

    def __str__(self) -> str:
        if np.isnan(self.value):
            return DASH
        sign = "+" if self.signed else ""
        return f"{self.unit * self.value:{sign}.{self.decimals}f}"


@dataclass(frozen=True)
class Estimate:
    """A measure with its 95 % interval: per cent with one decimal unless `unit` and `decimals` say otherwise."""

    interval: Interval
    decimals: int = 1
    unit: float = 100
    signed: bool = False

    def __str__(self) -> str:
        if self.signed:
            return signed(self.interval, self.decimals, self.unit)
        return self.interval.text(self.decimals, self.unit)


@dataclass(frozen=True)
class Part:
    """So many of a total."""

    count: int
    total: int

    def __str__(self) -> str:
        return f"{self.count} of {self.total}"


@dataclass(frozen=True)
class MeanAndStd:
    """A mean and a standard deviation, two decimals each unless others are asked for."""

    mean: float
    std: float
    decimals: int = 2

    def __str__(self) -> str:
        if np.isnan(self.mean):
            return DASH
        return f"{self.mean:.{self.decimals}f} ± {self.std:.{self.decimals}f}"


@dataclass(frozen=True)
class Span:
    """The lowest and the highest of several numbers with two decimals; one number where they look the same."""

    lowest: float
    highest: float

    def __str__(self) -> str:
        lowest, highest = f"{self.lowest:.2f}", f"{self.highest:.2f}"
        return lowest if lowest == highest else f"{lowest}–{highest}"


NUMERIC = (int, np.integer, Number, Estimate, Part, MeanAndStd, Span)
Cell = int | Number | Estimate | Part | MeanAndStd | Span | str | None


def is_missing(cell: object) -> bool:
    """Whether nothing stands in a cell."""
    return cell is None or (isinstance(cell, float) and np.isnan(cell))


def cell_text(cell: object) -> str:
    """A cell as every printer writes it; a dash where there is nothing.

    >>> cell_text(Number(0.8725, 1, unit=100)), cell_text(Part(3, 12)), cell_text(None)
    ('87.2', '3 of 12', '–')
    """
    return DASH if is_missing(cell) else str(cell)


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure of a report: drawn when it is asked for, since a reader of tables needs none."""

    name: str  # of its file, without ending
    draw: "Callable[[], Figure]"
    caption: str
    alt: str  # what it shows in words, for those who do not see it


@dataclass(frozen=True)
class Thumb:
    """A small copy of an image, and the words below it."""

    content: bytes  # a JPEG file; none where the image is not at hand
    title: str
    words: tuple[str, ...]  # a line each
    alt: str


@dataclass(frozen=True, eq=False)
class Section:
    """One table with its words, and the figure that stands beside it."""

    key: str  # its address on the page
    title: str
    sentence: str  # how the numbers are computed
    cells: pd.DataFrame | None = None  # of Cell; its index is the first column
    at_length: bool = False  # for table.md and the page only: a terminal shows what a first reader needs
    picture: Picture | None = None
    thumbs: tuple[Thumb, ...] = ()  # on the page they stand in place of the table


@dataclass(frozen=True, eq=False)
class Chapter:
    """Sections on one question."""

    key: str
    title: str
    sections: tuple[Section, ...]


def estimate(measure: str, interval: Interval) -> Estimate:
    """A measure over all images as it is shown: per cent with one decimal, AUC with four and kappa with three."""
    decimals = {"AUC": 4, "Cohen's kappa": 3}
    if measure in decimals:
        return Estimate(interval, decimals[measure], unit=1)
    return Estimate(interval)


def chance_cell(measure: str, level: float) -> Number:
    """What a guess reaches of a measure, written as the measure is."""
    like = estimate(measure, Interval(level, level, level))
    return Number(level, 1, like.unit)


def signed(interval: Interval, decimals: int, unit: float = 1) -> str:
    """A difference with its interval, each with its sign."""
    texts = []
    for number in (interval.value, interval.low, interval.high):
        rounded = round(unit * number, decimals) + 0.0  # no -0.0
        texts.append(DASH if np.isnan(rounded) else f"{rounded:+.{decimals}f}")
    value, low, high = texts
    return f"{value} [{low}, {high}]"
