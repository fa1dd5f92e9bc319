"""Robustness as tables for files: a row for each setting, and a row for each image."""

import numpy as np
import pandas as pd

from report.robust.robust_points import Robustness, RobustPoint
from report.statistics.intervals import Interval


def robustness_table(robustness: Robustness) -> pd.DataFrame:
    """A row for each setting, the unaltered images first: every measure with its interval, as shares of 1.

    Columns are added in later versions, never renamed.
    """
    rows = [_row(robustness, robustness.origin)]
    for points in robustness.points.values():
        rows += [_row(robustness, point) for point in points]
    return pd.DataFrame(rows)


def _row(robustness: Robustness, point: RobustPoint) -> dict[str, object]:
    row: dict[str, object] = {
        "alteration": point.alteration,
        "value": point.value,
        "images": len(robustness.guess),
        "patients": robustness.groups.patients(),
        "set_size": point.set_size,
    }
    measures = {
        "accuracy": point.accuracy,
        "change": point.change,
        "above_guess": point.above_guess,
        "log_loss": point.log_loss,
        "calibration_error": point.calibration_error,
        "coverage": point.coverage,
        "flips": point.flips,
    }
    for name, recall in point.recall.items():
        measures[f"recall_{name}"] = recall
    for name, interval in measures.items():
        known = interval or Interval(np.nan, np.nan, np.nan)
        row |= {name: known.value, f"{name}_low": known.low, f"{name}_high": known.high}
    return row


def flips_table(robustness: Robustness) -> pd.DataFrame:
    """Of each image: its answer unaltered, and the share of all settings at which the answer is another."""
    before = robustness.unaltered.answers
    changed = np.array([one.answers.predicted != before.predicted for one in robustness.altered])  # (setting, n)
    return pd.DataFrame(
        {
            "image": before.images,
            "label": before.label,
            "patient": before.patients,
            "answer": before.predicted,
            "settings": len(changed),
            "flipped": changed.sum(axis=0),
            "flips": changed.mean(axis=0),
        }
    )
