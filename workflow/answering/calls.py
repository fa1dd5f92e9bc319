"""Calls at a bundle's operating point, of an image and of a patient."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cohort.predictions import PREFIX, RAW_PREFIX
from workflow.answers_csv import Answer

if TYPE_CHECKING:
    from boost.bundle.bundle import Bundle


def call(bundle: "Bundle", decisive: np.ndarray) -> tuple[float | None, bool | None]:
    """Score and call at the bundle's operating point of the probabilities (1, class) that decide.

    None where there is no two-class task.
    """
    from report.binary import positive_score

    point = bundle.decision.operating
    if point is None:
        return None, None
    score = float(positive_score(decisive, bundle.classes, point.positive, point.rule)[0])
    if point.rule == "max" and point.threshold == 0.5:  # the class answered, as in report.out_of_fold
        return score, bundle.classes[int(decisive[0].argmax())] in point.positive
    return score, score >= point.threshold


def patient_table(bundle: "Bundle", answers: Sequence[Answer], patients: Mapping[str, str]) -> pd.DataFrame:
    """One answer for each patient, from those for all its images that have one; `patients` by image, "" unknown.

    Columns patient, images, class, raw_<class>..., score, call; of recalibrated probabilities also p_<class>..., from
    which class, score and call then are. See report.by_patient.
    """
    from report.by_patient import mean_of_logs  # with it comes much of SciPy

    classes = bundle.classes
    answers_of: dict[str, list[Answer]] = {}
    for answer in answers:
        patient = patients.get(answer.image, "")
        if patient and not answer.error:
            answers_of.setdefault(patient, []).append(answer)
    rows = []
    for patient, of_images in answers_of.items():
        vote = mean_of_logs(np.array([[answer.raw[name] for name in classes] for answer in of_images]))  # (class,)
        columns = {}
        decisive = vote
        if bundle.decision.is_recalibrated:
            calibrated = np.array([[answer.calibrated[name] for name in classes] for answer in of_images])
            decisive = mean_of_logs(calibrated)  # (class,)
            columns = dict(zip([PREFIX + name for name in classes], decisive, strict=True))
        columns |= dict(zip([RAW_PREFIX + name for name in classes], vote, strict=True))
        score, positive = call(bundle, decisive[None])
        row = Answer(patient, score=score, positive=positive).row(classes)
        facts = {"patient": patient, "images": len(of_images), "class": classes[int(decisive.argmax())]}
        rows.append({**facts, **columns, "score": row["score"], "call": row["call"]})
    return pd.DataFrame(rows)
