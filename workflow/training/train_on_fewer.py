"""What `cv --learning-curve` and `--procedure-interval` add: the same images after training on fewer patients."""

from collections.abc import Sequence

import pandas as pd

from boost.crossval import Part, predict_parts
from boost.heads.choices import TREES, names_of
from boost.nested import FoldPair, fold_pairs, nested_table, predict_pairs
from boost.recalibrated_table import recalibrated_parts
from boost.training_subsets import ROWS, learned_table, parts_of
from cohort.cohort import Cohort
from cohort.folds import FoldError
from workflow.training.training_run import TrainingRun


def learning_parts(run: TrainingRun, seed: int) -> list[Part]:
    """Whom to train on, decided before any work: patients are drawn, and images of unknown ones each by itself."""
    why = "more patients to learn from would also be more of the tested images' own"
    _refuse_split_patients(run.cohort, why, "--learning-curve")
    return parts_of(run.cohort, seed, views_trained_on(run))


def nested_pairs(run: TrainingRun) -> list[FoldPair]:
    """Which folds to leave out together, decided before any work."""
    _refuse_split_patients(run.cohort, "folds would not be independent", "--procedure-interval")
    return fold_pairs(run.cohort, views_trained_on(run))


def _refuse_split_patients(cohort: Cohort, why: str, option: str) -> None:
    """Raise FoldError where a patient is in several folds."""
    homes = pd.DataFrame({"group": cohort.groups, "fold": cohort.fold}).groupby("group")["fold"].nunique()
    if (homes > 1).any():
        raise FoldError(
            f"{(homes > 1).sum()} patients are in several folds, so that {why}; for {option} leave --groups none and "
            "such a --folds-file out"
        )


def views_trained_on(run: TrainingRun) -> int:
    """How many views of an image a model is trained on, at least; without trees any number is enough."""
    if TREES.name not in names_of(run.heads):
        return ROWS
    views = min(described.shape[1] for described in run.descriptors.values())
    return min(views, run.settings.views or views)


def learned(run: TrainingRun, parts: Sequence[Part]) -> pd.DataFrame:
    """Train on every part with the variants, heads and seeds of cv, and fuse: the table of `boost.training_subsets`.

    Each draw's probabilities are recalibrated by themselves, where those of the run are.
    """
    work = predict_parts(run.cohort, run.descriptors, parts, run.settings, run.jobs, run.caches(), run.heads)
    units = list(run.track("learning curve", work, run.units(len(parts))))
    table = learned_table(units, list(run.descriptors), run.cohort)
    return recalibrated_parts(table, ["share", "draw"]) if run.recalibrate else table


def nested(run: TrainingRun, pairs: Sequence[FoldPair]) -> pd.DataFrame:
    """Train without each pair of folds and fuse: the table of `boost.nested`.

    What is predicted without a fold is recalibrated by itself: that fold's images have no part in it.
    """
    work = predict_pairs(pairs, run.descriptors, run.settings, run.jobs, run.caches(), run.heads)
    units = list(run.track("pairs of folds", work, run.units(len(pairs))))
    table = nested_table(units, run.cohort)
    return recalibrated_parts(table, ["without"]) if run.recalibrate else table
