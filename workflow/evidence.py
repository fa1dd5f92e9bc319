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
    """Fields of an Evaluation: leaks, and where there are probabilities of all classes calibrated ones and sets."""
    fields: dict[str, Any] = {"leaks": leaks_of(fusion, files)}
    probabilities, codes, fold = fusion.probabilities, fusion.codes, fusion.fold
    if probabilities is not None:
        fields["calibrated"] = {method: calibrate_out_of_fold(probabilities, codes, fold, method) for method in METHODS}
        fields["sets"] = {level: sets_out_of_fold(probabilities, codes, fusion.groups, fold, level) for level in LEVELS}
    return fields


def leaks_of(fusion: OutOfFold, files: pd.DataFrame | None) -> Leaks:
    """Leaked pairs; where patients are split, beside those of as many folds made by patient.

    `files` (see `files_of`) also name the images of fold TRAIN_ONLY: those have no predictions.
    """
    table = pd.DataFrame({"image": fusion.images}) if files is None else files
    facts = table.set_index("image").astype(str).reindex(columns=["sha256", "phash", "fold"], fill_value="")
    trained_only = facts.index[facts["fold"] == str(TRAIN_ONLY)]
    extra = sorted(set(trained_only) - set(fusion.images))
    images = np.array([*fusion.images, *extra], dtype=str)
    known_patients = [""] * len(fusion.images) if fusion.patients is None else fusion.patients
    patients = [*known_patients, *[""] * len(extra)]
    facts = facts.reindex(images, fill_value="")
    columns = patients, facts["sha256"].to_numpy(), facts["phash"].to_numpy(), NEAR
    fold = np.append(fusion.fold, np.full(len(extra), TRAIN_ONLY))
    tested = np.arange(len(images)) < len(fusion.images)
    leaks = find_leaks(images, fold, *columns, tested)
    splits_patients = leaks.summary["leaked"][KINDS[0]] > 0
    if not splits_patients or extra:  # where some are trained on only, no patient is split
        return leaks
    try:
        by_patient = make_folds(images, fusion.label, patients, len(np.unique(fold)), FOLD_SEED)
    except FoldError as error:
        return replace(leaks, why_no_split=str(error))
    return replace(leaks, patient_level=find_leaks(images, by_patient, *columns).summary["leaked"])
