"""The numbers of an external test that numbers.json has no place for, under keys that stay (docs/NUMBERS.md)."""

from typing import Any

import numpy as np

from report.external.external_result import ExternalResult
from report.external.net_benefit import THRESHOLDS
from report.numbers import by_key, key_of, plain
from report.statistics.clustered import clustered_interval
from report.statistics.influence import share


def external_numbers(result: ExternalResult) -> dict[str, Any]:
    """As plain values for JSON."""
    far = share(result.is_outlier, np.ones(len(result.is_outlier)))
    numbers: dict[str, Any] = {
        "threshold": result.cut if result.is_two_class else None,
        "measures": by_key(result.measures),
        "cross_validation": {},
        "recalibration": {},
        "out_of_distribution": clustered_interval(far, result.group),
        "by": {name: by_value(result, values) for name, values in result.columns.items()},
    }
    for name, change in result.changes.items():
        numbers["cross_validation"][key_of(name)] = {
            "there": change.there,
            "difference": change.difference,
            "verdict": change.verdict,
        }
    for name, fit in result.recalibrations.items():
        numbers["recalibration"][name] = {"slope": fit.slope, "intercept": fit.intercept}
    if result.is_two_class:
        points = [result.two_class_truth.at(threshold) for threshold in THRESHOLDS]
        numbers["net_benefit"] = {
            f"{point.threshold:.2f}": {"model": point.model, "treat_all": point.treat_all, "gain": point.gain}
            for point in points
        }
    content: dict[str, Any] = plain(numbers)
    return content


def by_value(result: ExternalResult, values: np.ndarray) -> dict[str, Any]:
    """Images and accuracy of each value of a column, (n,) text."""
    numbers = {}
    for value in sorted(set(values.tolist())):
        images = values == value  # (n,)
        numbers[value] = {"images": int(images.sum()), "accuracy": result.accuracy_among(images)}
    return numbers
