"""The vote of all models: the mean of their probabilities."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import softmax

from cohort.predictions import SELECTED_ON_TEST, probability_columns, selected_on_test

FUSION = "fusion"  # what the vote is called in the column `model`
FUSIONS = {FUSION, FUSION + SELECTED_ON_TEST}  # the second where one of its models was chosen by the test images
LOGITS = "logits"  # a way of averaging: the softmax of the mean of the models' logits
LEAST = np.finfo(float).tiny  # a probability whose logarithm is finite
FACTS = ["label", "patient", "fold"]  # what all rows of an image must agree on


def is_fused(models: Iterable[str]) -> bool:
    """Whether the models of a table are one that is fused already."""
    names = set(models)
    return len(names) == 1 and names <= FUSIONS


def fuse(table: pd.DataFrame, averaging: str = "probabilities") -> pd.DataFrame:
    """Average the models of a table of predictions (see cohort.predictions), image by image.

    averaging: the mean of the probabilities, or of LOGITS. Returns a table of the same columns, one row per image,
    sorted by image, with model "fusion" (one of FUSIONS). The order of the
    rows given does not matter. Raises ValueError when the models do not cover the same images once each, when they
    disagree on an image's label, patient or fold, and when a probability is not finite.
    """
    columns = probability_columns(table)
    _check_cover(table)
    _check_facts(table)
    rows = table.sort_values(["image", "model"])  # so that the sum runs in one order
    models = rows["model"].nunique()
    stacked = rows[columns].to_numpy(dtype=float).reshape(-1, models, len(columns))  # (image, model, class)
    if not np.isfinite(stacked).all():
        raise ValueError("probabilities must be finite; run the cross-validation again for the models that are not")
    if averaging == LOGITS:
        mean = softmax(np.log(np.maximum(stacked, LEAST)).mean(axis=1), axis=1)
    else:
        mean = stacked.mean(axis=1)
    fused = dict(zip(columns, mean.T, strict=True))
    name = FUSION + SELECTED_ON_TEST if selected_on_test(rows["model"].unique()) else FUSION
    return rows[::models].assign(model=name, **fused).reset_index(drop=True)


def _check_cover(table: pd.DataFrame) -> None:
    """Refuse models that do not cover the same images once each."""
    models = sorted(table["model"].unique())
    if not models or FUSIONS & set(models):
        raise ValueError(f"fusion needs the rows of one model or more, none of them {FUSION!r}; got {models}")
    repeated = table[table.duplicated(["image", "model"])]
    if len(repeated):
        image, model = repeated[["image", "model"]].iloc[0]
        raise ValueError(f"a model must predict an image once; {model} predicts {image} again; keep one row")
    counts = table["image"].value_counts()
    short = counts[counts < len(models)].index
    if len(short):
        image = min(short)
        present = set(table.loc[table["image"] == image, "model"])
        absent = ", ".join(sorted(set(models) - present))
        raise ValueError(
            f"all models must cover the same images; {len(short)} are not covered by all, {image} not by {absent}; "
            "fuse fewer models or predict the missing images"
        )


def _check_facts(table: pd.DataFrame) -> None:
    """Refuse models that disagree on an image's label, patient or fold."""
    for column in FACTS:
        if column not in table.columns:
            continue
        values = table.groupby("image")[column].nunique(dropna=False)
        differing = values.index[values > 1]
        if len(differing):
            raise ValueError(
                f"models must agree on the {column} of an image, and do not for {differing[0]}; fuse only predictions "
                "made on the same images, labels and folds"
            )
