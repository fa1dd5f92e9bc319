"""The fused predictions with recalibrated probabilities, those that the models voted for beside them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from boost.uncertainty.calibrate import RECALIBRATED
from boost.uncertainty.fit_calibration import calibrate_out_of_fold
from cohort.folds import groups_of
from cohort.predictions import PREFIX, RAW_PREFIX, classes_of, probability_columns


def recalibrated(fused: pd.DataFrame) -> pd.DataFrame:
    """A fused table whose p_<class> are recalibrated out-of-fold, with what they were as raw_<class>...

    Each fold's map is fitted to the predictions for the other folds, see boost.uncertainty.share_mixture.
    """
    names = [column.removeprefix(PREFIX) for column in probability_columns(fused)]
    raw = {RAW_PREFIX + name: fused[PREFIX + name] for name in names}
    return _with_probabilities(fused).assign(**raw)


def recalibrated_parts(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Several fused tables in one, such as the draws of a learning curve, each recalibrated by itself as above.

    Rows that agree in the columns `keys` are one table. The probabilities before are not kept.
    """
    parts = [_with_probabilities(part) for _, part in table.groupby(list(keys), sort=False)]
    return pd.concat(parts).loc[table.index]


def _with_probabilities(fused: pd.DataFrame) -> pd.DataFrame:
    """The table with its probabilities recalibrated out-of-fold."""
    classes = classes_of(fused)
    columns = [PREFIX + name for name in classes]
    labels = np.array([classes.index(label) for label in fused["label"]])  # (image,)
    groups = groups_of(fused["image"].to_numpy(), fused["patient"].to_numpy())  # (image,)
    voted = fused[columns].to_numpy(dtype=float)  # (image, class)
    probabilities = calibrate_out_of_fold(voted, labels, fused["fold"].to_numpy(), RECALIBRATED, groups)
    return fused.assign(**dict(zip(columns, probabilities.T, strict=True)))
