"""How often intervals of predictive values hold the truth at a prevalence, and how the delta method would do.

    python -m benchmarks.coverage_predictive

Cohorts are those of clustered_cohorts.py; 95 % is promised.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.clustered_cohorts import Drawn, Setting, draw
from report.statistics.clustered import clustered_interval
from report.statistics.influence import Linearised, share
from report.statistics.intervals import Interval
from report.statistics.predictive_values import negative_value, positive_value

TIMES = 1000
SETTINGS = (
    Setting(30, 210, accuracy=0.9, correlation=0.3, pure=True),
    Setting(30, 210, accuracy=0.9, correlation=0.3, model="shift"),
    Setting(10, 60, accuracy=0.85, correlation=0.3),
    Setting(20, 200, accuracy=0.97, correlation=0.4),
    Setting(50, 400, accuracy=0.97, correlation=0.3, pure=True),
)
PREVALENCES = (0.01, 0.1, 0.5)


@dataclass(frozen=True)
class Counted:
    """Of one measure in one setting at one prevalence."""

    held: float  # share of cohorts whose interval held the truth
    width: float  # mean


def truth_at(setting: Setting, prevalence: float) -> float:
    """Either predictive value: sensitivity and specificity are both the accuracy; that of the positive kind."""
    return prevalence * setting.accuracy / (prevalence * setting.accuracy + (1 - prevalence) * (1 - setting.accuracy))


def by_delta(drawn: Drawn, prevalence: float) -> Interval:
    """What the delta method gives for the positive predictive value, on the scale of the share itself."""
    sensitivity, specificity = share(drawn.called, drawn.truth), share(~drawn.called, ~drawn.truth)
    true_calls, false_calls = prevalence * sensitivity.value, (1 - prevalence) * (1 - specificity.value)
    calls = true_calls + false_calls
    if not calls > 0:
        return Interval(np.nan, np.nan, np.nan)
    by_sensitivity = prevalence * false_calls / calls**2
    by_specificity = (1 - prevalence) * true_calls / calls**2
    influence = by_sensitivity * sensitivity.influence + by_specificity * specificity.influence  # (n,)
    weight = (sensitivity.weight + specificity.weight) / 2  # (n,)
    linearised = Linearised(true_calls / calls, influence, weight, drawn.truth.astype(int))
    return clustered_interval(linearised, drawn.group)


def shares_of(drawn: Drawn) -> tuple[Interval, Interval]:
    """Sensitivity and specificity, with their intervals by patient."""
    sensitivity, specificity = share(drawn.called, drawn.truth), share(~drawn.called, ~drawn.truth)
    return clustered_interval(sensitivity, drawn.group), clustered_interval(specificity, drawn.group)


def counted(intervals: list[Interval], truth: float) -> Counted:
    """How often they hold it; a cohort without a value says nothing, and is right to."""
    held = [np.isnan(one.value) or one.low - 1e-12 <= truth <= one.high + 1e-12 for one in intervals]
    width = [one.high - one.low for one in intervals if not np.isnan(one.value)]
    return Counted(float(np.mean(held)), float(np.mean(width)))


def main() -> None:
    """Print a row for each setting and prevalence."""
    print("| cohort | prevalence | PPV held (width) | NPV held (width) | PPV by the delta method |")
    print("|---|--:|--:|--:|--:|")
    for setting in SETTINGS:
        rng = np.random.default_rng(15)
        cohorts = [draw(setting, rng) for _ in range(TIMES)]
        shares = [shares_of(drawn) for drawn in cohorts]
        for prevalence in PREVALENCES:
            truth, spared = truth_at(setting, prevalence), truth_at(setting, 1 - prevalence)
            positive = counted([positive_value(*both, prevalence) for both in shares], truth)
            negative = counted([negative_value(*both, prevalence) for both in shares], spared)
            delta = counted([by_delta(drawn, prevalence) for drawn in cohorts], truth)
            cells = [f"{100 * one.held:.1f} % ({one.width:.2f})" for one in (positive, negative, delta)]
            print(f"| {setting.text()} | {prevalence:g} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
