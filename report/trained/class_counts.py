"""How many images of each class there are, to train on and to test by."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from report.chapters.figure_style import CURVE, POINTS, canvas, finish, short
from report.evaluation import Evaluation
from report.section import Cell, Number, Picture, Section

PARTS = {"training": CURVE, "test": POINTS[0]}  # and their colours
Counts = Mapping[str, Mapping[str, int]]  # by part and class


def counts_section(evaluation: Evaluation) -> Section | None:
    """Images by class, in training and test, or all where folds are held out in turn; None where it is not known."""
    counts = known_counts(evaluation)
    if not counts:
        return None
    rows: dict[str, dict[str, Cell]] = {}
    for label in evaluation.out_of_fold.classes:
        row: dict[str, Cell] = {}
        for part, of_part in counts.items():
            count, total = of_part.get(label, 0), sum(of_part.values())
            row[part] = count
            row[f"share of {part} %"] = Number(count / max(total, 1), 1, unit=100)
        rows[label] = row
    picture = Picture(
        name="class-shares",
        draw=lambda: counts_figure(counts, evaluation.out_of_fold.classes),
        caption="Images of each class.",
        alt=counts_words(counts),
    )
    in_folds = "" if len(counts) > 1 else " Each image is held out once, and trained on in all other folds."
    cells = pd.DataFrame(rows).T.rename_axis("class")
    return Section("class-shares", "Images by class", f"Images of each class.{in_folds}", cells, picture=picture)


def known_counts(evaluation: Evaluation) -> dict[str, dict[str, int]]:
    """The counts that settings.json tells, as far as they are such."""
    told = (evaluation.settings or {}).get("class_counts")
    counts: dict[str, dict[str, int]] = {}
    for part, of_part in told.items() if isinstance(told, Mapping) else ():
        if part not in (*PARTS, "all") or not isinstance(of_part, Mapping):
            continue
        numbers = {label: count for label, count in of_part.items() if isinstance(count, int) and count >= 0}
        if any(numbers.values()):
            counts[part] = numbers
    return counts


def counts_figure(counts: Counts, classes: tuple[str, ...]) -> Figure:
    """A bar for each class and part, with its number."""
    figure, axes = canvas(5.8, 1.2 + 0.34 * len(classes) * len(counts))
    height = 0.8 / len(counts)
    for number, (part, of_part) in enumerate(counts.items()):
        places = [row + (number + 0.5) * height - 0.4 for row in range(len(classes))]
        widths = [of_part.get(label, 0) for label in classes]
        bars = axes.barh(places, widths, 0.92 * height, color=PARTS.get(part, CURVE), label=f"{part}: {sum(widths):,}")
        axes.bar_label(bars, [f"{width:,}" for width in widths], padding=3, fontsize=9)
    axes.set_yticks(range(len(classes)), [short(label) for label in classes])
    axes.invert_yaxis()
    axes.set_axisbelow(True)
    axes.margins(x=0.4)  # room for the legend
    axes.set_xlabel("images")
    axes.set_title("Images by class", fontsize=11)
    finish(axes, "lower right")
    return figure


def counts_words(counts: Counts) -> str:
    """All numbers."""
    parts = []
    for part, of_part in counts.items():
        by_class = ", ".join(f"{label} {count}" for label, count in of_part.items())
        parts.append(f"{part}: {by_class}")
    return f"Bars of the images of each class; {'; '.join(parts)}."
