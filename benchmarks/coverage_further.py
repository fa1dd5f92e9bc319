"""What else hangs on patients: the AUC over folds, the calibration error by chance, unknown patients, Kish's number.

python -m benchmarks.coverage_further          # 3 minutes on one core
"""

from dataclasses import replace
from itertools import product
from unittest.mock import patch

import numpy as np
from scipy.special import ndtr

from benchmarks import intervals_before
from benchmarks.clustered_cohorts import Drawn, Setting, draw, expected
from report.measures import calibration_error
from report.statistics import design_effect, influence
from report.statistics.clustered import clustered_interval
from report.statistics.unknown_patients import assumed_patients

SETTINGS = [
    Setting(patients, 240, 0.6, accuracy, correlation, model)
    for patients, accuracy, correlation, model in product([12, 27], [0.85, 0.95], [0.3, 0.5], ["beta", "probit"])
]


def auc_without_signal(patients: int, folds: int, times: int, rng: np.random.Generator) -> tuple[float, float]:
    """Mean AUC over all pairs and within folds, when models know nothing but the share of positives they learned from.

    Half the patients are positive, each has one class, and both kinds are dealt out to the folds in turn.
    """
    pooled, within = [], []
    for _ in range(times):
        sizes = np.maximum(np.round(240 / patients * np.exp(0.6 * rng.normal(size=patients))), 1).astype(int)
        group = np.repeat(np.arange(patients), sizes)
        truth = (np.arange(patients) < patients // 2)[group]
        fold = (np.arange(patients) % folds)[group]
        share = np.array([truth[fold != number].mean() for number in range(folds)])  # (folds,)
        noise = rng.normal(size=patients)[group] + rng.normal(size=len(group))
        score = np.log(share / (1 - share))[fold] + 0.5 * noise
        pooled.append(influence.auc(truth, score).value)
        within.append(influence.auc_within_folds(truth, score, fold).value)
    return float(np.mean(pooled)), float(np.nanmean(within))


def auc_intervals(setting: Setting, folds: int, times: int, rng: np.random.Generator) -> tuple[float, ...]:
    """Of the AUC over all pairs, then within folds of whole patients: coverage; then the mean width of each."""
    truth = expected("AUC", setting.model, setting.accuracy, setting.positives)
    held, widths = [], []
    for _ in range(times):
        drawn = draw(setting, rng)
        pooled = influence.auc(drawn.truth, drawn.score)
        within = influence.auc_within_folds(drawn.truth, drawn.score, drawn.group % folds)
        intervals = [clustered_interval(measure, drawn.group) for measure in (pooled, within)]
        held.append([interval.low <= truth <= interval.high for interval in intervals])
        widths.append([interval.high - interval.low for interval in intervals])
    return *np.mean(held, axis=0), *np.nanmean(widths, axis=0)


def calibration_by_patient(setting: Setting, times: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """Mean calibration error of perfect probabilities as it is, and by chance: images drawn, then patients drawn."""
    rows = []
    for _ in range(times):
        drawn = draw(setting, rng)
        certainty = np.clip(rng.normal(setting.accuracy, 0.08, len(drawn.group)), 0.55, 0.999)
        right = perfectly_calibrated(setting, drawn, certainty, rng)
        table = np.column_stack([certainty, 1 - certainty])
        bins = calibration_error.bins_of(table, np.where(right, 0, 1))
        shown = bins.error(np.ones((1, len(right))))[0]
        by_image = intervals_before.error_by_chance(bins, rng, 100)
        rows.append((shown, by_image, calibration_error.error_by_chance(bins, drawn.group, rng, 100)))
    shown, by_image, by_patient = np.mean(rows, axis=0)
    return float(shown), float(by_image), float(by_patient)


def perfectly_calibrated(setting: Setting, drawn: Drawn, certainty: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Right and wrong with these chances, from normal draws that patients share, (n,): not the model of the remedy."""
    shared = np.sqrt(setting.latent) * rng.normal(size=setting.patients)[drawn.group]
    normal = shared + np.sqrt(1 - setting.latent) * rng.normal(size=len(certainty))
    return ndtr(normal) < certainty


def unknown_patients(setting: Setting, hidden: float, times: int, rng: np.random.Generator) -> tuple[float, float]:
    """Coverage of the accuracy where a share of patients is hidden: their images alone, then k to a patient."""
    alone, several = [], []
    for _ in range(times):
        drawn = draw(setting, rng)
        images = len(drawn.group)
        known = (rng.random(setting.patients) >= hidden)[drawn.group]
        group = np.where(known, drawn.group, setting.patients + np.arange(images))
        names = np.array([f"{number:05d}" for number in rng.permutation(images)])
        label = np.where(drawn.truth, "a", "b")
        assumed = assumed_patients(group, known, names, label, np.asarray(drawn.group % 5))
        accuracy = influence.share(drawn.right, np.ones(images))
        for held, interval in (
            (alone, clustered_interval(accuracy, group)),
            (several, clustered_interval(accuracy, assumed, known)),
        ):
            held.append(interval.low <= setting.accuracy <= interval.high)
    return float(np.mean(alone)), float(np.mean(several))


def kish_everywhere(setting: Setting, times: int, rng: np.random.Generator) -> tuple[float, float]:
    """Coverage of the accuracy with degrees of freedom from the effective number of images, then from Kish's."""

    def of_kish(effect: float, size: float, patients: float) -> float:
        return max(patients - 1, 1)

    ours, kish = [], []
    for _ in range(times):
        drawn = draw(setting, rng)
        accuracy = influence.share(drawn.right, np.ones(len(drawn.group)))
        first = clustered_interval(accuracy, drawn.group)
        with patch.object(design_effect, "degrees_of_freedom", of_kish):
            second = clustered_interval(accuracy, drawn.group)
        ours.append(first.low <= setting.accuracy <= first.high)
        kish.append(second.low <= setting.accuracy <= second.high)
    return float(np.mean(ours)), float(np.mean(kish))


def main(times: int = 200) -> None:
    """Print four small tables."""
    rng = np.random.default_rng(0)
    print("AUC without any signal, each patient of one class: over all pairs, within folds")
    for patients, folds in ((12, 10), (12, 5), (27, 10), (27, 5), (38, 5)):
        pooled, within = auc_without_signal(patients, folds, times, rng)
        print(f"  {patients} patients, {folds} folds: {pooled:.3f}, {within:.3f}")
    print("AUC over all pairs, within five folds: coverage of each; width of each")
    for setting in SETTINGS + [replace(one, pure=True) for one in SETTINGS if one.model == "probit"]:
        pooled, within, *widths = auc_intervals(setting, 5, times, rng)
        print(f"  {pooled:.3f}, {within:.3f}; {widths[0]:.3f}, {widths[1]:.3f}  {setting.text()}")
    print("calibration error of perfect probabilities: as it is; by chance drawing images, drawing patients")
    for setting in SETTINGS[::2]:
        shown, by_image, by_patient = calibration_by_patient(setting, times // 2, rng)
        print(f"  {shown:.4f}; {by_image:.4f}, {by_patient:.4f}  {setting.text()}")
    print("accuracy, 60 % of patients hidden: coverage with their images alone, several to a patient")
    for setting in SETTINGS:
        alone, several = unknown_patients(setting, 0.6, times, rng)
        print(f"  {alone:.3f}, {several:.3f}  {setting.text()}")
    print("accuracy: coverage with t of the effective number, of Kish's number of patients for every correlation")
    for setting in SETTINGS + [replace(one, correlation=0.15) for one in SETTINGS[::4]]:
        ours, kish = kish_everywhere(setting, times, rng)
        print(f"  {ours:.3f}, {kish:.3f}  {setting.text()}")


if __name__ == "__main__":
    main()
