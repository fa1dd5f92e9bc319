"""What was asked for beside the result, a line or two each; the tables have the rest."""

import numpy as np

from report.by_patient import by_patient
from report.chapters.more_patients import doubling_sentence
from report.chapters.patient_answers import patient_row
from report.choices.heads_chapter import QUOTABLE
from report.evaluation import Evaluation
from report.section import estimate


def asked_lines(evaluation: Evaluation) -> list[str]:
    """One answer per patient, the whole procedure, other divisions into folds, more patients, heads."""
    lines = patient_lines(evaluation) if evaluation.by_patient else []
    if evaluation.procedure_accuracy is not None:
        procedure = estimate("accuracy", evaluation.procedure_accuracy)
        lines.append(f"Training and choice of folds in the interval, accuracy of the whole procedure: {procedure} %.")
    if evaluation.splits is not None:
        accuracy = 100 * np.array(evaluation.splits.values()["accuracy"])  # (divisions,)
        lines.append(
            f"Accuracy in {len(accuracy)} divisions into folds: {accuracy.min():.1f} to {accuracy.max():.1f} %."
        )
    if evaluation.learning:
        lines.append(doubling_sentence(evaluation.last_doubling, evaluation.unit))
    if evaluation.heads is not None:
        lines.append(f"Other ways to decide stand side by side in report.html. {QUOTABLE}")
    return lines


def patient_lines(evaluation: Evaluation) -> list[str]:
    """How right one answer for each patient is."""
    pooled = by_patient(evaluation.out_of_fold)
    if pooled is None:
        return ["One answer per patient: left out, as table.md says why."]
    row = patient_row(pooled)
    return [f"One answer per patient, from all images: {row['right']} right, accuracy {row['accuracy']} %."]
