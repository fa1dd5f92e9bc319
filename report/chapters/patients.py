"""Patients and leaks: how each patient fares, and what leaks into the training folds."""

import numpy as np
import pandas as pd

from cohort.checks.written_names import groups_in_words
from report.evaluation import Evaluation
from report.measures.leakage import KINDS, Leaks
from report.section import Cell, Chapter, Estimate, Number, Part, Section
from report.statistics.clustered import clustered_interval
from report.statistics.influence import share


def patients(evaluation: Evaluation) -> Chapter:
    """Each patient, and the leaks where they were looked for."""
    sections = [patient_section(evaluation)]
    if evaluation.leaks is not None:
        sections.append(leak_section(evaluation.leaks))
        if len(evaluation.leaks.offenders):
            sections.append(leaked_images_section(evaluation.leaks))
            sections.append(leak_accuracy_section(evaluation.leaks, evaluation))
    return Chapter("patients", "Patients and leaks", tuple(sections))


def leak_section(leaks: Leaks) -> Section:
    """How many test images form a leaked pair with an image of their training folds."""
    cells = leaks.summary.copy()
    with_data = cells["known"].where(cells["known"] > 0)
    shares = 100 * cells["leaked"] / with_data
    if leaks.not_known:
        cells["leaked"] = None
    cells["share %"] = [Number(share, 1) for share in shares]
    if leaks.patient_level is not None:
        cells["patient-level split"] = leaks.patient_level
    if leaks.spelled_otherwise:
        cells = pd.concat([cells.astype(object), doubtful_row(leaks)]).rename_axis(cells.index.name)
    return Section("leaks", "Leaks", leak_sentence(leaks), cells)


def doubtful_row(leaks: Leaks) -> pd.DataFrame:
    """The row of images whose patient may be in training under another spelling; it is no part of the others."""
    known, doubtful = int(leaks.summary["known"][KINDS[0]]), leaks.spelled_otherwise
    row = {"known": known, "leaked": doubtful, "share %": Number(100 * doubtful / known, 1)}
    return pd.DataFrame([row], index=["perhaps same patient"], dtype=object)


def leaked_images_section(leaks: Leaks) -> Section:
    """Each image of a leaked pair."""
    sentence = (
        "Each test image that forms a leaked pair with images of its training folds: the first of these by name, and "
        "how many pairs there are."
    )
    return Section("leaked-images", "Leaked images", sentence, leaks.offenders.set_index("image"), at_length=True)


def leak_sentence(leaks: Leaks) -> str:
    """What was looked for, and the finding in words."""
    if leaks.not_known:
        return (
            f"Leaks are not known: {leaks.not_known}. All of its images are in one fold; where they are of a "
            "cross-validation, say the folds."
        )
    leaked, with_data = int(leaks.summary["leaked"]["any"]), leaks.summary["known"]
    blind = [kind for kind in KINDS if not with_data[kind]]
    not_looked_at = f" Not looked at, for want of data: {', '.join(blind)}." if blind else ""
    finding = f"{leaked} test images have" if leaked else "No test image is known to have"
    advice = " Accuracy is then too good for new patients; use folds made by patient." if leaked else ""
    untold = not_looked_at + spelling_words(leaks) + unknown_words(leaks)
    return (
        f"{finding} an image of the same patient, the same file or a near-duplicate among the images their model was "
        f"trained on.{advice}{split_words(leaks)} Shares are of "
        "the images for which it is known; near-duplicates differ in at most "
        f"{leaks.limit} of the 64 bits of a perceptual hash.{untold}"
    )


def spelling_words(leaks: Leaks) -> str:
    """What would be a leak if names that are typed otherwise are of one patient."""
    if not leaks.spelled_otherwise:
        return ""
    return (
        f" {leaks.spelled_otherwise} test images are of patients who may be in training under another spelling (may be "
        f"one patient: {groups_in_words(leaks.spellings)}); they are counted in the row perhaps same patient alone. If "
        "they are the same, correct the names and cross-validate again."
    )


def split_words(leaks: Leaks) -> str:
    """What folds made by patient would leak in their place."""
    if leaks.why_no_split:
        return f" A split by patient cannot be shown beside it: {leaks.why_no_split}."
    if leaks.patient_level is None:
        return ""
    with_patient, leaked = leaks.summary.loc[KINDS[0]]
    return (
        f" Here {leaked} of the {with_patient} test images whose patient is known have an image of that patient in "
        "training; in a patient-level split, as many folds but no patient in two, "
        f"{leaks.patient_level[KINDS[0]]} of {with_patient} would. What "
        "accuracy that leaves, these predictions cannot show: the models must be trained again (cv makes such folds "
        "by default; compare sets both runs side by side)."
    )


def unknown_words(leaks: Leaks) -> str:
    """What cannot be looked at because patients are unknown, where some are known."""
    if not leaks.unknown or not leaks.summary["known"][KINDS[0]]:
        return ""
    if leaks.trained_only:
        return (
            f" {leaks.trained_only} images of unknown patients were always trained on and never tested; any of them "
            "may be of a patient who was tested, which would be a leak that cannot be seen here."
        )
    return (
        f" The patient of {leaks.unknown} images is unknown; any of them may form leaked pairs across folds, which "
        "cannot be seen here."
    )


def leak_accuracy_section(leaks: Leaks, evaluation: Evaluation) -> Section:
    """How right the predictions are for images of leaked pairs and for the others."""
    fusion, groups = evaluation.out_of_fold, evaluation.groups
    leaked = np.isin(fusion.images, leaks.offenders["image"])  # (n,)
    kinds = {
        "in a leaked pair": leaked,
        "in none, patient known": ~leaked & fusion.known,
        "none known, patient unknown": ~leaked & ~fusion.known,
    }
    right = fusion.label == fusion.predicted  # (n,)
    rows: dict[str, dict[str, Cell]] = {}
    for name, images in kinds.items():  # (n,)
        if images.any():
            rows[name] = {
                "images": int(images.sum()),
                "patients": groups.patients(images & fusion.known) or None,
                "accuracy %": Estimate(clustered_interval(share(right, images), groups.group)),
            }
    sentence = (
        "Accuracy by whether an image forms a leaked pair with an image of its training folds (same patient, same file "
        "or near-duplicate). The kinds of images differ in classes and patients too, so their difference does not "
        "measure what the leak is worth."
    )
    cells = pd.DataFrame(rows).T.rename_axis("test images")
    return Section("leaks-and-accuracy", "Leaks and accuracy", sentence, cells, at_length=True)


def patient_section(evaluation: Evaluation) -> Section:
    """How many of each patient's images are right, the worst first."""
    table = evaluation.patient_table
    if table is None:
        return Section("patients", "Patients", "Left out: no patient is known.", at_length=True)
    cells = pd.DataFrame(
        {
            "classes": table["classes"],
            "right": [Part(right, images) for right, images in zip(table["right"], table["images"], strict=True)],
            "%": [Number(share, 0) for share in 100 * table["right"] / table["images"]],
            "mistakes": table["mistakes"],
        }
    )
    all_right = int((table["right"] == table["images"]).sum())
    sentence = (
        f"{len(table)} known patients, {all_right} of them with every image right; the worst first, with their "
        "mistakes (true class as predicted class)."
    )
    return Section("patients", "Patients", sentence, cells, at_length=True)
