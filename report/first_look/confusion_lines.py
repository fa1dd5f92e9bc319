"""Which classes are taken for which, in as few lines as can be: a matrix of few classes, else a line for each class."""

import pandas as pd
from rich.console import RenderableType
from rich.text import Text

from report.evaluation import Evaluation
from report.first_look.elided import elided
from report.printing import MOST_ROWS, short_table
from report.section import Estimate

MOST_IN_MATRIX = 5  # classes
WIDTH = 76  # letters that a matrix may take
NAME = 24  # letters of a class


def confusion_lines(evaluation: Evaluation) -> list[RenderableType]:
    """The matrix, or the recall of each class; for more classes than a screen has lines, where they stand."""
    counts = evaluation.confusion
    if len(counts) <= MOST_IN_MATRIX:
        return [matrix_of(counts)]
    if len(counts) > MOST_ROWS:
        return [Text(f"The recall of each of {len(counts)} classes stands in table.md.")]
    rows = []
    for name in counts.index:
        recall = Estimate(evaluation.class_intervals[str(name)]["recall"])
        value, _, ends = str(recall).partition(" [")
        rows.append([elided(name, NAME), f"{value} %", f"[{ends}" if ends else "", str(counts.loc[name].sum())])
    return [short_table(["class", "recall", "95 % interval", "images"], rows, right=(1, 3))]


def matrix_of(counts: pd.DataFrame) -> RenderableType:
    """A row for each true class."""
    letters = min(NAME, WIDTH // (len(counts) + 1) - 2)
    names = [elided(name, letters) for name in counts.index]
    rows = [[name, *map(str, row)] for name, row in zip(names, counts.to_numpy().tolist(), strict=True)]
    return short_table(["true \\ called", *names], rows, right=range(1, len(names) + 1))
