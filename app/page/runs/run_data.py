"""A folder of results as the page shows it: read once, and again when its files change."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from app.app_settings import AppError
from cohort.audit.audited import Audited
from cohort.predictions import read_predictions
from imaging.files.regular_file import read_regular
from report.measures.all_images import is_two_class
from report.measures.mistakes import certainty_of
from report.out_of_fold import OutOfFold, out_of_fold_of

PREDICTIONS, NUMBERS, AUDIT = "fused.csv", "numbers.json", "audit.json"
PAGES = {"report.html": "The whole report (HTML)", "audit.html": "The whole audit (HTML)"}
LARGEST_NUMBERS = 64 << 20  # bytes


@dataclass(frozen=True, eq=False)
class Run:
    """What is shown of a run."""

    out_of_fold: OutOfFold
    numbers: Mapping[str, Any]  # of numbers.json; empty where there is none
    audited: Audited | None  # None: there was no audit

    @cached_property
    def roc(self) -> list[dict[str, float]]:
        """Each point of the ROC curve with the threshold that gives it; none where there are no two classes."""
        fusion = self.out_of_fold
        if not is_two_class(fusion):
            return []
        truth, score = fusion.truth, np.asarray(fusion.score)  # (n,), (n,)
        points = [{"false": 0.0, "found": 0.0, "threshold": 1.0}]
        for threshold in np.unique(score)[::-1]:
            called = score >= threshold
            points.append(
                {
                    "false": 100 * float(called[~truth].mean()),
                    "found": 100 * float(called[truth].mean()),
                    "threshold": float(threshold),
                }
            )
        return points

    def errors(self, true: str, answered: str) -> list[dict[str, str]]:
        """The wrong answers for images of a class that were given another, "" for any, the most certain first."""
        fusion = self.out_of_fold
        wrong = fusion.predicted != fusion.label  # (n,)
        wrong &= (fusion.label == true) | (true == "")
        wrong &= (fusion.predicted == answered) | (answered == "")
        certainty = certainty_of(fusion)
        sure = np.zeros(len(wrong)) if certainty is None else certainty
        patients = [""] * len(wrong) if fusion.patients is None else fusion.patients
        rows = []
        for row in np.flatnonzero(wrong)[np.argsort(-sure[wrong], kind="stable")]:
            rows.append(
                {
                    "image": str(fusion.images[row]),
                    "patient": str(patients[row]) or "not known",
                    "true class": str(fusion.label[row]),
                    "answered": str(fusion.predicted[row]),
                    "certainty": f"{100 * sure[row]:.0f} %",
                }
            )
        return rows


def run_names(results: Path) -> list[str]:
    """The runs and audits in a folder of results, the latest first; none where there is no folder."""
    latest: dict[str, float] = {}
    for name in (AUDIT, PREDICTIONS):
        for path in results.glob(f"*/{name}"):
            latest[path.parent.name] = path.stat().st_mtime
    names = [name for name in latest if not name.startswith(".")]
    return sorted(names, key=lambda name: -latest[name])


def stamps_of(folder: Path) -> tuple[int, ...]:
    """What changes when the files of a run do."""
    stamps = []
    for name in (PREDICTIONS, NUMBERS, AUDIT):
        path = folder / name
        stamps.append(path.stat().st_mtime_ns if path.is_file() else 0)
    return tuple(stamps)


def pages_of(folder: Path) -> dict[str, Path]:
    """The pages that lie in a folder of results, by what they are; a link to elsewhere is none of them."""
    pages = {}
    for name, words in PAGES.items():
        path = folder / name
        if path.is_file() and not path.is_symlink():
            pages[words] = path
    return pages


def read_audited(folder: Path) -> Audited | None:
    """The audit in a folder, None where there is none; raises HistoboostError."""
    from workflow.audit.kept_audit import read_audit

    return read_audit(folder).audited


def read_run(folder: Path) -> Run:
    """What there is to show of a run; raises HistoboostError or OSError for files that no run writes."""
    from workflow.run_folder import auc_of_run, read_settings

    settings = read_settings(folder) or {}
    table = read_predictions(folder / PREDICTIONS, patients_as_written=bool(settings.get("patients_as_written")))
    fusion = out_of_fold_of(table, settings.get("positive"), settings.get("two_class"), auc_of_run(settings))
    return Run(fusion, _numbers(folder), read_audited(folder))


def _numbers(folder: Path) -> Mapping[str, Any]:
    numbers: Any = {}
    with suppress(FileNotFoundError):
        try:
            numbers = json.loads(read_regular(folder / NUMBERS, LARGEST_NUMBERS))
        except (ValueError, RecursionError) as error:
            raise AppError(f"{NUMBERS} of {folder.name} is not what a report writes; make the report again") from error
    return numbers if isinstance(numbers, dict) else {}
