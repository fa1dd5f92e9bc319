"""What the probes of the audit get right, out-of-fold, of a run's held-out images, to stand beside its answers."""

import numpy as np

from cohort.audit.measured import Measured
from cohort.cohort import Cohort
from cohort.samples import Dataset
from workflow.audit.audit_cohort import probe_right
from workflow.robustness.tested_images import TestedImages

MOST = 3  # probes, those that are right most often


def dataset_of(tested: TestedImages) -> Dataset:
    """The images as a data set, to be measured."""
    return Dataset(tested.data, tested.classes, tested.samples)


def probe_answers(tested: TestedImages, measured: Measured, seed: int = 0) -> dict[str, np.ndarray]:
    """Of the best probes, which of the images they get right, (image,) bool.

    The probes are trained on the run's own folds. All images must be measured.
    """
    cohort = Cohort.of(
        tested.images.tolist(), tested.labels.tolist(), tested.classes, tested.patients.tolist(), tested.fold
    )
    right = probe_right(cohort, measured, seed)
    best = sorted(right, key=lambda key: (-right[key].mean(), key))[:MOST]
    return {key: right[key] for key in best}
