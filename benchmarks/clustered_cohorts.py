"""Made-up cohorts whose images of a patient err together, and what their measures are expected to be."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.special import ndtr, ndtri

from benchmarks.intervals_before import Resamples

NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
RESAMPLES = 400
MANY = 400_000  # draws for an expected value that has no formula


@dataclass(frozen=True)
class Setting:
    """What a cohort is drawn from."""

    patients: int
    images: int = 240
    spread: float = 0.0  # lognormal sd of the images per patient
    accuracy: float = 0.9
    correlation: float = 0.4  # of right and wrong, within a patient
    model: str = "beta"  # how: "beta" (binomial), "probit", or "shift": all scores of a patient are moved one way
    pure: bool = False  # whether a patient has images of one class only
    positives: float = 0.5  # share of positive images, or patients
    gain: float = 0.0  # how much better the second model is
    alike: float = 0.7  # the correlation of both models' margins

    def text(self) -> str:
        """In short."""
        kind = "one class each" if self.pure else "mixed"
        how = f"{self.model}, {kind}, positives {self.positives:g}, gain {self.gain:g}"
        sizes = f"{self.patients} patients, {self.images} images (sd {self.spread:g})"
        return f"{sizes}, accuracy {self.accuracy:g}, correlation {self.correlation:g}, {how}"

    @cached_property
    def latent(self) -> float:
        """The correlation of normal margins within a patient."""
        return latent_correlation(self.accuracy, self.correlation)


@lru_cache(None)
def latent_correlation(accuracy: float, correlation: float) -> float:
    """The correlation of normal margins that gives the correlation of right and wrong, by bisection."""
    low, high = 0.0, 0.999
    for _ in range(40):
        middle = (low + high) / 2
        conditional = ndtr((ndtri(accuracy) - np.sqrt(middle) * NODES) / np.sqrt(1 - middle))
        variance = NODE_WEIGHTS @ conditional**2 / NODE_WEIGHTS.sum() - accuracy**2
        too_low = variance < correlation * accuracy * (1 - accuracy)
        low, high = (middle, high) if too_low else (low, middle)
    return low


@dataclass(frozen=True, eq=False)
class Drawn:
    """A cohort: margins are above 0 where the model is right."""

    group: np.ndarray  # (n,)
    truth: np.ndarray  # (n,) bool
    margin: np.ndarray  # (n,)
    second: np.ndarray  # (n,) of the second model

    @property
    def right(self) -> np.ndarray:
        """Whether the model is right, (n,)."""
        return self.margin > 0

    @property
    def called(self) -> np.ndarray:
        """Whether an image is called positive, (n,)."""
        return self.truth == self.right

    @property
    def score(self) -> np.ndarray:
        """That an image is positive, (n,); above 0 if it is called so."""
        return np.where(self.truth, self.margin, -self.margin)

    @property
    def second_score(self) -> np.ndarray:
        """The second model's score, (n,)."""
        return np.where(self.truth, self.second, -self.second)


def draw(setting: Setting, rng: np.random.Generator) -> Drawn:
    """One cohort; both kinds of images are there, from two patients each."""
    raw = np.exp(setting.spread * rng.normal(size=setting.patients))
    sizes = np.maximum(np.round(raw / raw.sum() * setting.images), 1).astype(int)  # (patients,)
    group = np.repeat(np.arange(setting.patients), sizes)  # (n,)
    truth = draw_truth(setting, group, rng)
    sign = np.where(truth, 1, -1) if setting.model == "shift" else np.ones(len(group))
    if setting.model == "beta":
        margin = beta_margins(setting, group, rng)
        return Drawn(group, truth, margin, margin)
    first = patient_and_image(setting, group, rng)  # (patients,), (n,)
    other = patient_and_image(setting, group, rng)
    again = [setting.alike * a + np.sqrt(1 - setting.alike**2) * b for a, b in zip(first, other, strict=True)]
    margin = ndtri(setting.accuracy) + sign * first[0][group] + first[1]
    second = ndtri(setting.accuracy + setting.gain) + sign * again[0][group] + again[1]
    return Drawn(group, truth, margin, second)


def draw_truth(setting: Setting, group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which images are positive, (n,)."""
    owners = setting.patients if setting.pure else len(group)
    while True:
        positive = rng.random(owners) < setting.positives
        if min(positive.sum(), (~positive).sum()) >= 2:
            return positive[group] if setting.pure else positive


def beta_margins(setting: Setting, group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Margins whose signs are right and wrong drawn from each patient's own beta-distributed accuracy."""
    accuracy = np.full(setting.patients, setting.accuracy)
    if setting.correlation:
        strength = 1 / setting.correlation - 1
        accuracy = rng.beta(setting.accuracy * strength, (1 - setting.accuracy) * strength, setting.patients)
    right = rng.random(len(group)) < accuracy[group]
    return np.where(right, 1, -1) * np.abs(rng.normal(size=len(group)))


def patient_and_image(setting: Setting, group: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What patients (patients,) and images (n,) add to a margin; their variances sum to 1."""
    shared = np.sqrt(setting.latent) * rng.normal(size=setting.patients)
    return shared, np.sqrt(1 - setting.latent) * rng.normal(size=len(group))


def resamples_of(drawn: Drawn, rng: np.random.Generator) -> Resamples:
    """Cohorts drawn from the patients, with replacement."""
    patients = int(drawn.group.max()) + 1
    counts = rng.multinomial(patients, np.full(patients, 1 / patients), size=RESAMPLES)  # (times, patients)
    return Resamples(counts[:, drawn.group].astype(float), drawn.group)


@lru_cache(None)
def marginal(model: str, accuracy: float) -> np.ndarray:
    """Many margins of images of different patients."""
    rng = np.random.default_rng(17)
    if model == "beta":
        return np.where(rng.random(MANY) < accuracy, 1, -1) * np.abs(rng.normal(size=MANY))
    return ndtri(accuracy) + rng.normal(size=MANY)


@lru_cache(None)
def expected(measure: str, model: str, accuracy: float, positives: float) -> float:
    """What a measure of the first model is expected to be for new patients of the same kind."""
    called = positives * accuracy + (1 - positives) * (1 - accuracy)
    margin = marginal(model, accuracy)
    by_chance = positives * called + (1 - positives) * (1 - called)
    f1 = 2 * positives * accuracy / (2 * positives * accuracy + 1 - accuracy)
    negative_f1 = 2 * (1 - positives) * accuracy / (2 * (1 - positives) * accuracy + 1 - accuracy)
    formulas = {
        "PPV": positives * accuracy / called,
        "NPV": (1 - positives) * accuracy / (1 - called),
        "kappa": (accuracy - by_chance) / (1 - by_chance),
        "F1": f1,
        "macro F1": (f1 + negative_f1) / 2,
        "AUC": float(np.mean(margin[: MANY // 2] > -margin[MANY // 2 :])),
        "log-loss": float(np.mean(np.log1p(np.exp(-2 * margin)))),
        "Brier": float(np.mean(2 / (1 + np.exp(2 * margin)) ** 2)),
    }
    return formulas.get(measure, accuracy)
