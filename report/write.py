"""A report on disk: table.md, table.csv, report.html and the figures in one folder."""

import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from rich.console import Group

from report.accuracy import table_1
from report.answers import Answers
from report.curves import learning_figure, reliability_figure, risk_figure
from report.facts import Facts
from report.figures import confusion_figure, roc_figure
from report.leaks import Leaks
from report.learning import Size, learning_numbers
from report.page import page
from report.paper import paper_sections
from report.resample import resample
from report.section import for_terminal, markdown
from report.tables import sections


def write_report(
    folder: str | Path,
    fusion: Answers,
    variants: Mapping[str, Answers] | None = None,
    calibrated: Mapping[str, np.ndarray] | None = None,
    sets: Mapping[float, np.ndarray] | None = None,
    leaks: Leaks | None = None,
    seed: int = 0,
    learning: Sequence[Size] | None = None,
    settings: Mapping[str, Any] | None = None,
    thumbnails: Mapping[str, bytes] | None = None,
) -> list[Group]:
    """Write all tables and figures into a folder, made if need be; return what to print, one group per table.

    Where they are at hand: `calibrated` probabilities by the calibration's name, each (n, classes) and out-of-fold;
    conformal `sets` by their level, each (n, classes) bool; the `leaks` found; and the sizes of a `learning` curve.
    Rows are those of `fusion`. A figure that cannot be drawn is not there, and one of an earlier report is removed.

    For report.html: the content of settings.json, whose "name" is the title (else the folder's); and `thumbnails`, JPEG
    files by image, of those that `worst_mistakes` picks.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    resamples = resample(fusion, np.random.default_rng(seed))
    parts = sections(fusion, variants, resamples, calibrated, sets, leaks, learning)
    parts += paper_sections(fusion, variants or {}, resamples)
    with rc_context({"text.parse_math": False}):  # a $ in the name of a class is a $
        figures = {
            "confusion": confusion_figure(fusion),
            "roc": roc_figure(fusion, resamples),
            "calibration": reliability_figure(fusion, resamples, calibrated),
            "risk": risk_figure(fusion, resamples),
            "learning": learning_figure(learning, resamples) if learning else None,
        }
    replace_file(folder / "table.md", markdown(parts).encode())
    replace_file(folder / "table.csv", table_1(fusion, variants).round(4).to_csv(lineterminator="\n").encode())
    curve = learning_numbers(learning, resamples).round(6) if learning else None
    replace_or_remove(folder / "learning.csv", None if curve is None else csv_of(curve))
    for name, figure in figures.items():
        replace_or_remove(folder / f"{name}.png", None if figure is None else png(figure))
    title = str((settings or {}).get("name") or folder.resolve().name)
    facts = Facts(fusion, resamples, leaks, settings, learning)
    replace_file(folder / "report.html", page(title, facts, parts, figures, thumbnails or {}))
    return [for_terminal(part) for part in parts if not part.at_length]


def csv_of(table: pd.DataFrame) -> bytes:
    """A table without its index as the bytes of a CSV file."""
    return table.to_csv(index=False, lineterminator="\n").encode()


def png(figure: Figure) -> bytes:
    """A figure as the bytes of a PNG file."""
    memory = io.BytesIO()
    figure.savefig(memory, format="png", bbox_inches="tight", pad_inches=0.1)
    return memory.getvalue()


def replace_or_remove(path: Path, content: bytes | None) -> None:
    """Write a whole file, or for None see to it that none of an earlier report is left."""
    if content is None:
        path.unlink(missing_ok=True)
    else:
        replace_file(path, content)


def replace_file(path: Path, content: bytes) -> None:
    """Write a whole file under a temporary name and rename it, so that no reader ever sees half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
