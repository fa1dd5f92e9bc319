"""Laws of joined distances: one run's are its own, and of several each counts alike."""

from dataclasses import replace

import numpy as np
import pytest

from boost.descriptors import Descriptors
from boost.settings import BoostError
from boost.uncertainty.joined_distances import JoinedDistances
from boost.uncertainty.out_of_distribution import fit_out_of_distribution

GROUP = np.arange(40) // 2


def fitted(name, dim, views, seed):
    values = np.random.default_rng(seed).normal(size=(40, views, dim)).astype(np.float32)
    return fit_out_of_distribution({name: Descriptors.of(values)}, GROUP)


ONE, OTHER = fitted("a", 5, 4, 1), fitted("b", 3, 8, 2)


def image(scale, seed=0):
    rng = np.random.default_rng(seed)
    return {"a": scale * rng.normal(size=(8, 5)), "b": scale * rng.normal(size=(8, 3))}


def test_one_run_is_as_it_was():
    alone = JoinedDistances.of([ONE])
    assert alone.distance(image(1)) == ONE.distance(image(1))
    assert [alone.p_value(d, 4) for d in (0.1, 1.0, 9.0)] == [ONE.p_value(d, 4) for d in (0.1, 1.0, 9.0)]


def test_the_runs_count_alike():
    both = JoinedDistances.of([ONE, OTHER])
    squares = ONE.distance(image(1)) ** 2, OTHER.distance(image(1)) ** 2
    assert both.distance(image(1)) == pytest.approx(np.sqrt(np.mean(squares)))
    turned = JoinedDistances.of([OTHER, ONE])
    assert turned.p_value(1.0, 8) == both.p_value(1.0, 8)


def test_what_is_distant_is_told_and_what_is_usual_is_not():
    both = JoinedDistances.of([ONE, OTHER])
    p_values = [both.p_value(both.distance(image(1, seed)), 8) for seed in range(40)]
    assert np.mean([both.is_outlier(p_value) for p_value in p_values]) <= 0.2
    assert both.is_outlier(both.p_value(both.distance(image(50)), 8))


def test_other_images_are_refused():
    with pytest.raises(BoostError, match="of other images"):
        JoinedDistances.of([ONE, replace(OTHER, group=OTHER.group[::-1])])
