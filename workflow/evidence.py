"""What a report needs and report cannot make: leaks, calibrated probabilities and conformal sets."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from boost.settings import FOLD_SEED
from boost.uncertainty.conformal import CLASS, MARGINAL, sets_out_of_fold
from boost.uncertainty.temperature_scaling import METHODS, calibrate_out_of_fold
from cohort.folds import TRAIN_ONLY, FoldError, make_folds
from imaging.perceptual_hash import NEAR
from report.measures.leakage import KINDS, Leaks, find_leaks
from report.out_of_fold import OutOfFold


def evidence(fusion: OutOfFold, files: pd.DataFrame | None, set_kind: str = MARGINAL) -> dict[str, Any]:
    """Fields of an Evaluation: leaks, and where there are probabilities of all classes and folds, calibration and sets.

    The sets are made as those of a bundle are, see boost.uncertainty.conformal.
    """
    leaks = leaks_of(fusion, files)
    if fusion.probabilities is None or len(np.unique(fusion.fold)) == 1:  # nothing can be fitted on other folds
        return {"leaks": leaks}
    probabilities, codes, groups, fold = fusion.probabilities, fusion.codes, fusion.groups, fusion.fold
    return {
        "leaks": leaks,
        "calibrated": {method: calibrate_out_of_fold(probabilities, codes, fold, method) for method in METHODS},
        "sets": sets_out_of_fold(probabilities, codes, groups, fold, set_kind),
        "class_conditional": set_kind == CLASS,
    }


def leaks_of(fusion: OutOfFold, files: pd.DataFrame | None) -> Leaks:
    """Leaked pairs; where patients are split, beside those of as many folds made by patient.

    `files` (see `files_of`) also name the images of fold TRAIN_ONLY: those have no predictions.
    """
    facts = file_facts_of(fusion, files)
    extra = trained_only(fusion, facts)
    images = np.array([*fusion.images, *extra], dtype=str)
    facts = facts.reindex(images, fill_value="")
    of_tested = [""] * len(fusion.images) if fusion.patients is None else fusion.patients
    columns = {
        "patients": [*of_tested, *[""] * len(extra)],
        "files": facts["sha256"].to_numpy(),
        "hashes": facts["phash"].to_numpy(),
        "limit": NEAR,
    }
    fold = np.append(fusion.fold, np.full(len(extra), TRAIN_ONLY))
    tested = np.arange(len(images)) < len(fusion.images)
    leaks = find_leaks(images, fold, tested=tested, **columns)
    splits_patients = leaks.summary["leaked"][KINDS[0]] > 0
    if not splits_patients or extra:  # where some are trained on only, no patient is split
        return leaks
    try:
        by_patient = make_folds(images, fusion.label, columns["patients"], len(np.unique(fold)), FOLD_SEED)
    except FoldError as error:
        return replace(leaks, why_no_split=str(error))
    split = find_leaks(images, by_patient, **columns)
    return replace(leaks, patient_level=split.summary["leaked"])


def file_facts_of(fusion: OutOfFold, files: pd.DataFrame | None) -> pd.DataFrame:
    """`sha256,phash,fold` by image, as text; empty where unknown."""
    table = pd.DataFrame({"image": fusion.images}) if files is None else files
    by_image = table.set_index("image").astype(str)
    return by_image.reindex(columns=["sha256", "phash", "fold"], fill_value="")


def trained_only(fusion: OutOfFold, facts: pd.DataFrame) -> list[str]:
    """The images that were trained on and never tested, by name."""
    names = facts.index[facts["fold"] == str(TRAIN_ONLY)]
    return sorted(set(names) - set(fusion.images))
