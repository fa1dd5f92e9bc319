"""What cv trains beside the run itself: decided before any work, and done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from boost.crossval import Part, collect, cross_validate
from boost.fusion import fuse
from boost.heads.choices import MEMBERS
from boost.heads.head import Head
from boost.nested import FoldPair, fold_pairs, inner_table, predict_pairs
from boost.recalibrated_table import recalibrated_parts
from boost.selection import candidates_of, choose_inside
from boost.settings import PRESETS, BoostError
from cohort.cohort import Cohort
from cohort.predictions import predictions_table
from workflow.training.beside_the_result import plain_answers
from workflow.training.tables_beside import CHOSEN, INNER, LEARNED, NESTED, PLAIN, REPEATED
from workflow.training.train_on_fewer import learned, nested, views_trained_on
from workflow.training.training_run import TrainingRun

INNER_TREES = "draft"  # the preset of trees that only choose


@dataclass(frozen=True, eq=False)
class FurtherWork:
    """What was asked for, each as the parts of its work; nothing of it where it is empty."""

    parts: Sequence[Part] = ()  # of the learning curve
    pairs: Sequence[FoldPair] = ()  # of the interval of the procedure
    inner_pairs: Sequence[FoldPair] = ()  # by which heads and variants are chosen
    not_chosen_inside: str = ""  # why there are no such pairs though they were asked for
    compared: tuple[Head, ...] = ()  # the heads to choose among
    default: str = ""  # the head of the result, one of HEADS
    repeats: Mapping[int, Cohort] = field(default_factory=dict)  # the images in other folds, by the seed of these
    plain: TrainingRun | None = None  # on whole images, what the result is held against

    def done(self, run: TrainingRun) -> dict[str, pd.DataFrame]:
        """Do it all: tables by the name of their file."""
        tables = {}
        if self.parts:
            tables[LEARNED] = learned(run, self.parts)
        if self.pairs:
            tables[NESTED] = nested(run, self.pairs)
        if self.inner_pairs:
            tables[INNER] = inner_answers(run, self.inner_pairs, self.compared)
            tables[CHOSEN] = chosen_by(tables[INNER], list(run.descriptors), self.default)
        if self.repeats:
            tables[REPEATED] = repeated(run, self.repeats)
        if self.plain is not None:
            tables[PLAIN] = plain_answers(self.plain)
        return tables


def inner_pairs_of(run: TrainingRun, compared: tuple[Head, ...]) -> tuple[list[FoldPair], str]:
    """The pairs of folds to choose inside by; without any where that cannot be, and why."""
    try:
        return fold_pairs(run.cohort, views_trained_on(choosing(run, compared))), ""
    except BoostError as error:
        return [], str(error)


def choosing(run: TrainingRun, compared: tuple[Head, ...]) -> TrainingRun:
    """The same with heads that only choose."""
    settings = replace(PRESETS[INNER_TREES], seeds=run.settings.seeds)
    return replace(run, heads=compared, settings=settings)


def inner_answers(run: TrainingRun, pairs: Sequence[FoldPair], compared: tuple[Head, ...]) -> pd.DataFrame:
    """Train every head without each pair of folds: the table of `boost.nested.inner_table`."""
    inner = choosing(run, compared)
    work = predict_pairs(pairs, inner.descriptors, inner.settings, inner.jobs, inner.caches(), compared)
    units = list(run.track("inner folds", work, inner.units(len(pairs))))
    return inner_table(units, run.cohort)


def chosen_by(inner: pd.DataFrame, variants: Sequence[str], default: str) -> pd.DataFrame:
    """The table of `boost.selection.choose_inside` that inner answers of all heads lead to."""
    return choose_inside(inner, candidates_of(variants, default), variants, list(MEMBERS))


def repeated(run: TrainingRun, repeats: Mapping[int, Cohort]) -> pd.DataFrame:
    """Cross-validate anew in other folds: `seed`, that of the division, then the columns of a fused table."""
    tables = []
    for number, (seed, cohort) in enumerate(repeats.items(), start=2):
        caches = replace(run, cohort=cohort).caches()
        work = cross_validate(cohort, run.descriptors, run.settings, run.jobs, caches, run.heads)
        units = list(run.track(f"repeat {number}", work, run.units(len(cohort.held_out_folds))))
        probabilities = collect(units, run.descriptors, cohort)
        fused = fuse(predictions_table(cohort, probabilities))
        tables.append(pd.DataFrame({"seed": seed, **fused}))
    table = pd.concat(tables, ignore_index=True)
    return recalibrated_parts(table, ["seed"]) if run.recalibrate else table
