"""The learning curve: how right the same held-out images are after training on parts of the patients.

As Mukherjee et al. 2003, J. Comput. Biol. 10:119, and Figueroa et al. 2012, BMC Med. Inform. Decis. Mak. 12:8, but no
curve is fitted: with a few dozen patients the next doubling cannot be foretold to a point, and the last one can at
least be seen (report/chapters/more_patients.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cohort.predictions import PREFIX, PredictionsError, read_text_table, require_columns
from report.out_of_fold import OutOfFold, aligned, out_of_fold_of
from report.statistics.bootstrap import Resamples
from report.statistics.intervals import Interval, Measure, fewest_patients, interval, share_interval
from report.statistics.metrics import auc, mean
from report.statistics.paired import LEVEL, Difference, difference, exchange_test

KEYS = ("share", "draw", "trained_groups", "trained_images")  # beside the columns of a predictions table
TEXTS = ("image", "label", "patient", "model")


@dataclass(frozen=True, eq=False)
class LearningCurvePoint:
    """What models that were trained on a share of the patients answered, once per draw of that share."""

    share: float
    patients: float  # trained on, mean over folds and draws; images of unknown patients count as one each
    images: float  # trained on, likewise
    draws: tuple[OutOfFold, ...]  # to the same images in the same order

    @property
    def right(self) -> np.ndarray:
        """How many draws have each image right, (n,)."""
        return np.sum([draw.predicted == draw.label for draw in self.draws], axis=0)


def read_learning(path: str | Path) -> pd.DataFrame:
    """Read the table that `learning_curve_points` takes, as cv left it. Raises PredictionsError."""
    table = read_text_table(path)
    require_columns(table, (*KEYS, *TEXTS, "fold"), path)
    numbers = [name for name in table.columns if name in (*KEYS, "fold") or name.startswith(PREFIX)]
    try:
        return table.astype(dict.fromkeys(numbers, float))
    except ValueError as error:
        raise PredictionsError(f"{path}: {error} in a column of numbers; run cv again, or delete the file") from error


def learning_curve_points(table: pd.DataFrame, fusion: OutOfFold) -> list[LearningCurvePoint]:
    """The sizes of a table `share,draw,trained_groups,trained_images` and a fused table's columns, the smallest first.

    Answers come in the order of the fusion, whose two-class task they share. Raises ComparisonError where the images,
    labels or patients are others.
    """
    sizes = []
    for share, rows in table.groupby("share"):
        draws = [out_of_fold_of(part, fusion.positive, fusion.rule) for _, part in rows.groupby("draw")]
        draws = [aligned(fusion, draw, ("the run", "its learning curve")) for draw in draws]
        once = rows.drop_duplicates(["draw", "fold"])
        trained = once["trained_groups"].mean(), once["trained_images"].mean()
        sizes.append(LearningCurvePoint(float(str(share)), *trained, tuple(draws)))
    return sizes


def measures_of(draw: OutOfFold) -> dict[str, Measure]:
    """Accuracy, and where there are two classes AUC, under weights."""
    right, truth, score = draw.predicted == draw.label, draw.truth, draw.score
    found: dict[str, Measure] = {"accuracy": lambda weights: mean(weights, right)}
    if score is not None and 0 < truth.sum() < len(truth):
        found["AUC"] = lambda weights: auc(weights, truth, score)
    return found


def measure_of(size: LearningCurvePoint, name: str) -> Measure:
    """One measure, the mean over the draws of a size."""
    each = [measures_of(draw)[name] for draw in size.draws]
    return lambda weights: np.mean([measure(weights) for measure in each], axis=0)


def patients_about(name: str, size: LearningCurvePoint, resamples: Resamples) -> int:
    """The patients that a measure rests on."""
    return fewest_patients(size.draws[0].truth, resamples) if name == "AUC" else resamples.patients()


def point(size: LearningCurvePoint, name: str, resamples: Resamples) -> Interval:
    """A measure at a size with its interval over the tested patients, the draws' mean taken as one answer."""
    if name == "accuracy":
        return share_interval(size.right / len(size.draws), np.full(len(size.right), True), resamples)
    return interval(measure_of(size, name), resamples, patients_about(name, size, resamples))


def curve(sizes: Sequence[LearningCurvePoint], resamples: Resamples) -> dict[str, list[Interval]]:
    """Each measure at each size."""
    return {name: [point(size, name, resamples) for size in sizes] for name in measures_of(sizes[0].draws[0])}


def learning_numbers(sizes: Sequence[LearningCurvePoint], resamples: Resamples) -> pd.DataFrame:
    """The curve for a file: a row per measure and size, shares of 1, with the lowest and highest draw."""
    one = np.ones((1, len(resamples.group)))
    rows = []
    for name, points in curve(sizes, resamples).items():
        for size, found in zip(sizes, points, strict=True):
            draws = [float(measures_of(draw)[name](one)[0]) for draw in size.draws]
            trained = {"share": size.share, unit_of(resamples): size.patients, "images": size.images}
            ends = {"low": found.low, "high": found.high, "lowest_draw": min(draws), "highest_draw": max(draws)}
            rows.append({"measure": name, **trained, "draws": len(draws), "value": found.value, **ends})
    return pd.DataFrame(rows)


def unit_of(resamples: Resamples) -> str:
    """What is counted: patients where any is known."""
    return "patients" if resamples.by_patient else "images"


@dataclass(frozen=True, eq=False)
class LastDoubling:
    """What all of the patients bring over half of them."""

    half: LearningCurvePoint
    whole: LearningCurvePoint
    by_patient: float  # exact two-sided p that accuracy does not differ
    gains: dict[str, Difference]  # by measure


def last_doubling(sizes: Sequence[LearningCurvePoint], resamples: Resamples) -> LastDoubling | None:
    """From half of the patients to all, or None where half was too few.

    By accuracy it counts as told only when the exact test that exchanges the two sizes in whole patients agrees.
    """
    half, whole = (next((size for size in sizes if size.share == share), None) for share in (0.5, 1.0))
    if half is None or whole is None:
        return None
    gain = whole.right * len(half.draws) - half.right * len(whole.draws)  # (n,) whole numbers
    p, gains = exchange_test(gain, resamples.group), {}
    for name in measures_of(whole.draws[0]):
        both, patients = (measure_of(half, name), measure_of(whole, name)), patients_about(name, whole, resamples)
        gains[name] = difference(name, *both, resamples, patients, ("half", "all"), p < LEVEL or name == "AUC")
    return LastDoubling(half, whole, p, gains)
