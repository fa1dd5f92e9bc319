"""The numbers of heads, of what is chosen inside and of other splits, under keys that stay (docs/NUMBERS.md)."""

from typing import Any

from report.choices.heads_compared import EVERY_VARIANT, INSIDE, HeadMeasures, Optimism
from report.choices.split_spread import Splits
from report.comparison import Comparison
from report.evaluation import Evaluation


def of_choices(evaluation: Evaluation) -> dict[str, Any]:
    """Under `heads`, `chosen_inside` and `other_splits`; None where it was not asked for or cannot be."""
    heads: dict[str, Any] = {}
    for name, found in evaluation.head_measures.items():
        beside = evaluation.heads_beside_default.get(name)
        heads[name] = of_head(found) | {"less_default": None if beside is None else differences(beside)}
    inside = heads.pop(INSIDE, None)
    if inside is not None and evaluation.heads is not None:
        inside["folds"] = [
            {"fold": fold, "head": head, "variant": None if variant == EVERY_VARIANT else variant}
            for fold, (head, variant) in sorted(evaluation.heads.of_fold.items())
        ]
        inside["optimism"] = {key(name): of_optimism(found) for name, found in evaluation.optimism.items()}
    splits = None if evaluation.splits is None else of_splits(evaluation.splits)
    return {"heads": heads or None, "chosen_inside": inside, "other_splits": splits}


def of_head(found: HeadMeasures) -> dict[str, Any]:
    """The measures of one head with their intervals."""
    return {
        **{key(name): interval for name, interval in found.measures.items()},
        "log_loss": found.quality.log_loss,
        "calibration_error": found.quality.error,
        "calibration_error_by_chance": found.quality.error_by_chance,
    }


def differences(comparison: Comparison) -> dict[str, Any]:
    """By measure: a head's minus the default's."""
    return {key(row.measure): row.change for row in comparison.differences}


def of_optimism(found: Optimism) -> dict[str, Any]:
    """What looks best, and by how much more than what was chosen inside."""
    head, variant = found.best
    best = {"head": head, "variant": None if variant == EVERY_VARIANT else variant}
    return {"best": best, "hindsight": found.hindsight, "chosen_inside": found.inside, "optimism": found.value}


def of_splits(splits: Splits) -> list[dict[str, Any]]:
    """The measures of each division into folds, the run's first."""
    values = splits.values()
    rows = []
    for number, seed in enumerate(splits.seeds):
        measures = {key(name): of_name[number] for name, of_name in values.items()}
        rows.append({"seed": seed, **measures})
    return rows


def key(name: str) -> str:
    """The key of a measure.

    >>> key("balanced accuracy"), key("log-loss"), key("AUC")
    ('balanced_accuracy', 'log_loss', 'auc')
    """
    return name.lower().replace(" ", "_").replace("-", "_")
