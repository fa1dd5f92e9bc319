"""Resampled cohorts: patients are drawn with all their images, since images of a patient err together."""

from dataclasses import dataclass

import numpy as np

from report.out_of_fold import OutOfFold

TIMES = 2000
ROOM = 4_000_000  # weights; of large cohorts, whose intervals are narrow anyway, fewer resamples are drawn
FEW = 10  # patients; with fewer, no interval is to be relied on


@dataclass(frozen=True, eq=False)
class Resamples:
    """How often each image stands in each resampled cohort."""

    weights: np.ndarray  # (times, n)
    group: np.ndarray  # (n,) each image's patient as a number; an image of an unknown patient is one by itself
    known: np.ndarray  # (n,) whether the image's patient is known

    @property
    def by_patient(self) -> bool:
        """Whether any patient is known; without, images are taken as independent."""
        return bool(self.known.any())

    def patients(self, among: np.ndarray | None = None) -> int:
        """How many patients (or images of unknown ones) the images `among` (n,) belong to."""
        return len(np.unique(self.group if among is None else self.group[among]))

    def part(self, rows: np.ndarray) -> "Resamples":
        """The same resamples, of these images only."""
        return Resamples(self.weights[:, rows], self.group[rows], self.known[rows])


def resample(out_of_fold: OutOfFold, rng: np.random.Generator, times: int | None = None) -> Resamples:
    """Draw cohorts of as many patients, with replacement (the cluster bootstrap; Field & Welsh 2007, JRSS B 69:369).

    An image whose patient is unknown is drawn by itself. The order of the images does not matter.
    """
    names, group = np.unique(out_of_fold.groups, return_inverse=True)  # (patients,), (n,)
    if times is None:
        times = min(TIMES, max(200, ROOM // len(group)))
    chances = np.full(len(names), 1 / len(names))  # (patients,)
    counts = rng.multinomial(len(names), chances, size=times)  # (times, patients)
    return Resamples(counts[:, group].astype(float), group, out_of_fold.known)


def cohort_sentence(resamples: Resamples) -> str:
    """What the intervals rest on, and how far they can be trusted."""
    images = len(resamples.group)
    if not resamples.by_patient:
        return (
            f"Patients are unknown: intervals (95 %) take the {images} images as independent, and are too narrow if a "
            "patient has several."
        )
    patients = resamples.patients(resamples.known)
    alone = int(np.sum(~resamples.known))
    unknown = f", and {alone} images of unknown patients as one each" if alone else ""
    few = f" Fewer than {FEW} patients: do not rely on the intervals." if resamples.patients() < FEW else ""
    return f"Intervals (95 %) resample {patients} patients with all their images{unknown}.{few}"
