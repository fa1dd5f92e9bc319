"""The measures whose intervals coverage.py tries: each with its interval before (bootstrap) and after (influence)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks import intervals_before as metrics
from benchmarks.clustered_cohorts import Drawn, Setting, expected
from benchmarks.intervals_before import Resamples, fewest_patients, interval, share_interval
from report.statistics import clustered, influence
from report.statistics.intervals import Interval, spread_interval

Before = Callable[[Drawn, Resamples], Interval]


@dataclass(frozen=True)
class Measure:
    """A measure, and its interval before and after."""

    name: str
    after: Callable[[Drawn], Interval]
    before: Before
    needs_second: bool = False

    def truth(self, setting: Setting) -> float:
        """Its expected value."""
        base = self.name.removesuffix(" difference")
        first = expected(base, setting.model, setting.accuracy, setting.positives)
        if not self.needs_second:
            return first
        return expected(base, setting.model, setting.accuracy + setting.gain, setting.positives) - first


def share_measure(name: str, right: Callable[[Drawn], np.ndarray], among: Callable[[Drawn], np.ndarray]) -> Measure:
    """A share of images."""
    return Measure(
        name,
        lambda drawn: clustered.clustered_interval(influence.share(right(drawn), among(drawn)), drawn.group),
        lambda drawn, resamples: share_interval(right(drawn), among(drawn), resamples),
    )


def linear_measure(name: str, linearised: Callable[..., influence.Linearised], before: Before) -> Measure:
    """A measure of true and called classes."""
    return Measure(
        name,
        lambda drawn: clustered.clustered_interval(linearised(drawn.truth, drawn.called), drawn.group),
        before,
    )


def mean_measure(name: str, loss: Callable[[np.ndarray], np.ndarray]) -> Measure:
    """A mean of a loss of each margin."""

    def before(drawn: Drawn, resamples: Resamples) -> Interval:
        values = loss(drawn.margin)
        return spread_interval(values.mean(), metrics.mean(resamples.weights, values), resamples.patients())

    return Measure(name, lambda drawn: clustered.loss_interval(influence.mean(loss(drawn.margin)), drawn.group), before)


def difference_measure(
    name: str,
    linearised: Callable[[np.ndarray, np.ndarray], influence.Linearised],
    weighted: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
) -> Measure:
    """The second model's measure minus the first's, of truth and score."""

    def after(drawn: Drawn) -> Interval:
        first = linearised(drawn.truth, drawn.score)
        second = linearised(drawn.truth, drawn.second_score)
        added = clustered.AUC_ADDED if name == "AUC" else clustered.SHARES_ADDED
        return clustered.difference_interval(first, second, drawn.group, added)

    def before(drawn: Drawn, resamples: Resamples) -> Interval:
        weights = np.vstack([np.ones(len(drawn.group)), resamples.weights])
        change = weighted(weights, drawn.truth, drawn.second_score) - weighted(weights, drawn.truth, drawn.score)
        patients = fewest_patients(drawn.truth, resamples) if "AUC" in name else resamples.patients()
        return spread_interval(float(change[0]), change[1:], patients)

    return Measure(f"{name} difference", after, before, needs_second=True)


def f1_weighted(weights: np.ndarray, truth: np.ndarray, called: np.ndarray) -> np.ndarray:
    """F1 under weights."""
    return metrics.mean(weights, truth & called, (truth.astype(float) + called) / 2)


def macro_f1_weighted(weights: np.ndarray, truth: np.ndarray, called: np.ndarray) -> np.ndarray:
    """Mean F1 of both classes under weights."""
    return (f1_weighted(weights, truth, called) + f1_weighted(weights, ~truth, ~called)) / 2


def log_loss(margin: np.ndarray) -> np.ndarray:
    """That of a logistic probability of twice the margin."""
    return np.log1p(np.exp(-2 * margin))


def brier(margin: np.ndarray) -> np.ndarray:
    """The same's Brier score, summed over both classes."""
    return 2 / (1 + np.exp(2 * margin)) ** 2


def bounded(weighted: Callable[..., np.ndarray], lowest: float = 0, score: bool = False, all_patients: bool = False):
    """The former interval of a measure of truth and called (or score) under weights."""

    def before(drawn: Drawn, resamples: Resamples) -> Interval:
        answer = drawn.score if score else drawn.called
        patients = resamples.patients() if all_patients else fewest_patients(drawn.truth, resamples)
        return interval(lambda weights: weighted(weights, drawn.truth, answer), resamples, patients, lowest)

    return before


def everything(drawn: Drawn) -> np.ndarray:
    """All images."""
    return np.full(len(drawn.group), True)


MEASURES = [
    share_measure("accuracy", lambda drawn: drawn.right, everything),
    share_measure("sensitivity", lambda drawn: drawn.called, lambda drawn: drawn.truth),
    share_measure("specificity", lambda drawn: ~drawn.called, lambda drawn: ~drawn.truth),
    share_measure("PPV", lambda drawn: drawn.truth, lambda drawn: drawn.called),
    share_measure("NPV", lambda drawn: ~drawn.truth, lambda drawn: ~drawn.called),
    linear_measure("balanced accuracy", influence.balanced_accuracy, bounded(metrics.balanced_accuracy)),
    linear_measure("kappa", influence.kappa, bounded(metrics.kappa, lowest=-1, all_patients=True)),
    linear_measure("F1", influence.f1, bounded(f1_weighted, all_patients=True)),
    linear_measure("macro F1", influence.macro_f1, bounded(macro_f1_weighted, all_patients=True)),
    Measure(
        "AUC",
        lambda drawn: clustered.clustered_interval(influence.auc(drawn.truth, drawn.score), drawn.group),
        bounded(metrics.auc, score=True),
    ),
    mean_measure("log-loss", log_loss),
    mean_measure("Brier", brier),
    difference_measure(
        "accuracy",
        lambda truth, score: influence.share((score > 0) == truth, np.ones(len(truth))),
        lambda weights, truth, score: metrics.mean(weights, (score > 0) == truth),
    ),
    difference_measure(
        "balanced accuracy",
        lambda truth, score: influence.balanced_accuracy(truth, score > 0),
        lambda weights, truth, score: metrics.balanced_accuracy(weights, truth, score > 0),
    ),
    difference_measure(
        "kappa",
        lambda truth, score: influence.kappa(truth, score > 0),
        lambda weights, truth, score: metrics.kappa(weights, truth, score > 0),
    ),
    difference_measure("AUC", influence.auc, metrics.auc),
]
