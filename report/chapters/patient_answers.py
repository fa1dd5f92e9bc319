"""One answer for each patient beside those for images: how often it is right."""

import numpy as np
import pandas as pd

from report.by_patient import POOLS, ByPatient, by_patient, mean_recognition_rate
from report.evaluation import Evaluation
from report.section import Cell, Chapter, Estimate, Part, Section
from report.statistics.clustered import clustered_interval
from report.statistics.influence import Linearised, auc_within_folds, balanced_accuracy, share
from report.statistics.intervals import Interval

NAMED = 3  # mixed patients in a sentence


def patient_answers(evaluation: Evaluation) -> Chapter | None:
    """The chapter where it is asked for."""
    if not evaluation.by_patient:
        return None
    return Chapter("by-patient", "By patient", (patient_answers_section(evaluation),))


def patient_answers_section(evaluation: Evaluation) -> Section:
    """Each way of making one answer of a patient's images."""
    key, title = "one-answer-per-patient", "One answer per patient"
    pools = {name: by_patient(evaluation.out_of_fold, pool) for name, pool in POOLS.items()}
    rows = {name: patient_row(pooled) for name, pooled in pools.items() if pooled is not None}
    first = next(iter(pools.values()))
    recognised = recognition_words(evaluation)
    if first is None:
        why = "Left out: it needs known patients whose images have one label, and the probabilities of all classes."
        return Section(key, title, why + recognised)
    sentence = (
        "One answer per patient from all images of the patient, in the first row from the mean of their "
        "log-probabilities; patients are independent, so that shares have Wilson's interval. In % (AUC as it is)."
        f"{recognised}{left_out_words(first)}"
    )
    cells = pd.DataFrame(rows).T.rename_axis("patients by")
    return Section(key, title, sentence, cells)


def recognition_words(evaluation: Evaluation) -> str:
    """The mean recognition rate, where patients are known."""
    if not evaluation.out_of_fold.known.any():
        return ""
    rate = mean_recognition_rate(evaluation.out_of_fold)
    return (
        f" Mean over patients of the share of each one's images that are right: {rate.text()} % (Spanhol et al. 2016)."
    )


def patient_row(pooled: ByPatient) -> dict[str, Cell]:
    """How right the answers for patients are."""
    answers = pooled.answers
    right = answers.label == answers.predicted  # (patients,)
    row: dict[str, Cell] = {
        "right": Part(int(right.sum()), len(right)),
        "accuracy": Estimate(over_patients(share(right, np.ones(len(right))))),
        "balanced accuracy": Estimate(over_patients(balanced_accuracy(answers.label, answers.predicted))),
    }
    if answers.ranked is not None:
        area = auc_within_folds(*answers.ranked, answers.fold)
        row["AUC"] = Estimate(over_patients(area), 3, unit=1)
    return row


def over_patients(measure: Linearised) -> Interval:
    """The interval of a measure of patients, each of them independent of the others."""
    return clustered_interval(measure, np.arange(len(measure.weight)))


def left_out_words(pooled: ByPatient) -> str:
    """Which patients and images have no part in it."""
    words = ""
    if pooled.mixed:
        named = ", ".join(pooled.mixed[:NAMED])
        words += f" Left out: {len(pooled.mixed)} patients whose images have several labels, such as {named}."
    if pooled.unknown:
        words += f" Left out: {pooled.unknown} images of unknown patients."
    return words
