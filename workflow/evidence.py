"""What a report needs and report cannot make: leaks, calibrated probabilities and conformal sets."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from boost.settings import FOLD_SEED
from boost.uncertainty.calibrate import BESIDE, RECALIBRATED, TEMPERATURE
from boost.uncertainty.conformal import CLASS, MARGINAL, sets_out_of_fold
from boost.uncertainty.fit_calibration import calibrate_out_of_fold
from cohort.folds import TRAIN_ONLY, FoldError, make_folds
from imaging.perceptual_hash import NEAR
from report.measures.leakage import KINDS, Leaks, find_leaks
from report.out_of_fold import OutOfFold


def evidence(fusion: OutOfFold, files: pd.DataFrame | None, set_kind: str = MARGINAL) -> dict[str, Any]:
    """Fields of an Evaluation: leaks, and where there are probabilities of all classes and folds, calibration and sets.

    The sets are made as those of a bundle are, see boost.uncertainty.conformal: from what the models voted for, by the
    calibration that a run's probabilities have.
    """
    leaks = leaks_of(fusion, files)
    voted, codes, groups, fold = fusion.voted, fusion.codes, fusion.groups, fusion.fold
    if voted is None or len(np.unique(fold)) == 1:  # nothing can be fitted on other folds
        return {"leaks": leaks}
    return {
        "leaks": leaks,
        "calibrated": {method: calibrate_out_of_fold(voted, codes, fold, method) for method in BESIDE},
        "sets": sets_out_of_fold(voted, codes, groups, fold, set_kind, method_of(fusion)),
        "class_conditional": set_kind == CLASS,
    }


def method_of(fusion: OutOfFold) -> str:
    """How probabilities are calibrated for the sets of a run: as its own are, where they are recalibrated."""
    return TEMPERATURE if fusion.raw is None else RECALIBRATED


def leaks_of(fusion: OutOfFold, files: pd.DataFrame | None) -> Leaks:
    """Leaked pairs; where patients are split, beside those of as many folds made by patient.

    `files` (see `files_of`) also name the images of fold TRAIN_ONLY, with their patients where these are known: those
    have no predictions.
    """
    facts = file_facts_of(fusion, files)
    extra = trained_only(fusion, facts)
    images = np.array([*fusion.images, *extra], dtype=str)
    facts = facts.reindex(images, fill_value="")
    of_tested = [""] * len(fusion.images) if fusion.patients is None else fusion.patients
    columns = {
        "patients": [*of_tested, *facts["patient"].tolist()[len(fusion.images) :]],
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
    """`sha256,phash,fold,patient` by image, as text; empty where unknown."""
    table = pd.DataFrame({"image": fusion.images}) if files is None else files
    by_image = table.set_index("image").astype(str)
    return by_image.reindex(columns=["sha256", "phash", "fold", "patient"], fill_value="")


def trained_only(fusion: OutOfFold, facts: pd.DataFrame) -> list[str]:
    """The images that were trained on and never tested, by name."""
    names = facts.index[facts["fold"] == str(TRAIN_ONLY)]
    return sorted(set(names) - set(fusion.images))
