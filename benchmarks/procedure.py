"""Does the interval of the whole procedure hold what the procedure is expected to do?

python -m benchmarks.procedure --times 1000

Descriptors are Gaussian, with a part that all images of a patient share; ridge regression on the labels, made anew for
every cohort, is the learner. The truth is the mean accuracy, on new patients, of what is learned from whole cohorts.
"""

import argparse
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import ndtr

from report.statistics.clustered import clustered_interval, independent_images
from report.statistics.design_effect import design
from report.statistics.influence import mean
from report.statistics.intervals import wilson
from report.statistics.procedure import inner_errors, own_column, procedure_interval, widening

IMAGES = 8  # of a patient
RIDGE = 8.0
SETTINGS = [  # patients, folds, dimensions, distance of the classes, share of the variance that is the patient's
    (12, 6, 5, 3.0, 0.3),
    (12, 6, 20, 3.0, 0.3),
    (12, 10, 20, 4.0, 0.5),
    (18, 9, 20, 3.0, 0.3),
    (27, 9, 20, 2.5, 0.3),
    (27, 10, 5, 2.5, 0.5),
    (27, 10, 50, 3.5, 0.3),
    (12, 6, 50, 4.0, 0.3),
    (18, 9, 50, 3.5, 0.5),
    (27, 9, 100, 4.0, 0.3),
]


@dataclass(frozen=True)
class Setting:
    """What a cohort is drawn from."""

    patients: int
    folds: int
    dimensions: int
    distance: float  # of the means of the two classes, in standard deviations of an image
    shared: float  # of the variance, by the images of a patient

    def text(self) -> str:
        """A row's name."""
        return f"{self.patients} | {self.folds} | {self.dimensions} | {self.distance:g} | {self.shared:g}"

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        """Descriptors (n, dimensions + 1), labels of -1 and 1, folds and patients (n,); a patient has one class."""
        label = rng.permutation(np.arange(self.patients) % 2) * 2.0 - 1  # (patients,)
        fold = np.empty(self.patients, int)  # (patients,)
        fold[np.lexsort((rng.random(self.patients), label))] = np.arange(self.patients) % self.folds
        shape = self.patients, IMAGES, self.dimensions
        of_patient = rng.normal(size=(self.patients, 1, self.dimensions)) * np.sqrt(self.shared)
        values = of_patient + rng.normal(size=shape) * np.sqrt(1 - self.shared)
        values[:, :, 0] += label[:, None] * self.distance / 2
        flat = np.concatenate([values, np.ones((*shape[:2], 1))], axis=2).reshape(-1, self.dimensions + 1)
        patient = np.repeat(np.arange(self.patients), IMAGES)
        return flat, label[patient], fold[patient], patient

    def accuracy(self, weights: np.ndarray) -> float:
        """What linear weights (dimensions + 1,) are expected to have right of new patients' images."""
        length = np.linalg.norm(weights[:-1])
        shifts = weights[0] * self.distance / 2 + np.array([-1, 1]) * weights[-1]
        return float(np.mean(ndtr(shifts / length)))


def learned(values: np.ndarray, label: np.ndarray) -> np.ndarray:
    """The weights of ridge regression, (dimensions + 1,)."""
    penalty = RIDGE * np.eye(values.shape[1])
    return np.linalg.solve(values.T @ values + penalty, values.T @ label)


def wrong_of(values: np.ndarray, label: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Which images are answered wrongly without their fold and one more, (n, folds); see procedure_interval."""
    folds = fold.max() + 1
    wrong = np.empty((len(label), folds), bool)
    for first, second in [*combinations(range(folds), 2), *((number, number) for number in range(folds))]:
        trained = (fold != first) & (fold != second)  # (n,)
        weights = learned(values[trained], label[trained])
        for tested, without in ((first, second), (second, first)):
            rows = fold == tested
            wrong[rows, without] = values[rows] @ weights * label[rows] <= 0
    return wrong


def corrected(wrong: np.ndarray, own: np.ndarray) -> float:
    """The accuracy less the bias of training on fewer patients, as in section 4 of Bates et al. 2023."""
    folds = wrong.shape[1]
    nested = inner_errors(wrong, own).mean()
    bias = (1 + (folds - 2) / folds) * (nested - wrong[own].mean())
    return float(np.clip(1 - nested + bias, 0, 1))


def corrected_interval(wrong: np.ndarray, own: np.ndarray, patient: np.ndarray) -> tuple[float, float]:
    """The nested interval around the corrected accuracy."""
    measure = mean(~wrong[own])
    worth = design(measure, patient)
    count = independent_images(measure.value, worth, 1) / worth.effect
    count /= widening(wrong, own, patient, worth) ** 2
    low, high = wilson(np.array(corrected(wrong, own)), np.array(count), worth.deviate)
    return float(low), float(high)


def measured(setting: Setting, times: int, seed: int) -> list[float]:
    """The truth; coverage and mean width of the naive, the nested and the nested interval with its bias corrected."""
    rng = np.random.default_rng(seed)
    truths, intervals = [], []
    for _ in range(times):
        values, label, fold, patient = setting.draw(rng)
        truths.append(setting.accuracy(learned(values, label)))
        wrong = wrong_of(values, label, fold)
        own = own_column(fold)
        measure = mean(~wrong[own])
        naive = clustered_interval(measure, patient)
        nested = procedure_interval(wrong, fold, patient)
        unbiased = corrected_interval(wrong, own, patient)
        intervals.append([(naive.low, naive.high), (nested.low, nested.high), unbiased])
    truth = float(np.mean(truths))
    ends = np.array(intervals)  # (times, 3, 2)
    holds = ((ends[:, :, 0] <= truth) & (truth <= ends[:, :, 1])).mean(axis=0)
    width = (ends[:, :, 1] - ends[:, :, 0]).mean(axis=0)
    return [truth, holds[0], width[0], holds[1], width[1], holds[2], width[2]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=1000, help="cohorts of each setting")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(
        "| patients | folds | dim. | distance | shared | truth | naive | width | nested | width | corrected | width |"
    )
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for numbers in SETTINGS:
        setting = Setting(*numbers)
        cells = " | ".join(f"{number:.3f}" for number in measured(setting, asked.times, asked.seed))
        print(f"| {setting.text()} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
