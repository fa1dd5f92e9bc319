"""Resampled cohorts, for what has no influence function: patients are drawn with all their images."""

import numpy as np

from report.statistics.patient_groups import PatientGroups

TIMES = 2000
ROOM = 4_000_000  # weights; of large cohorts, whose intervals are narrow anyway, fewer resamples are drawn


def resample(groups: PatientGroups, rng: np.random.Generator, times: int | None = None) -> np.ndarray:
    """How often each image stands in each of so many cohorts of as many patients, (times, n).

    Patients are drawn with replacement (the cluster bootstrap; Field & Welsh 2007, JRSS B 69:369); an image whose
    patient is unknown is drawn by itself. The order of the images does not matter.
    """
    images, patients = len(groups.group), groups.patients()
    if times is None:
        times = min(TIMES, max(200, ROOM // images))
    chances = np.full(patients, 1 / patients)  # (patients,)
    counts = rng.multinomial(patients, chances, size=times)  # (times, patients)
    return counts[:, groups.group].astype(float)
