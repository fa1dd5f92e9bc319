"""What a recipe's networks answer in other ways than the recipe's: one by one, and without the symmetries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from finetune.fold_training import FoldTraining
from report.evaluation import Evaluation
from report.out_of_fold import OutOfFold, out_of_fold_of
from workflow.trained.network_run import NetworkRun, as_result

MEASURES = ("accuracy", "balanced accuracy")


def ways_of_asking(
    runs: Sequence[NetworkRun], done: Mapping[str, Sequence[FoldTraining]], result: OutOfFold
) -> dict[str, dict[str, list[float]]]:
    """Accuracies, each with its interval, by way: none where there is one network and one symmetry."""
    measured = {}
    for name, table in tables_of_ways(runs, done):
        fused = out_of_fold_of(as_result(table, runs[0].settings.averaging), result.positive, result.rule)
        overall = Evaluation.of(fused).overall
        intervals = {}
        for measure in MEASURES:
            interval = overall[measure]
            intervals[measure] = [float(interval.value), float(interval.low), float(interval.high)]
        measured[name] = intervals
    return measured


def tables_of_ways(
    runs: Sequence[NetworkRun], done: Mapping[str, Sequence[FoldTraining]]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Predictions by way, all but the recipe's own: each network and all together, upright alone and in all views."""
    parts = [("all", list(runs))]
    if len(runs) > 1:
        parts = [*((run.member, [run]) for run in runs), *parts]
    symmetries = runs[0].settings.symmetries
    for name, asked in parts:
        if symmetries > 1:
            tables = [run.predictions([upright(state) for state in done[run.model]]) for run in asked]
            yield f"{name}, upright alone", pd.concat(tables, ignore_index=True)
        if len(asked) < len(runs):
            tables = [run.predictions(done[run.model]) for run in asked]
            views = "" if symmetries == 1 else f", {symmetries} symmetries"
            yield f"{name}{views}", pd.concat(tables, ignore_index=True)


def upright(state: FoldTraining) -> FoldTraining:
    """The answers for the upright image alone, which is the first of the symmetries."""
    return state if state.views is None else replace(state, views=state.views[:, :1])
