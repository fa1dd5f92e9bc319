"""The ensemble learns what is there, nothing where nothing is, and the same to the bit each time."""

from dataclasses import asdict, replace

import lightgbm
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError

from boost.ensemble import Ensemble, view_rows
from boost.settings import BoostSettings

FAST = BoostSettings(rounds=8, seeds=2)


def planted(images=96, views=4, dim=16, classes=4, seed=0):
    """Descriptors in which column c is larger for class c; labels (image,)."""
    rng = np.random.default_rng(seed)
    labels = np.arange(images) % classes
    descriptors = rng.normal(size=(images, views, dim)).astype(np.float32)
    descriptors[np.arange(images), :, labels] += 3
    return descriptors, labels


@pytest.fixture(scope="module")
def fitted():
    descriptors, labels = planted()
    return Ensemble(FAST).fit(descriptors, labels, 4)


def test_a_planted_signal_is_learned(fitted):
    descriptors, labels = planted(seed=1)
    p = fitted.predict_proba(descriptors)
    assert p.shape == (96, 4)
    assert_allclose(p.sum(axis=1), 1)
    assert (p.argmax(axis=1) == labels).mean() > 0.95


def test_shuffled_labels_give_chance():
    descriptors, labels = planted(images=200)
    shuffled = np.random.default_rng(0).permutation(labels)
    p = Ensemble(FAST).fit(descriptors[:100], shuffled[:100], 4).predict_proba(descriptors[100:])
    assert (p.argmax(axis=1) == shuffled[100:]).mean() < 0.25 + 4 * np.sqrt(0.25 * 0.75 / 100)


def test_two_classes_are_two_columns():
    descriptors, labels = planted(classes=2)
    p = Ensemble(FAST).fit(descriptors, labels, 2).predict_proba(descriptors)
    assert p.shape == (96, 2)
    assert (p.argmax(axis=1) == labels).mean() > 0.95


def test_seeds_differ_and_their_mean_is_the_answer(fitted):
    descriptors, _ = planted(seed=1)
    by_seed = fitted.predict_by_seed(descriptors)
    assert by_seed.shape == (2, 96, 4)
    assert (by_seed[0] != by_seed[1]).any()
    assert_array_equal(fitted.predict_proba(descriptors), by_seed.mean(axis=0))


def test_a_second_fit_is_the_same_to_the_bit(fitted):
    descriptors, labels = planted()
    again = Ensemble(FAST).fit(descriptors, labels, 4)
    assert_array_equal(again.predict_proba(descriptors), fitted.predict_proba(descriptors))


@pytest.mark.parametrize("max_bin", [63, 255])
def test_shared_bins_give_what_separate_ones_give(max_bin):
    # the slow independent way: a new Dataset for each seed, LightGBM called with the paper's words
    descriptors, labels = planted()
    fast = Ensemble(replace(FAST, max_bin=max_bin)).fit(descriptors, labels, 4).predict_by_seed(descriptors)
    rows, targets = descriptors.reshape(-1, 16), [label for label in labels for _ in range(4)]
    for seed in range(2):
        words = {"objective": "multiclass", "num_class": 4, "learning_rate": 0.1, "num_leaves": 191, "max_depth": 7}
        words |= {"feature_fraction": 0.46, "feature_fraction_seed": 1 + 10 * seed, "max_bin": max_bin}
        words |= {"bagging_fraction": 0.69, "bagging_freq": 0, "bagging_seed": 2, "num_threads": 1, "verbosity": -1}
        booster = lightgbm.train(words, lightgbm.Dataset(rows, targets), num_boost_round=8)
        assert_array_equal(booster.predict(rows).reshape(96, 4, 4).mean(axis=1), fast[seed])


def test_an_image_is_the_mean_of_its_views(fitted):
    descriptors, _ = planted(seed=1)
    alone = np.mean([fitted.predict_proba(descriptors[:, [view]]) for view in range(4)], axis=0)
    assert_allclose(fitted.predict_proba(descriptors), alone, rtol=1e-12)


def test_images_are_answered_one_by_one(fitted):
    descriptors, _ = planted(seed=1)
    assert_array_equal(fitted.predict_proba(descriptors[5:6]), fitted.predict_proba(descriptors)[5:6])


def test_a_fold_has_the_seeds_of_the_published_program():
    seeds = {
        (f, s): BoostSettings().for_fold(f).parameters(4, s)["feature_fraction_seed"] for f in (1, 10) for s in (0, 4)
    }
    assert seeds == {(1, 0): 1, (1, 4): 41, (10, 0): 10, (10, 4): 50}  # RANDOM_STATE + seed * 10 + fold, from 0


def test_the_defaults_are_the_papers_with_fewer_bins():
    assert asdict(BoostSettings()) == {
        "learning_rate": 0.1, "rounds": 70, "num_leaves": 191, "max_depth": 7, "feature_fraction": 0.46,
        "max_bin": 63, "seeds": 5, "first_seed": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "bad",
    [
        {"rounds": 0},
        {"rounds": 2.5},
        {"learning_rate": 0},
        {"learning_rate": float("nan")},
        {"num_leaves": 1},
        {"max_depth": 0},
        {"feature_fraction": 1.1},
        {"max_bin": 1},
        {"seeds": 0},
        {"first_seed": -1},
    ],
)
def test_settings_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match=f"{next(iter(bad))} must be"):
        BoostSettings(**bad)


@pytest.mark.parametrize(
    ("labels", "classes", "match"),
    [
        (np.zeros(96, int), 1, "two classes or more"),
        (np.arange(96) % 3, 4, r"all of 0..3.*got \[0, 1, 2\]"),
        (np.arange(96) % 5, 4, r"all of 0..3.*got \[0, 1, 2, 3, 4\]"),
        (np.arange(95) % 4, 4, r"labels must be \(96,\)"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, classes, match):
    with pytest.raises(ValueError, match=match):
        Ensemble(FAST).fit(planted()[0], labels, classes)


def test_descriptors_that_do_not_fit_are_refused(fitted):
    descriptors, _ = planted()
    with pytest.raises(ValueError, match="must be 16 wide"):
        fitted.predict_proba(descriptors[:, :, :8])
    with pytest.raises(ValueError, match="none of them 0"):
        view_rows(descriptors[:0])
    with pytest.raises(ValueError, match=r"\(image, view, dim\)"):
        view_rows(descriptors[0])
    descriptors[7, 1, 2] = np.nan
    with pytest.raises(ValueError, match=r"image rows \[7\]"):
        view_rows(descriptors)


def test_an_unfitted_ensemble_says_so():
    with pytest.raises(NotFittedError, match="call fit"):
        Ensemble().predict_proba(planted()[0])
