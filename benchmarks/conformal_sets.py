"""What conformal sets hold: measured out-of-fold, and of new patients when the models of all folds vote.

python -m benchmarks.conformal_sets            # half a minute on one core

Cohorts of 38 patients, each of one class, and 300 new patients for each cohort; a quarter of them are of the last
class, which is harder to tell. Models are logistic regressions on made-up descriptors: what matters here is how sets
are made of probabilities.
"""

import argparse

import numpy as np
from sklearn.linear_model import LogisticRegression

from boost.uncertainty.calibrate import calibrate
from boost.uncertainty.conformal import KINDS, LEVELS, fit_sets, limit_of, prediction_sets, sets_out_of_fold

PATIENTS, NEW, IMAGES, FOLDS, DIM = 38, 300, 8, 10, 10
SHARES = np.array([0.4, 0.35, 0.25])  # of patients, by class
SPREAD = np.array([0.4, 0.4, 0.9])  # from patient to patient, by class
BEFORE = "marginal, before"

Images = tuple[np.ndarray, np.ndarray, np.ndarray]  # descriptors (image, DIM), labels (image,), patients (image,)


def cohort(rng: np.random.Generator, patients: int) -> Images:
    """Patients with 4-11 images each."""
    class_of = np.searchsorted(np.cumsum(SHARES), (np.arange(patients) + 0.5) / patients)  # (patient,)
    group = np.repeat(np.arange(patients), rng.integers(IMAGES // 2, 3 * IMAGES // 2, patients))
    centre = 1.5 * np.eye(len(SHARES), DIM)[class_of]  # (patient, DIM)
    centre += SPREAD[class_of, None] * rng.normal(size=(patients, DIM))
    return centre[group] + 0.8 * rng.normal(size=(len(group), DIM)), class_of[group], group


def held(sets: np.ndarray, images: Images) -> list[float]:
    """The share of sets that hold the true class, patients counting alike: of all and of each class; and mean size."""
    _, labels, groups = images
    right = sets[np.arange(len(labels)), labels]  # (image,)
    of_patients = np.bincount(groups, weights=right) / np.bincount(groups)  # (patient,)
    class_of = labels[np.unique(groups, return_index=True)[1]]  # (patient,)
    by_class = [of_patients[class_of == number].mean() for number in range(len(SHARES))]
    return [of_patients.mean(), *by_class, sets.sum(axis=1).mean()]


def one_cohort(seed: int) -> dict[tuple[str, float], list[float]]:
    """By kind of sets and level: what is held out-of-fold, then what is held of new patients."""
    rng = np.random.default_rng(seed)
    known, new = cohort(rng, PATIENTS), cohort(rng, NEW)
    features, labels, groups = known
    fold = (rng.permutation(PATIENTS) * FOLDS // PATIENTS + 1)[groups]
    predicted, vote = np.empty((len(labels), len(SHARES))), np.zeros((len(new[1]), len(SHARES)))
    for number in range(1, FOLDS + 1):
        here = fold == number
        model = LogisticRegression(C=10).fit(features[~here], labels[~here])
        predicted[here] = model.predict_proba(features[here])
        vote += model.predict_proba(new[0]) / FOLDS
    rows = {}
    for kind in KINDS:
        measured = sets_out_of_fold(predicted, labels, groups, fold, kind)
        calibration, limits = fit_sets(predicted, labels, groups, kind)
        calibrated = calibrate(calibration, vote)
        for level in LEVELS:
            deployed = held(prediction_sets(calibrated, limits[f"{level:.2f}"]), new)
            rows[kind, level] = held(measured[level], known) + deployed
    for level in LEVELS:  # measured of raw probabilities, and made of calibrated ones
        rows[BEFORE, level] = held(raw_sets(predicted, labels, groups, fold, level), known)
        rows[BEFORE, level] += rows["marginal", level][len(SHARES) + 2 :]
    return rows


def raw_sets(
    predicted: np.ndarray, labels: np.ndarray, groups: np.ndarray, fold: np.ndarray, level: float
) -> np.ndarray:
    """Out-of-fold sets without calibration, as they were measured before."""
    sets = np.empty(predicted.shape, dtype=bool)
    for number in np.unique(fold):
        here = fold == number
        limit = limit_of(predicted[~here], labels[~here], groups[~here], level)
        sets[here] = prediction_sets(predicted[here], limit)
    return sets


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, default=200)
    cohorts = parser.parse_args().cohorts
    found = [one_cohort(seed) for seed in range(cohorts)]
    names = ("all", "a (40 %)", "b (35 %)", "c (25 %)", "classes")
    print(f"| sets | level | out-of-fold: {' | '.join(names)} | new patients: {' | '.join(names)} |")
    print("|---|--:|" + "--:|" * (2 * len(names)))
    for kind in (BEFORE, *KINDS):
        for level in LEVELS:
            mean = np.mean([rows[kind, level] for rows in found], axis=0)
            is_size = np.arange(len(mean)) % len(names) == len(names) - 1
            cells = [
                f"{value:.2f}" if size else f"{100 * value:.1f}" for value, size in zip(mean, is_size, strict=True)
            ]
            print(f"| {kind} | {100 * level:.0f} % | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
