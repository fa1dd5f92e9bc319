"""How often a call is right where positives are as frequent as somebody says, from sensitivity and specificity.

By Bayes' rule (Altman & Bland 1994, BMJ 309:102) a predictive value depends on the two shares that were measured
through a ratio alone: the positive one on sensitivity over false positive rate, the negative on specificity over false
negative rate. The interval of a ratio comes from those of its parts by the method of variance estimates recovery
(MOVER-R: Donner & Zou 2012, Stat. Methods Med. Res. 21:347; Newcombe 2016, ibid. 25:1774). The delta method would give
a value of 1 an interval without width where no false call was seen, which is just where the rate of false calls is
least known, and at a low prevalence all depends on that rate. Both parts are taken as independent; where patients have
images of both kinds they are not quite, and benchmarks/coverage_predictive.py measures what that does.
"""

import numpy as np

from report.statistics.intervals import Interval


def positive_value(sensitivity: Interval, specificity: Interval, prevalence: float) -> Interval:
    """The positive predictive value at a prevalence in [0, 1].

    NaN where no call is expected: where nobody is called positive, or only images of a kind that there is none of. At
    prevalence 0 every call is wrong and at 1 every one is right; that is no estimate and has no width.

    >>> positive_value(Interval(0.9, 0.8, 0.95), Interval(0.9, 0.8, 0.95), 0.1).text()
    '50.0 [33.1, 66.7]'
    """
    right = sensitivity
    wrong = Interval(1 - specificity.value, 1 - specificity.high, 1 - specificity.low)  # called, though negative
    calls = prevalence * right.value + (1 - prevalence) * wrong.value
    if not calls > 0:
        return Interval(np.nan, np.nan, np.nan)
    value = prevalence * right.value / calls
    if prevalence in (0, 1):
        return Interval(value, value, value)
    low, high = ratio_interval(right, wrong)
    odds = prevalence / (1 - prevalence)
    return Interval(value, min(_chance(odds * low), value), max(_chance(odds * high), value))


def negative_value(sensitivity: Interval, specificity: Interval, prevalence: float) -> Interval:
    """The negative predictive value: the positive one of the other kind."""
    return positive_value(specificity, sensitivity, 1 - prevalence)


def ratio_interval(first: Interval, second: Interval) -> tuple[float, float]:
    """The interval of one share over another of other images, in [0, inf]; NaN where either has none.

    Its ends x are where the first minus x times the second has one end of its interval at 0: the roots of
    a x^2 - 2 b x + c, written so that nothing is divided by what may be 0.
    """
    if np.isnan([first.low, first.high, second.low, second.high]).any():
        return np.nan, np.nan
    b = first.value * second.value
    a = second.high * (2 * second.value - second.high)
    c = first.low * (2 * first.value - first.low)
    divisor = b + np.sqrt(max(b**2 - a * c, 0))
    low = c / divisor if divisor > 0 else 0.0
    a = second.low * (2 * second.value - second.low)
    c = first.high * (2 * first.value - first.high)
    high = (b + np.sqrt(max(b**2 - a * c, 0))) / a if a > 0 else np.inf
    return float(low), float(high)


def _chance(odds: float) -> float:
    return 1.0 if odds == np.inf else odds / (1 + odds)
