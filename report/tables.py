"""The tables of a report as text: each a title, a sentence on how it is computed, and cells ready to print."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from report.accuracy import class_table, confusion, overall, table_1
from report.answers import Answers
from report.operating import TwoClass, two_class, why_not_two_class


@dataclass(frozen=True, eq=False)
class Section:
    """One table with its words."""

    title: str
    sentence: str
    cells: pd.DataFrame | None = None  # text; its index is the first column


def sections(fusion: Answers, variants: Mapping[str, Answers] | None = None) -> list[Section]:
    """All tables of a report, in the order of reading."""
    counts = confusion(fusion)
    result = two_class(fusion)
    words = "Images of each true class (rows) by the class that the fusion answered (columns)."
    return [
        accuracy_section(table_1(fusion, variants), fusion),
        Section("Confusion matrix", words, counts.astype(str)),
        class_section(counts, overall(fusion)),
        *(two_class_sections(result, fusion) if result else [Section("Two classes", why_not_two_class(fusion) or "")]),
    ]


def accuracy_section(table: pd.DataFrame, fusion: Answers) -> Section:
    """The paper's Table 1: folds with one decimal, mean and std with two."""
    cells = table.map(lambda share: number(share, 1))
    for column in ("mean", "std"):
        cells[column] = table[column].map(lambda share: number(share, 2))
    sentence = (
        f"Accuracy in % of {len(fusion.images)} out-of-fold answers over {len(fusion.classes)} classes, a column per "
        "fold; both std are of a population (ddof 0), the row's over the variants."
    )
    return Section("Accuracy by fold", sentence, cells)


def class_section(counts: pd.DataFrame, numbers: Mapping[str, float]) -> Section:
    """Each class by itself, and in the sentence the numbers over all images."""
    table = class_table(counts)
    cells = pd.DataFrame(
        {
            "images": table["images"].astype(str),
            "recall": table["recall"].map(lambda share: number(share, 1)),
            "precision": table["precision"].map(lambda share: number(share, 1)),
        }
    )
    loss = f", log-loss {numbers['log-loss']:.4f} (nats per image)" if "log-loss" in numbers else ""
    sentence = (
        f"Fusion, all images together: accuracy {numbers['accuracy']:.2f} %, balanced accuracy (mean recall) "
        f"{numbers['balanced accuracy']:.2f} %{loss}; below, recall and precision of each class in %."
    )
    return Section("Classes", sentence, cells)


def two_class_sections(result: TwoClass, fusion: Answers) -> list[Section]:
    """Accuracy and AUC; then what each operating point finds and misses."""
    folds = result.accuracy
    whole = pd.DataFrame(
        {"accuracy": f"{folds.mean():.2f} ± {folds.std(ddof=0):.2f}", "AUC": f"{result.auc:.4f}"},
        index=pd.Index(["fusion"], name="model"),
    )
    totals = {f"missed {name}": int(np.sum(fusion.label == name)) for name in result.positive}
    points = {
        column: [f"{value:.0f} of {totals[column]}" if column in totals else number(value, 1) for value in values]
        for column, values in result.points.items()
    }
    thresholds = pd.Index([f"{threshold:.2f}" for threshold in result.points.index], name="threshold")
    return [
        Section("Two classes", two_class_sentence(result), whole),
        Section(
            "Operating points",
            "Sensitivity and specificity in % over all images, an image being positive when its score reaches the "
            "threshold, and the positive images missed, by class.",
            pd.DataFrame(points, index=thresholds),
        ),
    ]


def two_class_sentence(result: TwoClass) -> str:
    """What is positive, and how the score and the numbers are made."""
    rules = {
        "max": "the largest positive probability over itself plus the largest other one",
        "sum": "the sum of the positive probabilities",
    }
    return (
        f"Positive: {' + '.join(result.positive)}; score (rule {result.rule}): {rules[result.rule]}; accuracy in % at "
        "0.50, mean ± population std over folds; AUC over all images together."
    )


def number(value: float, decimals: int) -> str:
    """A number with so many decimals, or a dash where there is none."""
    return "–" if np.isnan(value) else f"{value:.{decimals}f}"


def markdown(parts: list[Section]) -> str:
    """All sections in one Markdown text."""
    return "\n".join(f"## {part.title}\n\n{part.sentence}\n{markdown_table(part.cells)}" for part in parts)


def markdown_table(cells: pd.DataFrame | None) -> str:
    """A table in Markdown, numbers to the right; nothing for no table."""
    if cells is None:
        return ""
    rows = [[corner(cells), *map(str, cells.columns)], ["---"] + ["--:"] * cells.shape[1]]
    rows += [[str(name), *line] for name, line in zip(cells.index, cells.to_numpy(), strict=True)]
    lines = ("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows)
    return "\n" + "\n".join(lines) + "\n"


def for_terminal(part: Section) -> Group:
    """A section as rich prints it, an empty line after it."""
    words = [Text(part.title, style="bold"), Text(part.sentence, style="dim")]
    return Group(*words, Text()) if part.cells is None else Group(*words, Text(), rich_table(part.cells), Text())


def rich_table(cells: pd.DataFrame) -> Table:
    """A table for the terminal, numbers to the right; where room is short, names are broken and numbers never."""
    widths = [int(cells[column].str.len().max()) for column in cells.columns]  # (columns,)
    breakable = [len(str(column)) > width for column, width in zip(cells.columns, widths, strict=True)]
    gap = (0, 0 if len(widths) > 8 else 1)
    table = Table(box=box.SIMPLE, padding=gap, collapse_padding=True, show_edge=False, pad_edge=False)
    table.add_column(Text(corner(cells)), overflow="fold", no_wrap=any(breakable))
    for column, breaks in zip(cells.columns, breakable, strict=True):
        table.add_column(Text(str(column)), justify="right", overflow="fold", no_wrap=not breaks)
    for name, line in zip(cells.index, cells.to_numpy(), strict=True):
        if name == "std":
            table.add_section()
        table.add_row(Text(str(name)), *map(Text, line), style="bold" if name == "fusion" else "")
    return table


def corner(cells: pd.DataFrame) -> str:
    """The heading of the first column; a confusion matrix names both its axes."""
    return f"{cells.index.name} \\ {cells.columns.name}" if cells.columns.name else str(cells.index.name)
