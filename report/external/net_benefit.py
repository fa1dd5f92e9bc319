"""Decision curves: is it worth acting on the probabilities, rather than on everybody or on nobody?

Who acts from a probability p on holds that a missed positive is as bad as (1 - p) / p false alarms. The net benefit is
the share of true positives minus the share of false positives in that currency (Vickers & Elkin 2006, Med. Decis.
Making 26:565); treating nobody has 0.
"""

from dataclasses import dataclass

import numpy as np

from report.statistics.clustered import mean_interval
from report.statistics.influence import Linearised, share
from report.statistics.intervals import Interval

THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)  # in the table
CURVE = np.linspace(0.01, 0.9, 90)  # in the figure


@dataclass(frozen=True)
class NetBenefit:
    """What acting from one probability on is worth, in true positives per image."""

    threshold: float
    model: Interval
    treat_all: float
    gain: Interval  # of the model over the better of treating all and none


@dataclass(frozen=True, eq=False)
class TwoClassTruth:
    """What a decision curve is made from."""

    truth: np.ndarray  # (n,) bool
    probability: np.ndarray  # (n,) that an image is positive
    group: np.ndarray  # (n,) patients as numbers
    prevalence: float | None = None  # of positives where the model is to be used; None: as among these images

    def net_benefit(self, threshold: float) -> Linearised:
        """That of the model."""
        return self._benefit(self.probability >= threshold, threshold)

    def treat_all(self, threshold: float) -> Linearised:
        """That of acting on everybody."""
        return self._benefit(np.full(len(self.truth), True), threshold)

    def at(self, threshold: float) -> NetBenefit:
        """All of one threshold, with intervals by patient."""
        model, everybody = self.net_benefit(threshold), self.treat_all(threshold)
        gain = model if everybody.value < 0 else combined(model, 1, everybody, -1)
        return NetBenefit(threshold, mean_interval(model, self.group), everybody.value, mean_interval(gain, self.group))

    def _benefit(self, called: np.ndarray, threshold: float) -> Linearised:
        odds = threshold / (1 - threshold)
        if self.prevalence is None:
            images = np.ones(len(self.truth))
            return combined(share(self.truth & called, images), 1, share(~self.truth & called, images), -odds)
        sensitivity = share(called, self.truth)
        false_positive_rate = share(called, ~self.truth)
        return combined(sensitivity, self.prevalence, false_positive_rate, -odds * (1 - self.prevalence))


def combined(first: Linearised, times: float, second: Linearised, times_second: float) -> Linearised:
    """So many times the first measure plus so many times the second, of the same images."""
    return Linearised(
        value=times * first.value + times_second * second.value,
        influence=times * first.influence + times_second * second.influence,
        weight=(first.weight + second.weight) / 2,
        stratum=first.stratum,
    )
