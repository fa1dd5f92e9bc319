"""How much less images of patients are worth than independent ones, for any measure, without resampling.

From the influence values u of a measure (influence.py) follow its variance if images were independent, sum of u^2, and
with patients drawn whole, sum over patients of (sum of their u)^2. Their ratio is the design effect 1 + rho (size - 1),
with rho the correlation of the images of a patient (Kish 1965, Survey Sampling, 8.2) and size the mean number of images
that an image has in its patient, itself included. From a dozen patients rho is hardly known, and from patients without
a mistake not at all; trusting the estimate gives intervals that are too narrow where it came out small, and a jump at
no mistakes. So it is drawn towards that of PRIOR, as if that had been seen in so many patients, against as many as
carry the variance, less 1.

PRIOR was tuned on shares alone, in simulations that benchmarks/coverage.py does not report on (other seeds, too): 9,
14, 24 and 50 patients, 200 images, lognormal sd of their number 0, 0.5 and 1, accuracies .72, .87, .93 and .97,
correlations .2, .35, .5 and .65. DIFFERENCE_PRIOR, and what clustered.py adds to differences and takes for losses, were
tuned on 10, 16 and 32 patients, 200 images, sd 0.2 and 0.8, accuracies .8, .88 and .94, correlations .25, .45 and .55.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from report.statistics.influence import Linearised

NOTHING = 1e-12  # a variance below it, of one image, is rounding


@dataclass(frozen=True)
class Prior:
    """What the correlation of a patient's images is drawn towards, and as if seen in how many patients."""

    correlation: float
    patients: float


PRIOR = Prior(0.5, 3)  # of mistakes and losses
DIFFERENCE_PRIOR = Prior(0.2, 2)  # of what two models of the same images differ in


@dataclass(frozen=True)
class Design:
    """What images of patients are worth for one measure."""

    independent: float  # the variance of the measure if images were independent
    images: float  # how many equally weighted images are in the measure
    correlation: float  # of the images of a patient, drawn towards the prior
    effect: float  # how many times larger the variance is than that of independent images
    freedom: float  # of Student's t
    carriers: float  # patients that carry the variance; for a share near 1, those with a mistake

    @property
    def deviate(self) -> float:
        """How many standard errors a 95 % interval reaches."""
        return float(stdtrit(self.freedom, 0.975))


def design(
    measure: Linearised, group: np.ndarray, prior: Prior = PRIOR, known: np.ndarray | None = None
) -> Design | None:
    """The design of a measure for images of patients `group` (n,) numbers; None with fewer than two patients.

    Where patients are partly assumed (unknown_patients.py), the correlation is that of the images `known` (n,) alone.
    """
    patients = np.unique(group[measure.weight > 0])
    if len(patients) < 2:
        return None
    images = effective_number(measure.weight)
    size = clustering(measure.weight, group)
    independent = float(np.sum(measure.influence**2))
    if independent * images < NOTHING:
        independent = 0.0
    correlation, carriers = shrunk_correlation(measure, group, prior, known)
    effect = 1 + correlation * (size - 1)
    freedom = degrees_of_freedom(effect, size, effective_patients(measure, group))
    return Design(independent, images, correlation, effect, freedom, carriers)


def shrunk_correlation(
    measure: Linearised, group: np.ndarray, prior: Prior, known: np.ndarray | None = None
) -> tuple[float, float]:
    """The correlation of a patient's images drawn towards the prior, and how many patients carry the variance."""
    rows = measure.weight > 0 if known is None else (measure.weight > 0) & known  # (n,)
    weight = measure.weight[rows]
    if not len(weight):
        return prior.correlation, 0.0
    off = measure.influence[rows].sum() / weight.sum()  # 0 but where only some images are known
    influence = measure.influence[rows] - off * weight
    if np.sum(influence**2) * len(weight) < NOTHING:
        return prior.correlation, 0.0
    carriers = effective_number(np.bincount(group[rows], weights=influence**2))
    observed = observed_correlation(influence, weight, group[rows])
    evidence = max(carriers - 1, 0)  # mistakes of a single patient do not tell whether mistakes come together
    correlation = (prior.patients * prior.correlation + evidence * observed) / (prior.patients + evidence)
    return correlation, carriers


def observed_correlation(influence: np.ndarray, weight: np.ndarray, group: np.ndarray) -> float:
    """The moment estimate of the correlation of a patient's images, in [0, 1].

    Influence values are taken from an estimated mean, which makes the estimate too small by the variance of that mean:
    by (1 + rho (size - 1)) / images, solved for rho here.
    """
    images = effective_number(weight)
    others = clustering(weight, group) - 1  # images of its patient that an image has beside it
    if others < 1e-9:
        return 0.0
    centred = (clustering(influence, group) - 1) / others
    room = max(1 - others / images, 0.3)  # with two or three patients the correction must not run away
    correlation = (centred + 1 / images) / room
    return min(max(correlation, 0.0), 1.0)


def clustering(amounts: np.ndarray, group: np.ndarray) -> float:
    """The squares of patients' sums over the squares of images, of (n,) amounts; 1 with one image a patient."""
    by_patient = np.bincount(group, weights=amounts)  # (patients,)
    return float(np.sum(by_patient**2) / np.sum(amounts**2))


def effective_number(amounts: np.ndarray) -> float:
    """How many equal amounts vary as much as these (Kish 1965); of (n,) not all 0."""
    return float(amounts.sum() ** 2 / np.sum(amounts**2))


def effective_patients(measure: Linearised, group: np.ndarray) -> float:
    """Kish's number of patients; with several strata, as many as their variances together have degrees of freedom + 1.

    Satterthwaite 1946, Biometrics Bulletin 2:110.
    """
    total = 0.0
    by_freedom = 0.0
    for number in np.unique(measure.stratum[measure.weight > 0]):
        weight = np.where(measure.stratum == number, measure.weight, 0)  # (n,)
        amounts = np.bincount(group, weights=weight)  # (patients,)
        variance = float(np.sum(amounts**2))
        total += variance
        by_freedom += variance**2 / max(effective_number(amounts) - 1, 0.5)
    return total**2 / by_freedom + 1


def degrees_of_freedom(effect: float, size: float, patients: float) -> float:
    """Those of Student's t: of the effective number of images, and more where images are nearly independent.

    The effective number is images / effect, which for a correlation of 1 is Kish's number of patients; with that for
    every correlation intervals hold too much. Only the part of the variance that is due to patients, (effect - 1) /
    effect, has to be estimated (Satterthwaite 1946): with one image a patient it is none, and t is normal.
    """
    effective = patients * size / effect
    due_to_patients = max((effect - 1) / effect, 1e-3)
    return max(effective - 1, 1.0) / due_to_patients**2
