"""95 % intervals of measures of images that err together by patient, without resampling.

From the influence values u of a measure (influence.py) follow its variance if images were independent, sum of u^2, and
with patients drawn whole, sum over patients of (sum of their u)^2. Their ratio is the design effect 1 + rho (size - 1),
with rho the correlation of the images of a patient (Kish 1965, Survey Sampling, 8.2) and size the mean number of images
that an image has in its patient, itself included. From a dozen patients rho is hardly known, and from patients without
a mistake not at all; trusting the estimate gives intervals that are too narrow where it came out small, and a jump at
no mistakes. So it is drawn towards PRIOR_CORRELATION, as if that had been seen in PRIOR_PATIENTS patients, against as
many as carry the variance.

Both constants were tuned on shares alone, in simulations that benchmarks/coverage.py does not report on: 9, 14, 24 and
50 patients, 200 images, lognormal sd of their number 0, 0.5 and 1, accuracies .72, .87, .93 and .97, correlations .2,
.35, .5 and .65. The truth to hold is the expected value for new patients of the same kind.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from report.statistics.influence import Linearised
from report.statistics.intervals import Interval, wilson

PRIOR_CORRELATION = 0.5
PRIOR_PATIENTS = 4
PRIOR_MISTAKES = 2  # how many mistakes the variance of evenly spread mistakes counts for
NOTHING = 1e-12  # a variance below it, of one image, is rounding


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


def design(measure: Linearised, group: np.ndarray) -> Design | None:
    """The design of a measure for images of patients `group` (n,) numbers; None with fewer than two patients."""
    weight = np.bincount(group, weights=measure.weight)  # (patients,)
    if np.count_nonzero(weight) < 2:
        return None
    images = 1 / float(np.sum(measure.weight**2))
    size = images * float(np.sum(weight**2))
    independent = float(np.sum(measure.influence**2))
    if independent * images < NOTHING:
        independent, observed, carriers = 0.0, 0.0, 0.0
    else:
        observed = observed_correlation(measure.influence, group, size, images)
        carriers = effective_number(np.bincount(group, weights=measure.influence**2))
    correlation = (PRIOR_PATIENTS * PRIOR_CORRELATION + carriers * observed) / (PRIOR_PATIENTS + carriers)
    effect = 1 + correlation * (size - 1)
    freedom = degrees_of_freedom(effect, images, size, effective_patients(measure, group))
    return Design(independent, images, correlation, effect, freedom, carriers)


def observed_correlation(influence: np.ndarray, group: np.ndarray, size: float, images: float) -> float:
    """The moment estimate of the correlation of a patient's images, in [0, 1].

    Influence values are taken from an estimated mean, which makes the estimate too small by the variance of that mean:
    by (1 + rho (size - 1)) / images, solved for rho here.
    """
    if size - 1 < 1e-9:
        return 0.0
    between = np.sum(np.bincount(group, weights=influence) ** 2)
    centred = (between / np.sum(influence**2) - 1) / (size - 1)
    room = max(1 - (size - 1) / images, 0.3)  # with two or three patients the correction must not run away
    return float(np.clip((centred + 1 / images) / room, 0, 1))


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
        amounts = np.bincount(group, weights=measure.weight * (measure.stratum == number))  # (patients,)
        variance = float(np.sum(amounts**2))
        total += variance
        by_freedom += variance**2 / max(effective_number(amounts) - 1, 0.5)
    return total**2 / by_freedom + 1


def degrees_of_freedom(effect: float, images: float, size: float, patients: float) -> float:
    """Those of Student's t: of the effective number of images, and more where images are nearly independent.

    The effective number is images / effect, which for a correlation of 1 is Kish's number of patients; with that for
    every correlation intervals hold too much. Only the part of the variance that is due to patients, (effect - 1) /
    effect, has to be estimated (Satterthwaite 1946): with one image a patient it is none, and t is normal.
    """
    effective = patients * size / effect
    due_to_patients = max((effect - 1) / effect, 1e-3)
    return max(effective - 1, 1.0) / due_to_patients**2


def clustered_interval(measure: Linearised, group: np.ndarray) -> Interval:
    """The interval of a measure in [lowest, 1]: Wilson's, on the effective number of images; NaN ends with one patient.

    The effective number is the one whose share would have the variance of the measure (Korn & Graubard 1998, Survey
    Methodology 24:193; Franco et al. 2019, J. Surv. Stat. Methodol. 7:334; Dean & Pagano 2015, J. Surv. Stat. Methodol.
    3:484). Where every patient has one image, a share has Wilson's own interval.
    """
    if np.isnan(measure.value):
        return Interval(np.nan, np.nan, np.nan)
    worth = design(measure, group)
    if worth is None:
        return Interval(measure.value, np.nan, np.nan)
    span = 1 - measure.lowest
    share = min(max((measure.value - measure.lowest) / span, 0.0), 1.0)
    count = independent_images(share, worth, span) / worth.effect
    low, high = wilson(np.array(share), np.array(count), worth.deviate)
    return Interval(measure.value, measure.lowest + span * float(low), measure.lowest + span * float(high))


def independent_images(share: float, worth: Design, span: float) -> float:
    """The number of independent images whose share has the variance that the measure has with independent images.

    With few mistakes it is drawn towards the number if mistakes were spread evenly, so that nothing jumps at 0 or 1.
    """
    if worth.independent == 0:
        return worth.images
    ratio = worth.images * worth.independent / span**2 / max(share * (1 - share), NOTHING)
    smooth = (worth.carriers * ratio + PRIOR_MISTAKES) / (worth.carriers + PRIOR_MISTAKES)
    return worth.images / smooth


def mean_interval(measure: Linearised, group: np.ndarray) -> Interval:
    """The interval of an unbounded mean, such as a loss: Student's t; NaN ends with one patient."""
    worth = None if np.isnan(measure.value) else design(measure, group)
    if worth is None:
        return Interval(measure.value, np.nan, np.nan)
    half = worth.deviate * float(np.sqrt(worth.independent * worth.effect))
    return Interval(measure.value, measure.value - half, measure.value + half)


def difference(first: Linearised, second: Linearised) -> Linearised:
    """The second measure minus the first, of the same images, in [-1, 1] for measures in [0, 1]."""
    weight = (first.weight + second.weight) / 2  # (n,)
    influence = second.influence - first.influence  # (n,)
    return Linearised(second.value - first.value, influence, weight, first.stratum, lowest=-1)


def difference_interval(first: Linearised, second: Linearised, group: np.ndarray) -> Interval:
    """The interval of the second measure minus the first, of the same images; NaN ends with one patient.

    On the effective number of images an image is added on which only the first is right and one on which only the
    second is (Bonett & Price 2012, J. Educ. Behav. Stat. 37:479), so that no disagreement is no proof of equality.
    """
    change = difference(first, second)
    worth = None if np.isnan(change.value) else design(change, group)
    if worth is None:
        return Interval(change.value, np.nan, np.nan)
    count = worth.images / worth.effect
    square = worth.images * worth.independent + change.value**2  # for shares: the images on which one is right
    square = (square * count + 2) / (count + 2)
    centre = change.value * count / (count + 2)
    half = worth.deviate * float(np.sqrt((square - centre**2) / (count + 2)))
    low = max(min(centre - half, change.value), -1.0)
    high = min(max(centre + half, change.value), 1.0)
    return Interval(change.value, low, high)
