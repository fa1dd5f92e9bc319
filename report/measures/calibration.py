"""Do the probabilities mean what they say? Calibration error, losses, and what calibration changes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from report.measures.calibration_error import Bins, bins_of, error_by_chance
from report.out_of_fold import OutOfFold
from report.statistics.clustered import clustered_interval, loss_interval, mean_interval
from report.statistics.influence import mean, share
from report.statistics.intervals import Interval, spread_interval
from report.statistics.metrics import losses
from report.statistics.patient_groups import PatientGroups

AS_THEY_ARE, RECALIBRATED, AS_VOTED = "as they are", "recalibrated", "as voted"  # rows


@dataclass(frozen=True)
class Quality:
    """How good one set of probabilities is."""

    log_loss: Interval
    brier: Interval
    error: Interval  # expected calibration error
    error_by_chance: float  # what perfect probabilities would show on these images


def quality(
    probabilities: np.ndarray,
    out_of_fold: OutOfFold,
    groups: PatientGroups,
    resamples: np.ndarray,
    rng: np.random.Generator,
) -> Quality:
    """Losses and calibration error of (n, classes) probabilities for the images of `out_of_fold`.

    The error is a sum of absolute values and has no influence function: its interval comes from `resamples` (times, n).
    Resampling adds noise to an error that is never negative, so they are moved back by their bias.
    """
    log_loss, brier = losses(probabilities, out_of_fold.codes)  # (n,), (n,)
    bins = bins_of(probabilities, out_of_fold.codes)
    each_once = np.ones((1, len(out_of_fold.label)))
    error = float(bins.error(each_once)[0])
    resampled = bins.error(resamples)  # (times,)
    bias = resampled.mean() - error
    moved_back = spread_interval(error, resampled - bias, groups.patients())
    within_bounds = Interval(error, max(moved_back.low, 0), min(moved_back.high, 1))
    return Quality(
        log_loss=loss_interval(mean(log_loss), groups.group),
        brier=loss_interval(mean(brier), groups.group),
        error=within_bounds,
        error_by_chance=error_by_chance(bins, groups.group, rng),
    )


def log_loss_change(calibrated: np.ndarray, out_of_fold: OutOfFold, group: np.ndarray) -> Interval:
    """The log-loss of calibrated probabilities minus that of the models' own, image by image; below 0 is better."""
    before, _ = losses(voted_probabilities(out_of_fold), out_of_fold.codes)  # (n,)
    after, _ = losses(calibrated, out_of_fold.codes)  # (n,)
    return mean_interval(mean(after - before), group)


def voted_probabilities(out_of_fold: OutOfFold) -> np.ndarray:
    """The models' own probabilities, (n, classes); a ValueError where only the classes were published."""
    if out_of_fold.voted is None:
        raise ValueError("these predictions have no probability for each class; calibration needs them")
    return out_of_fold.voted


def checked_calibrated(out_of_fold: OutOfFold, calibrated: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The probabilities that a report is about, then the others, by name; a ValueError where a shape differs.

    Where they are recalibrated, the models' own come next.
    """
    voted = voted_probabilities(out_of_fold)
    for name, table in calibrated.items():
        if table.shape != voted.shape:
            wanted = f"{voted.shape}, as the models'"
            raise ValueError(f"{name}: calibrated probabilities must be {wanted}; got {table.shape}")
    if out_of_fold.raw is None or out_of_fold.probabilities is None:
        return {AS_THEY_ARE: voted, **calibrated}
    return {RECALIBRATED: out_of_fold.probabilities, AS_VOTED: voted, **calibrated}


@dataclass(frozen=True)
class BinPoint:
    """One bin of a reliability diagram."""

    certainty: float  # mean
    accuracy: Interval
    images: int


def reliability(bins: Bins, group: np.ndarray) -> list[BinPoint]:
    """Of each bin: mean certainty, accuracy with its interval, and images."""
    points = []
    for inside in bins.inside.T:  # (n,)
        certainty = float(bins.certainty[inside].mean())
        accuracy = clustered_interval(share(bins.right, inside), group)
        points.append(BinPoint(certainty, accuracy, int(inside.sum())))
    return points
