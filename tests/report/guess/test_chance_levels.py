"""What a guess reaches is what somebody who guesses does reach."""

import doctest

import numpy as np
import pytest

import report.guess.chance_levels
from report.guess.chance_levels import chance_levels
from report.measures.all_images import overall_measures


def test_who_names_each_class_as_often_as_it_is_reaches_the_levels(answered):
    rng = np.random.default_rng(0)
    truth = rng.random(20_000) < 0.3
    is_called = rng.random(20_000) < 0.3
    answers = answered(truth, np.where(is_called, 0.9, 0.1))
    values = {name: measure.value for name, measure in overall_measures(answers).items()}
    levels = chance_levels(answers.label, truth)
    assert set(levels) == set(values)
    for name in set(levels) - {"accuracy"}:
        assert values[name] == pytest.approx(levels[name], abs=0.02), name
    always = answered(truth, np.full(20_000, 0.1))
    assert overall_measures(always)["accuracy"].value == pytest.approx(levels["accuracy"])


def test_predictive_values_follow_the_prevalence_that_is_asked_for():
    levels = chance_levels(["a", "b"], np.array([False, True]), prevalence=0.05)
    assert (levels["PPV"], levels["NPV"], levels["sensitivity"]) == (0.05, 0.95, 0.5)


def test_the_documented_example():
    assert doctest.testmod(report.guess.chance_levels).failed == 0
