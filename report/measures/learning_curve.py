"""The learning curve: how right the predictions for the same held-out images are after training on fewer patients.

As Mukherjee et al. 2003, J. Comput. Biol. 10:119, and Figueroa et al. 2012, BMC Med. Inform. Decis. Mak. 12:8, but no
curve is fitted: with a few dozen patients the next doubling cannot be foretold to a point, and the last one can at
least be seen (report/chapters/more_patients.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cohort.files.offenders import some
from cohort.files.text_columns import cells, require_columns
from cohort.predictions import PREFIX, PredictionsError, read_text_table
from report.measures.all_images import auc_of, has_auc
from report.out_of_fold import OutOfFold, aligned, out_of_fold_of
from report.statistics.clustered import clustered_interval
from report.statistics.influence import Linearised, macro, mean
from report.statistics.intervals import Interval
from report.statistics.paired import LEVEL, Difference, difference, exchange_test

KEYS = ("share", "draw", "trained_groups", "trained_images")  # beside the columns of a predictions table
LARGEST = 1e9  # share, fold, number of images and whatever else is counted
TEXTS = ("image", "label", "patient", "model")


@dataclass(frozen=True, eq=False)
class LearningCurvePoint:
    """The predictions of models that were trained on a share of the patients, one set per draw of that share."""

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
    return read_further_predictions(path, KEYS)


def read_further_predictions(path: str | Path, keys: Sequence[str]) -> pd.DataFrame:
    """Read the columns of a fused table with further `keys`, which are numbers from 0. Raises PredictionsError."""
    table = read_text_table(path)
    require_columns(table, (*keys, *TEXTS, "fold"), path)
    probabilities = [name for name in table.columns if name.startswith(PREFIX)]
    if len(probabilities) < 2:
        raise PredictionsError(f"{path}: two or more {PREFIX}<class> columns are needed; run cv again, or delete it")
    largest = dict.fromkeys((*keys, "fold"), LARGEST) | dict.fromkeys(probabilities, 1.0)
    numbers = table.assign(**{name: pd.to_numeric(table[name], errors="coerce") for name in largest})
    for name, most in largest.items():
        broken = cells(table, name, ~numbers[name].between(0, most))  # NaN is between nothing
        if broken:
            raise PredictionsError(
                f"{path}: {name} is a number in 0..{most:g}; broken by {some(broken, shown=3)} in a column of numbers; "
                "run cv again, or delete the file"
            )
    return table.astype(dict.fromkeys(largest, float))


def learning_curve_points(table: pd.DataFrame, out_of_fold: OutOfFold) -> list[LearningCurvePoint]:
    """The sizes of a table `share,draw,trained_groups,trained_images` and a fused table's columns, the smallest first.

    Predictions come in the order of `out_of_fold`, whose two-class task they share. Raises ComparisonError where the
    images, labels or patients are others.
    """
    sizes = []
    for share, rows in table.groupby("share"):
        draws = []
        for _, of_draw in rows.groupby("draw"):
            draw = out_of_fold_of(of_draw, out_of_fold.positive, out_of_fold.rule, out_of_fold.auc)
            draws.append(aligned(out_of_fold, draw, ("the run", "its learning curve")))
        per_model = rows.drop_duplicates(["draw", "fold"])
        patients, images = per_model["trained_groups"].mean(), per_model["trained_images"].mean()
        sizes.append(LearningCurvePoint(float(str(share)), patients, images, tuple(draws)))
    return sizes


def measures_of(draw: OutOfFold) -> dict[str, Linearised]:
    """Accuracy, and the AUC where there is one."""
    measures = {"accuracy": mean(draw.predicted == draw.label)}
    if has_auc(draw):
        area = auc_of(draw, draw.auc)
        if not np.isnan(area.value):
            measures["AUC"] = area
    return measures


def measure_of(size: LearningCurvePoint, name: str) -> Linearised:
    """One measure, the mean over the draws of a size: the draws are taken as one prediction."""
    of_draws = [measures_of(draw)[name] for draw in size.draws]
    return macro(of_draws, of_draws[0].stratum)


Curve = dict[str, list[Interval]]  # each measure at each size


def curve(sizes: Sequence[LearningCurvePoint], group: np.ndarray) -> Curve:
    """Each measure at each size with its interval over the tested patients `group` (n,)."""
    names = measures_of(sizes[0].draws[0])
    return {name: [clustered_interval(measure_of(size, name), group) for size in sizes] for name in names}


def learning_numbers(sizes: Sequence[LearningCurvePoint], points: Curve, unit: str) -> pd.DataFrame:
    """The curve for a file: a row per measure and size, shares of 1, with the lowest and highest draw.

    `unit` names what `patients` counts.
    """
    rows = []
    for name, intervals in points.items():
        for size, estimate in zip(sizes, intervals, strict=True):
            draws = [measures_of(draw)[name].value for draw in size.draws]
            row = {
                "measure": name,
                "share": size.share,
                unit: size.patients,
                "images": size.images,
                "draws": len(draws),
                "value": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
                "lowest_draw": min(draws),
                "highest_draw": max(draws),
            }
            rows.append(row)
    return pd.DataFrame(rows)


@dataclass(frozen=True, eq=False)
class LastDoubling:
    """What all of the patients bring over half of them."""

    half: LearningCurvePoint
    all: LearningCurvePoint
    by_patient: float  # exact two-sided p that accuracy does not differ
    gains: dict[str, Difference]  # by measure


def last_doubling(sizes: Sequence[LearningCurvePoint], group: np.ndarray) -> LastDoubling | None:
    """From half of the patients to all, or None where half was too few.

    A change in accuracy is significant only when the exact test that exchanges the two sizes in whole patients agrees.
    """
    by_share = {size.share: size for size in sizes}
    if 0.5 not in by_share or 1.0 not in by_share:
        return None
    half, all_patients = by_share[0.5], by_share[1.0]
    # whole numbers: right answers of all draws, each size counted as often as the other has draws
    gain = all_patients.right * len(half.draws) - half.right * len(all_patients.draws)  # (n,)
    by_patient = exchange_test(gain, group)
    gains = {}
    for name in measures_of(all_patients.draws[0]):
        gains[name] = difference(
            name,
            measure_of(half, name),
            measure_of(all_patients, name),
            group,
            ("half", "all"),
            significant=by_patient < LEVEL or name == "AUC",
        )
    return LastDoubling(half, all_patients, by_patient, gains)
