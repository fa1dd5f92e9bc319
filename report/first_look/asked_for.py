"""What was asked for beside the result, a line or two each; the tables have the rest."""

import numpy as np

from report.by_patient import by_patient
from report.chapters.more_patients import doubling_sentence
from report.chapters.patient_answers import patient_row
from report.evaluation import Evaluation
from report.measures.learning_curve import LastDoubling
from report.section import estimate, signed


def asked_lines(evaluation: Evaluation) -> list[str]:
    """One answer per patient, the whole procedure, other divisions into folds, other heads, more patients."""
    lines = patient_lines(evaluation) if evaluation.by_patient else []
    if evaluation.procedure_accuracy is not None:
        procedure = estimate("accuracy", evaluation.procedure_accuracy)
        lines.append(f"Accuracy of the whole procedure, training and folds in it: {procedure} %.")
    if evaluation.splits is not None:
        accuracy = 100 * np.array(evaluation.splits.values()["accuracy"])  # (divisions,)
        lines.append(
            f"Accuracy in {len(accuracy)} divisions into folds: {accuracy.min():.1f} to {accuracy.max():.1f} %."
        )
    if evaluation.heads is not None:
        lines.append("Other heads stand in report.html; the result is that of the default alone.")
    if evaluation.learning:
        lines.append(doubling_line(evaluation.last_doubling, evaluation.unit))
    return lines


def doubling_line(doubling: LastDoubling | None, unit: str) -> str:
    """What the last doubling of patients brought; whether more would help stands in the report."""
    if doubling is None:
        return doubling_sentence(doubling, unit)
    change = signed(doubling.gains["accuracy"].change, 1, 100)
    half, whole = doubling.half.patients, doubling.all.patients
    return f"Learning from {whole:.0f} {unit} instead of {half:.0f}: accuracy {change} points."


def patient_lines(evaluation: Evaluation) -> list[str]:
    """How right one answer for each patient is."""
    pooled = by_patient(evaluation.out_of_fold)
    if pooled is None:
        return ["One answer per patient: left out, as table.md says why."]
    row = patient_row(pooled)
    left_out = len(pooled.mixed)
    rest = f"; {left_out} of mixed labels left out" if left_out else ""
    return [f"One answer per patient: {row['right']} right, accuracy {row['accuracy']} %{rest}."]
