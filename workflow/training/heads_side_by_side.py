"""From the predictions of a run: its result, and where all heads were trained these side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from boost.fusion import fuse, is_fused
from boost.heads.choices import BLEND, HEADS, MEMBERS, TREES
from boost.recalibrated_table import recalibrated
from boost.selection import ALL, Candidate, candidates_of, chosen_answers
from cohort.predictions import PredictionsError
from report.choices.heads_compared import EVERY_VARIANT, HeadsCompared
from report.out_of_fold import OutOfFold, aligned, out_of_fold_by_model, out_of_fold_of
from workflow.training.tables_beside import CHOSEN

Settings = Mapping[str, Any] | None  # the content of settings.json
NAMES = ("the run", "its heads")


def result_rows(table: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The rows of a predictions table whose mean is the result: those of the default where all heads were trained.

    Models are called as they would be without the other heads.
    """
    if not has_all_heads(table):
        return table
    members = HEADS[_head_of_result(settings)].members
    parts = table["model"].str.rpartition("/")
    rows = table[parts[2].isin(members)]
    if members == (TREES.name,):
        rows = rows.assign(model=parts[0])
    return rows.reset_index(drop=True)


def result_of(table: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The fused table of a run from its predictions, recalibrated where the settings say that it was."""
    if is_fused(table["model"]):
        return table
    fused = fused_models(table, settings)
    return recalibrated(fused) if (settings or {}).get("recalibrated") else fused


def fused_models(table: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The models whose mean is the result, averaged as the settings say."""
    return fuse(result_rows(table, settings), str((settings or {}).get("averaging") or "probabilities"))


def models_of_result(table: pd.DataFrame, fusion: OutOfFold, settings: Settings) -> dict[str, OutOfFold]:
    """The predictions of each model whose mean is the result, with the two-class task of that."""
    return out_of_fold_by_model(result_rows(table, settings), fusion.positive, fusion.rule, fusion.auc)


def has_all_heads(table: pd.DataFrame) -> bool:
    """Whether every head was trained on every variant."""
    return len(_variants(table)) * len(MEMBERS) == table["model"].nunique()


def heads_compared(
    table: pd.DataFrame, fusion: OutOfFold, choices: pd.DataFrame | None, settings: Settings
) -> HeadsCompared | None:
    """Every head on every variant and on all of them, and what was chosen inside; None unless all heads were trained.

    `table` holds their predictions, `fusion` the result, and `choices` are those of `boost.selection.choose_inside`.
    """
    if not has_all_heads(table):
        return None
    variants = _variants(table)
    default = _head_of_result(settings)
    tables = {}
    for candidate in candidates_of(variants, default):
        models = candidate.models(variants, list(MEMBERS))
        tables[candidate] = _like_result(fuse(table[table["model"].isin(models)]), settings)
    candidates = {}
    for candidate, fused in tables.items():
        variant = EVERY_VARIANT if candidate.variant == ALL else candidate.variant
        candidates[candidate.head, variant] = _like_fusion(fused, fusion)
    if choices is None:
        return HeadsCompared(default, candidates, why_not_chosen=(settings or {}).get("not_chosen_inside") or "")
    _check_choices(choices, list(tables), fusion)
    chosen = _like_fusion(chosen_answers(tables, choices), fusion)
    made = choices[choices["chosen"] == 1].replace({"variant": {ALL: EVERY_VARIANT}})
    of_fold = {int(fold): (head, variant) for fold, head, variant in made[["fold", "head", "variant"]].to_numpy()}
    return HeadsCompared(default, candidates, chosen, of_fold)


def _check_choices(choices: pd.DataFrame, candidates: Sequence[Candidate], fusion: OutOfFold) -> None:
    """Refuse choices among other candidates, or for other folds, than those of these predictions."""
    way_out = "run cv again, or delete the file"
    known = {(candidate.head, candidate.variant) for candidate in candidates}
    unknown = sorted(set(zip(choices["head"], choices["variant"], strict=True)) - known)
    if unknown:
        raise PredictionsError(f"{CHOSEN} names {unknown[0]}, and these predictions have no such model; {way_out}")
    if set(choices["fold"]) != set(fusion.fold.tolist()):
        raise PredictionsError(f"{CHOSEN} must choose for the folds of these predictions; it has others; {way_out}")


def _variants(table: pd.DataFrame) -> list[str]:
    """The variants of which every model is named VARIANT/HEAD; none where a model is named otherwise."""
    models = table["model"].drop_duplicates()
    parts = models.str.rpartition("/")
    if not parts[2].isin(list(MEMBERS)).all():
        return []
    return parts[0].drop_duplicates().tolist()


def _head_of_result(settings: Settings) -> str:
    """The head whose members the settings name; the default where they name none."""
    members = (settings or {}).get("heads")
    for name, choice in HEADS.items():
        if members == list(choice.members):
            return name
    return BLEND


def _like_result(fused: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Recalibrated where the result is."""
    return recalibrated(fused) if (settings or {}).get("recalibrated") else fused


def _like_fusion(fused: pd.DataFrame, fusion: OutOfFold) -> OutOfFold:
    """With the two-class task and the order of the result."""
    answers = out_of_fold_of(fused, fusion.positive, fusion.rule, fusion.auc)
    return aligned(fusion, answers, NAMES)
