"""Whose each image is: what intervals rest on, and the sentence that says so."""

from dataclasses import dataclass

import numpy as np

from report.out_of_fold import OutOfFold

FEW = 10  # patients; with fewer, no interval is to be relied on
MEANING = (
    "They say how sure we are of these models on more patients like these; training and choice of split are not in it."
)


@dataclass(frozen=True, eq=False)
class PatientGroups:
    """The patient of each image."""

    group: np.ndarray  # (n,) each image's patient as a number; an image of an unknown patient is one by itself
    known: np.ndarray  # (n,) whether the image's patient is known

    @classmethod
    def of(cls, out_of_fold: OutOfFold) -> "PatientGroups":
        """Those of some predictions; the order of the images does not matter."""
        _, group = np.unique(out_of_fold.groups, return_inverse=True)  # (n,)
        return cls(group, out_of_fold.known)

    @property
    def by_patient(self) -> bool:
        """Whether any patient is known; without, images are taken as independent."""
        return bool(self.known.any())

    def patients(self, among: np.ndarray | None = None) -> int:
        """How many patients (or images of unknown ones) the images `among` (n,) belong to."""
        return len(np.unique(self.group if among is None else self.group[among]))


def cohort_sentence(groups: PatientGroups) -> str:
    """What the intervals rest on, what they are of, and how far they can be trusted."""
    images = len(groups.group)
    if not groups.by_patient:
        return (
            f"Patients are unknown: intervals (95 %) take the {images} images as independent, and are too narrow if a "
            f"patient has several. {MEANING}"
        )
    patients = groups.patients(groups.known)
    alone = int(np.sum(~groups.known))
    unknown = ""
    if alone:
        unknown = f", and {alone} images of unknown patients as one each: too narrow if such a patient has several"
    few = f" Fewer than {FEW} patients: do not rely on the intervals." if groups.patients() < FEW else ""
    return f"Intervals (95 %) take {patients} patients with all their images{unknown}. {MEANING}{few}"
