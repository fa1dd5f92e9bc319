"""95 % intervals of measures of images that err together by patient, from influence values, without resampling.

The truth to hold is the expected value for new patients of the same kind; benchmarks/coverage.py measures how often.
"""

import numpy as np
from scipy.special import stdtrit

from report.statistics.design_effect import DIFFERENCE_PRIOR, NOTHING, Design, design, effective_patients
from report.statistics.influence import Linearised
from report.statistics.intervals import Interval, wilson

SHARES_ADDED = 2.0  # images on which two models differ, one each way
AUC_ADDED = 1.0
LEAST = -1.0  # of any measure: kappa, whose scale goes further down where one class is frequent
PRIOR_MISTAKES = 2  # that mistakes are spread evenly counts as much as so many patients with some


def clustered_interval(measure: Linearised, group: np.ndarray, known: np.ndarray | None = None) -> Interval:
    """The interval of a measure in [lowest, 1]: Wilson's, on the effective number of images; NaN ends with one patient.

    The effective number is the one whose share would have the variance of the measure (Korn & Graubard 1998, Survey
    Methodology 24:193; Franco et al. 2019, J. Surv. Stat. Methodol. 7:334; Dean & Pagano 2015, J. Surv. Stat. Methodol.
    3:484). Where every patient has one image, a share has Wilson's own interval. Images that are `known` (n,) tell the
    correlation where patients of others are assumed.
    """
    if np.isnan(measure.value):
        return Interval(np.nan, np.nan, np.nan)
    worth = design(measure, group, known=known)
    if worth is None:
        return Interval(measure.value, np.nan, np.nan)
    span = 1 - measure.lowest
    share = (measure.value - measure.lowest) / span
    share = min(max(share, 0.0), 1.0)  # rounding
    count = independent_images(share, worth, span) / worth.effect
    ends = wilson(np.array(share), np.array(count), worth.deviate)
    low, high = (measure.lowest + span * float(end) for end in ends)
    low = max(low, LEAST)
    return Interval(measure.value, min(low, measure.value), max(high, measure.value))


def independent_images(share: float, worth: Design, span: float) -> float:
    """The number of independent images whose share has the variance that the measure has with independent images.

    With few mistakes it is drawn towards the number if mistakes were spread evenly, so that nothing jumps at 0 or 1.
    """
    if worth.independent == 0:
        return worth.images
    spread_evenly = span**2 * max(share * (1 - share), NOTHING) / worth.images  # the variance of a share
    ratio = worth.independent / spread_evenly
    smooth = (worth.carriers * ratio + PRIOR_MISTAKES) / (worth.carriers + PRIOR_MISTAKES)
    return worth.images / smooth


def mean_interval(measure: Linearised, group: np.ndarray) -> Interval:
    """The interval of an unbounded mean, such as a change of loss: Student's t; NaN ends with one patient."""
    half = half_width(measure, group)
    return Interval(measure.value, measure.value - half, measure.value + half)


def loss_interval(measure: Linearised, group: np.ndarray) -> Interval:
    """The interval of a mean of values from 0 upwards, such as losses: Student's t of its logarithm.

    Losses are skewed, so that a symmetric interval ends too low (the delta method: Oehlert 1992, Am. Stat. 46:27).
    """
    half = half_width(measure, group)
    factor = float(np.exp(half / measure.value)) if measure.value > 0 else 1 + half
    return Interval(measure.value, measure.value / factor, measure.value * factor)


def half_width(measure: Linearised, group: np.ndarray) -> float:
    """How far Student's t interval reaches from a mean; NaN with one patient.

    Where few patients carry the variance, it is itself uncertain: the degrees of freedom are the geometric mean of
    all patients and of those that carry it, less 1; at least 2, with which t reaches 4.3 standard errors.
    """
    worth = None if np.isnan(measure.value) else design(measure, group)
    if worth is None:
        return float("nan")
    patients = effective_patients(measure, group)
    carriers = min(worth.carriers, patients)
    freedom = max(np.sqrt(patients * carriers) - 1, 2)
    error = np.sqrt(worth.independent * worth.effect)
    return float(stdtrit(freedom, 0.975) * error)


def difference(first: Linearised, second: Linearised) -> Linearised:
    """The second measure minus the first, of the same images; `lowest` is the first being 1 and the second lowest."""
    weight = (first.weight + second.weight) / 2  # (n,)
    influence = second.influence - first.influence  # (n,)
    lowest = (first.lowest + second.lowest) / 2 - 1
    return Linearised(second.value - first.value, influence, weight, first.stratum, lowest)


def difference_interval(
    first: Linearised, second: Linearised, group: np.ndarray, added: float = SHARES_ADDED
) -> Interval:
    """The interval of the second measure minus the first, of the same images; NaN ends with one patient.

    An image is added on which only the first is right and one on which only the second is, so that no disagreement is
    no proof of equality (Bonett & Price 2012, J. Educ. Behav. Stat. 37:479). They are added to the geometric mean of
    the images and their effective number: to the effective number alone, intervals hold 99 %. For an AUC, in which an
    image seldom goes from all wrong to all right, AUC_ADDED are enough. Two models of the same images share most of
    what a patient is like, so the prior of the correlation is a lower one.
    """
    change = difference(first, second)
    worth = None if np.isnan(change.value) else design(change, group, DIFFERENCE_PRIOR)
    if worth is None:
        return Interval(change.value, np.nan, np.nan)
    span = -change.lowest
    value = change.value / span
    count = worth.images / worth.effect
    base = float(np.sqrt(worth.images * count))
    square = worth.images * worth.independent / span**2 + value**2  # for shares: the images on which one alone is right
    square = (square * base + added) / (base + added)
    centre = value * base / (base + added)
    variance = (square - centre**2) / (count + added)
    half = worth.deviate * float(np.sqrt(variance))
    low = max(min(centre - half, value), -1.0)
    high = min(max(centre + half, value), 1.0)
    return Interval(change.value, span * low, span * high)
