"""The tables that lie beside the predictions of a run, read again."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from boost.heads.choices import HEADS
from cohort.files.text_columns import require_columns
from cohort.predictions import PredictionsError, read_text_table
from report.choices.split_spread import read_repeated
from report.guess.plain_way import read_plain
from report.measures.learning_curve import read_further_predictions, read_learning
from report.nested_answers import read_nested
from report.trained.training_history import read_history

LEARNED = "learning_answers.csv"  # what models trained on fewer patients predicted, for the learning curve
NESTED = "nested_answers.csv"  # what models trained without two folds predicted, for the interval of the procedure
INNER = "inner_answers.csv"  # what every head's models trained without two folds predicted, to choose inside by
CHOSEN = "chosen_inside.csv"  # which head and variant each fold chose by them
REPEATED = "repeated_answers.csv"  # what models predicted under other divisions into folds
PLAIN = "whole_image_answers.csv"  # what logistic regression on whole images predicted, which a result is held against
SEEDS = "seed_answers.csv"  # what each seed's trees predicted, for the paper's Table 1
EPOCHS = "training.csv"  # how networks were trained end to end, epoch by epoch
FROZEN = "frozen_answers.csv"  # what frozen features with the default head predicted, beside those networks
BESIDE = (LEARNED, NESTED, INNER, CHOSEN, REPEATED, PLAIN, SEEDS, EPOCHS, FROZEN)
CHOICE_COLUMNS = {"fold": int, "head": str, "variant": str, "log_loss": float, "chosen": int}


def read_beside(folder: Path) -> dict[str, pd.DataFrame]:
    """What a report is made of, by the name of its file; the inner answers led to the choices, and are not needed."""
    readers: dict[str, Callable[[Path], pd.DataFrame]] = {
        LEARNED: read_learning,
        NESTED: read_nested,
        CHOSEN: read_choices,
        REPEATED: read_repeated,
        PLAIN: read_plain,
        SEEDS: read_seeds,
        EPOCHS: read_history,
        FROZEN: read_plain,
    }
    tables = {}
    for name, read in readers.items():
        if (folder / name).is_file():
            tables[name] = read(folder / name)
    return tables


def read_seeds(path: str | Path) -> pd.DataFrame:
    """Read what each seed's models predicted, as cv left it. Raises PredictionsError."""
    return read_further_predictions(path, ("seed",)).astype({"fold": int})


def read_choices(path: str | Path) -> pd.DataFrame:
    """Read what was chosen inside (`boost.selection.choose_inside`), as cv left it. Raises PredictionsError."""
    table = read_text_table(path)
    require_columns(table, CHOICE_COLUMNS, path)
    way_out = "run cv again, or delete the file"
    try:
        choices = table[list(CHOICE_COLUMNS)].astype(CHOICE_COLUMNS)
    except (ValueError, OverflowError) as error:
        raise PredictionsError(f"{path}: {error} in a column of numbers; {way_out}") from error
    unknown = sorted(set(choices["head"]) - set(HEADS))
    if unknown:
        raise PredictionsError(f"{path}: a head is one of {', '.join(HEADS)}; got {unknown[0]!r}; {way_out}")
    chosen = choices.groupby("fold")["chosen"].sum()
    if (chosen != 1).any():
        raise PredictionsError(f"{path}: fold {chosen.index[chosen != 1][0]} must choose one row; {way_out}")
    return choices
