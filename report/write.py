"""A report on disk: table.md, table.csv, report.html and the figures in one folder."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from rich.console import Group

from cohort.files.atomic import write_whole
from report.chapters.more_patients import learning_figure, learning_section
from report.chapters.overall import accuracy_section, class_section, confusion_figure, interval_section
from report.chapters.patients import leak_sections, patient_section
from report.chapters.probabilities import (
    calibration_section,
    conformal_section,
    reliability_figure,
    risk_figure,
    risk_section,
)
from report.chapters.rakhlin2018 import paper_sections
from report.chapters.two_class import roc_figure, threshold_section, two_class_sections
from report.evaluation import Evaluation
from report.measures.accuracy import confusion, table_1
from report.measures.leakage import Leaks
from report.measures.learning_curve import LearningCurvePoint, learning_numbers
from report.measures.thresholds import two_class, why_not_two_class
from report.out_of_fold import OutOfFold
from report.page.page import page
from report.section import Section, for_terminal, markdown
from report.statistics.bootstrap import Resamples, resample


def write_report(
    folder: str | Path,
    fusion: OutOfFold,
    variants: Mapping[str, OutOfFold] | None = None,
    calibrated: Mapping[str, np.ndarray] | None = None,
    sets: Mapping[float, np.ndarray] | None = None,
    leaks: Leaks | None = None,
    seed: int = 0,
    learning: Sequence[LearningCurvePoint] | None = None,
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
    write_whole(folder / "table.md", markdown(parts).encode())
    write_whole(folder / "table.csv", table_1(fusion, variants).round(4).to_csv(lineterminator="\n").encode())
    curve = learning_numbers(learning, resamples).round(6) if learning else None
    replace_or_remove(folder / "learning.csv", None if curve is None else csv_of(curve))
    for name, figure in figures.items():
        replace_or_remove(folder / f"{name}.png", None if figure is None else png(figure))
    title = str((settings or {}).get("name") or folder.resolve().name)
    facts = Evaluation(fusion, resamples, leaks, settings, learning)
    write_whole(folder / "report.html", page(title, facts, parts, figures, thumbnails or {}))
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
        write_whole(path, content)


def sections(
    fusion: OutOfFold,
    variants: Mapping[str, OutOfFold] | None = None,
    resamples: Resamples | None = None,
    calibrated: Mapping[str, np.ndarray] | None = None,
    sets: Mapping[float, np.ndarray] | None = None,
    leaks: Leaks | None = None,
    learning: Sequence[LearningCurvePoint] | None = None,
) -> list[Section]:
    """All tables of a report; `write_report` says what they are made from."""
    resamples = resample(fusion, np.random.default_rng(0)) if resamples is None else resamples
    counts = confusion(fusion)
    result = two_class(fusion)
    words = "Images of each true class (rows) by the class that the fusion answered (columns)."
    return [
        accuracy_section(table_1(fusion, variants), fusion),
        interval_section(fusion, resamples),
        Section("Confusion matrix", words, counts.astype(str)),
        class_section(counts, fusion, resamples),
        *(
            two_class_sections(result, fusion, resamples)
            if result
            else [Section("Two classes", why_not_two_class(fusion) or "")]
        ),
        threshold_section(fusion, resamples),
        *leak_sections(leaks, fusion, resamples),
        *([learning_section(learning, resamples)] if learning else []),
        calibration_section(fusion, calibrated or {}, resamples),
        conformal_section(fusion, sets or {}, resamples),
        risk_section(fusion, resamples),
        patient_section(fusion),
    ]
