"""What people do today, beside a result: the whole image resized to the network's input, logistic regression."""

from pathlib import Path

import numpy as np
import pandas as pd

from report.comparison import Comparison, compare
from report.measures.learning_curve import read_further_predictions
from report.out_of_fold import OutOfFold, aligned, out_of_fold_of
from report.statistics.clustered import clustered_interval, loss_interval
from report.statistics.influence import mean, share
from report.statistics.intervals import Interval
from report.statistics.metrics import losses

WHOLE = "whole image, logistic regression"  # a row
NAMES = (WHOLE, "fusion")


def read_plain(path: str | Path) -> pd.DataFrame:
    """Read the table that `plain_way_of` takes, as cv left it. Raises PredictionsError."""
    return read_further_predictions(path, ())


def plain_way_of(table: pd.DataFrame, out_of_fold: OutOfFold) -> OutOfFold:
    """Its predictions in the order and with the two-class task of a run. Raises ComparisonError for other images."""
    plain = out_of_fold_of(table, out_of_fold.positive, out_of_fold.rule, out_of_fold.auc)
    return aligned(out_of_fold, plain, ("the run", WHOLE))


def plain_measures(plain: OutOfFold, group: np.ndarray) -> tuple[Interval, Interval]:
    """Its accuracy and its log-loss, by patients `group` (n,)."""
    right = plain.predicted == plain.label  # (n,)
    log_loss, _ = losses(np.asarray(plain.probabilities), plain.codes)  # (n,)
    accuracy = clustered_interval(share(right, np.full(len(right), True)), group)
    return accuracy, loss_interval(mean(log_loss), group)


def beside_plain(plain: OutOfFold, out_of_fold: OutOfFold) -> Comparison:
    """A run beside it, image by image."""
    return compare(plain, out_of_fold, NAMES)
