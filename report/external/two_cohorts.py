"""One measure on two cohorts that share no patient: is it lower here than there by more than chance?"""

from dataclasses import dataclass

import numpy as np

from report.statistics.intervals import Interval


@dataclass(frozen=True)
class Change:
    """A measure there, here, and the difference."""

    there: Interval
    here: Interval
    difference: Interval  # here minus there

    @property
    def verdict(self) -> str:
        """What chance leaves of the difference, as it goes on in a sentence."""
        if np.isnan(self.difference.low) or np.isnan(self.difference.high):
            return "cannot be judged on so few patients"
        if self.difference.high < 0:
            return "is lower than chance would have it"
        return "is higher than chance would have it" if self.difference.low > 0 else "differs by no more than chance"


def change(there: Interval, here: Interval) -> Change:
    """The difference of two independent estimates, its interval made from theirs.

    By squaring and adding the distances to their ends (Newcombe 1998, Stat. Med. 17:873, method 10; for any measure Zou
    & Donner 2008, Stat. Med. 27:1693).

    >>> there, here = Interval(0.6, 0.4905, 0.7004), Interval(0.8, 0.6918, 0.8774)  # Wilson: 48 of 80, 56 of 70
    >>> change(there, here).difference.text()
    '20.0 [5.2, 33.4]'
    """
    value = here.value - there.value
    below = np.hypot(here.value - here.low, there.high - there.value)
    above = np.hypot(here.high - here.value, there.value - there.low)
    return Change(there, here, Interval(value, value - float(below), value + float(above)))
