"""What a report needs and report cannot make: leaks, calibrated probabilities and conformal sets."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from boost.settings import FOLD_SEED
from boost.uncertainty.conformal import LEVELS, sets_out_of_fold
from boost.uncertainty.temperature_scaling import METHODS, calibrate_out_of_fold
from cohort.folds import TRAIN_ONLY, FoldError, make_folds
from imaging.perceptual_hash import NEAR
from report.measures.leakage import KINDS, Leaks, find_leaks
from report.out_of_fold import OutOfFold


def evidence(fusion: OutOfFold, files: pd.DataFrame | None) -> dict[str, Any]:
    """Leaks, and where there are probabilities of all classes calibrated ones and sets, in the order of the answers."""
    leaks = leaks_of(fusion, files)
    p, y, fold = fusion.probabilities, fusion.codes, fusion.fold
    if p is None:
        return {"leaks": leaks}
    return {
        "leaks": leaks,
        "calibrated": {method: calibrate_out_of_fold(p, y, fold, method) for method in METHODS},
        "sets": {level: sets_out_of_fold(p, y, fusion.groups, fold, level) for level in LEVELS},
    }


def leaks_of(fusion: OutOfFold, files: pd.DataFrame | None) -> Leaks:
    """Relatives in the training folds; where patients are split, beside what as many folds made by patient would hold.

    `files` (see `files_of`) also name the images of fold TRAIN_ONLY: those have no answers, and can be relatives.
    """
    known = pd.DataFrame({"image": fusion.images}) if files is None else files
    facts = known.set_index("image").astype(str).reindex(columns=["sha256", "phash", "fold"], fill_value="")
    extra = sorted(set(facts.index[facts["fold"] == str(TRAIN_ONLY)]) - set(fusion.images))
    images, more = np.array([*fusion.images, *extra], dtype=str), len(extra)
    facts = facts.reindex(images, fill_value="")
    patients = [*([""] * len(fusion.images) if fusion.patients is None else fusion.patients), *[""] * more]
    columns = patients, facts["sha256"].to_numpy(), facts["phash"].to_numpy(), NEAR
    fold, tested = np.append(fusion.fold, np.full(more, TRAIN_ONLY)), np.arange(len(images)) < len(fusion.images)
    leaks = find_leaks(images, fold, *columns, tested)
    if not leaks.summary["leaked"][KINDS[0]] or more:  # where some are trained on only, no patient is split
        return leaks
    try:
        by_patient = make_folds(images, fusion.label, patients, len(np.unique(fold)), FOLD_SEED)
    except FoldError as error:
        return replace(leaks, why_not=str(error))
    return replace(leaks, honest=find_leaks(images, by_patient, *columns).summary["leaked"])
