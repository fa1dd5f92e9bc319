"""How long `histoboost.measures` takes for 240 images: `python -m benchmarks.measures`."""

from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

from report.numbers import measures

TARGET = 0.3  # seconds


def predictions(images: int = 240, patients: int = 40) -> pd.DataFrame:
    """Two-class predictions in the columns of predictions.csv."""
    rng = np.random.default_rng(0)
    numbers = np.arange(images)
    label = np.where(numbers % 2, "malignant", "benign")
    noise = rng.normal(size=images) + rng.normal(size=patients)[numbers % patients]
    share = 1 / (1 + np.exp(-1.5 * np.where(numbers % 2, 1, -1) - noise))
    patient = [f"p{number % patients}" for number in numbers]
    table = {"image": numbers.astype(str), "label": label, "patient": patient, "fold": numbers % patients % 10 + 1}
    return pd.DataFrame({**table, "model": "fusion", "p_benign": 1 - share, "p_malignant": share})


def main() -> None:
    """Print the median of nine calls, after one that imports."""
    table = predictions()
    measures(table)
    seconds = []
    for _ in range(9):
        start = perf_counter()
        measures(table)
        seconds.append(perf_counter() - start)
    verdict = "met" if median(seconds) < TARGET else "NOT MET"
    print(f"measures of {len(table)} images: {median(seconds):.3f} s (target {TARGET} s, {verdict})")


if __name__ == "__main__":
    main()
