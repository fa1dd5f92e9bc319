"""Is a bundle called worse elsewhere when it is not? Differences of two cohorts that share no patient, simulated.

python -m benchmarks.external prints a row for each setting: the share of 95 % intervals of the difference in accuracy
that hold the true one, and how often accuracy is called lower than chance would have it.
"""

from itertools import product

import numpy as np

from report.external.two_cohorts import change
from report.statistics.clustered import clustered_interval
from report.statistics.influence import mean
from report.statistics.intervals import Interval

IMAGES, CORRELATION, SPREAD = 240, 0.4, 0.5  # of each cohort; right and wrong within a patient; lognormal sd of images
ACCURACIES = ((0.9, 0.9), (0.95, 0.95), (0.85, 0.85), (0.9, 0.8))  # in cross-validation and elsewhere
PATIENTS = ((12, 12), (38, 12), (38, 27))


def accuracy_of(accuracy: float, patients: int, rng: np.random.Generator) -> Interval:
    """The interval of the accuracy of one cohort, beta-binomial by patient."""
    strength = (1 - CORRELATION) / CORRELATION
    of_patient = rng.beta(accuracy * strength, (1 - accuracy) * strength, patients)  # (patients,)
    size = rng.lognormal(0, SPREAD, patients)  # (patients,)
    patient = rng.choice(patients, IMAGES, p=size / size.sum())  # (n,)
    right = rng.random(IMAGES) < of_patient[patient]  # (n,)
    return clustered_interval(mean(right), np.unique(patient, return_inverse=True)[1])


def shares(
    accuracies: tuple[float, float], patients: tuple[int, int], times: int, rng: np.random.Generator
) -> tuple[float, float]:
    """How often the interval of the difference holds the true one, and how often accuracy is called lower."""
    truth = accuracies[1] - accuracies[0]
    held = lower = 0
    for _ in range(times):
        there = accuracy_of(accuracies[0], patients[0], rng)
        here = accuracy_of(accuracies[1], patients[1], rng)
        difference = change(there, here).difference
        held += difference.low <= truth <= difference.high
        lower += difference.high < 0
    return held / times, lower / times


def main(times: int = 1000) -> None:
    """A row of the table in README.md for each setting."""
    print("| accuracy there, elsewhere | patients | holds the difference | called lower |\n| --- | --- | --: | --: |")
    for accuracies, patients in product(ACCURACIES, PATIENTS):
        held, lower = shares(accuracies, patients, times, np.random.default_rng(3))
        there, elsewhere = accuracies
        print(f"| {there}, {elsewhere} | {patients[0]}, {patients[1]} | {held:.3f} | {lower:.3f} |")


if __name__ == "__main__":
    main()
