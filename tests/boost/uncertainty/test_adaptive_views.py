"""Laws of stopping early: seldom wrong, never in doubt with all views, and no order of the classes matters."""

import doctest

import numpy as np
import pytest

import boost.uncertainty.adaptive_views
from boost.uncertainty.adaptive_views import RISK, checkpoints, settled, usual_spread


def simulated(images, views, rng, noise=0.15):
    """Views (image, view, class) of images that are near the border as often as not."""
    centre = rng.dirichlet([0.7, 0.7, 0.7], images)[:, None]
    said = np.clip(centre + noise * rng.normal(size=(images, views, 3)), 1e-3, None)
    return said / said.sum(axis=2, keepdims=True)


def stop(views, spread):
    """After how many views (view, class) one would have stopped."""
    return next(count for count in checkpoints(len(views)) if settled(views[:count], len(views), spread))


@pytest.mark.parametrize("total", [1, 2, 3, 7, 10, 50, 200])
def test_looks_rise_and_end_with_all(total):
    counts = checkpoints(total)
    assert counts == sorted(set(counts)) and counts[-1] == total


@pytest.mark.parametrize("total", [20, 50])
def test_on_simulated_views_the_class_changes_seldom_and_most_views_are_saved(total):
    rng = np.random.default_rng(0)
    views = simulated(500, total, rng)
    spread = usual_spread(simulated(200, total, rng))
    stops = np.array([stop(image, spread) for image in views])
    early = np.array([image[:count].mean(axis=0).argmax() for image, count in zip(views, stops, strict=True)])
    assert (early != views.mean(axis=1).argmax(axis=1)).mean() < RISK / 2
    assert stops.mean() < total / 2


def test_views_that_agree_end_it_at_once_and_views_that_do_not_take_all():
    clear, torn = np.tile([0.8, 0.1, 0.1], (20, 1)), np.tile([[0.6, 0.4, 0], [0.4, 0.6, 0]], (10, 1))
    assert stop(clear, 0.05) == checkpoints(20)[0]
    assert stop(torn, 0.05) == 20


def test_with_all_views_there_is_no_doubt():
    assert settled(np.full((5, 2), 0.5), 5, 10.0) and not settled(np.full((4, 2), 0.5), 5, 0.0)


def test_no_order_of_classes_or_views_matters():
    rng = np.random.default_rng(1)
    for views in simulated(50, 8, rng):
        whole = settled(views, 20, 0.1)
        assert settled(views[:, rng.permutation(3)], 20, 0.1) == whole == settled(views[rng.permutation(8)], 20, 0.1)


def test_more_spread_never_ends_earlier():
    for views in simulated(100, 20, np.random.default_rng(2)):
        stops = [stop(views, spread) for spread in (0, 0.05, 0.2, 1)]
        assert stops == sorted(stops)


def test_the_usual_spread_is_that_of_the_lead():
    rng = np.random.default_rng(3)
    lead = 0.5 + 0.1 * rng.normal(size=(400, 30))
    views = np.stack([(1 + lead) / 2, (1 - lead) / 2], axis=2)
    assert usual_spread(views) == pytest.approx(0.1, rel=0.03)
    assert usual_spread(views[:, :1]) == 1.0, "one view tells nothing: be careful"


def test_the_documented_example():
    assert doctest.testmod(boost.uncertainty.adaptive_views).failed == 0
