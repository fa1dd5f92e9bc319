"""The ensemble learns what is there, nothing where nothing is, and the same to the bit each time."""

from dataclasses import replace

import lightgbm
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from boost.ensemble import check_images, mean_over_views, spare_memory, train_models, view_runs
from boost.heads.head import predict_views
from boost.heads.trees import TreesModel
from boost.settings import PRESETS, BoostSettings

FAST = BoostSettings(rounds=8, seeds=2)
PAPER = replace(PRESETS["paper"], rounds=8, seeds=2)


def planted(images=96, views=4, dim=16, classes=4, seed=0):
    """Descriptors in which column c is larger for class c; labels (image,)."""
    rng = np.random.default_rng(seed)
    labels = np.arange(images) % classes
    descriptors = rng.normal(size=(images, views, dim)).astype(np.float32)
    descriptors[np.arange(images), :, labels] += 3
    return descriptors, labels


class Ensemble:
    """The models of all seeds, trained on the same images."""

    def __init__(self, descriptors, labels, classes=4, settings=FAST):
        self.models = list(train_models(descriptors, labels, classes, settings, range(settings.seeds)))

    def predict_by_seed(self, descriptors):
        """Probabilities (seed, image, class)."""
        return np.stack([mean_over_views(predict_views(TreesModel(model), descriptors)) for model in self.models])

    def predict(self, descriptors):
        """Their mean over the seeds, (image, class)."""
        return self.predict_by_seed(descriptors).mean(axis=0)


@pytest.fixture(scope="module")
def fitted():
    return Ensemble(*planted())


def test_a_planted_signal_is_learned(fitted):
    descriptors, labels = planted(seed=1)
    p = fitted.predict(descriptors)
    assert p.shape == (96, 4)
    assert_allclose(p.sum(axis=1), 1)
    assert (p.argmax(axis=1) == labels).mean() > 0.95


def test_shuffled_labels_give_chance():
    descriptors, labels = planted(images=200)
    shuffled = np.random.default_rng(0).permutation(labels)
    p = Ensemble(descriptors[:100], shuffled[:100]).predict(descriptors[100:])
    assert (p.argmax(axis=1) == shuffled[100:]).mean() < 0.25 + 4 * np.sqrt(0.25 * 0.75 / 100)


def test_two_classes_are_two_columns():
    descriptors, labels = planted(classes=2)
    p = Ensemble(descriptors, labels, 2).predict(descriptors)
    assert p.shape == (96, 2)
    assert (p.argmax(axis=1) == labels).mean() > 0.95


def test_seeds_differ(fitted):
    by_seed = fitted.predict_by_seed(planted(seed=1)[0])
    assert by_seed.shape == (2, 96, 4)
    assert (by_seed[0] != by_seed[1]).any()


def test_a_seeds_model_does_not_depend_on_which_others_are_trained(fitted):
    descriptors, labels = planted()
    (alone,) = train_models(descriptors, labels, 4, FAST, [1])
    assert_array_equal(
        mean_over_views(predict_views(TreesModel(alone), descriptors)), fitted.predict_by_seed(descriptors)[1]
    )


def test_a_second_fit_is_the_same_to_the_bit(fitted):
    descriptors, labels = planted()
    again = Ensemble(descriptors, labels)
    assert_array_equal(again.predict(descriptors), fitted.predict(descriptors))


@pytest.mark.parametrize("max_bin", [63, 255])
def test_shared_bins_give_what_separate_ones_give(max_bin):
    # the slow independent way: a new Dataset for each seed, LightGBM called with the paper's words
    descriptors, labels = planted()
    fast = Ensemble(descriptors, labels, settings=replace(FAST, max_bin=max_bin)).predict_by_seed(descriptors)
    rows, targets = descriptors.reshape(-1, 16), [label for label in labels for _ in range(4)]
    for seed in range(2):
        words = {"objective": "multiclass", "num_class": 4, "learning_rate": 0.1, "num_leaves": 191, "max_depth": 7}
        words |= {"feature_fraction": 0.46, "feature_fraction_seed": 1 + 10 * seed, "max_bin": max_bin}
        words |= {"bagging_fraction": 0.69, "bagging_freq": 0, "bagging_seed": 2, "num_threads": 1, "verbosity": -1}
        booster = lightgbm.train(words, lightgbm.Dataset(rows, targets), num_boost_round=8)
        assert_array_equal(booster.predict(rows).reshape(96, 4, 4).mean(axis=1), fast[seed])


@pytest.mark.parametrize(("rows", "max_depth"), [(3000, 7), (3000, 5), (3000, -1), (45, 7)])
def test_sparing_memory_changes_no_tree(rows, max_depth):
    settings = replace(PRESETS["paper"], rounds=4, max_depth=max_depth)
    rng = np.random.default_rng(rows)
    columns, targets = rng.normal(size=(rows, 12)).astype(np.float32), rng.integers(2, size=rows)  # full-grown trees
    words = settings.parameters(2)
    spared = spare_memory(settings, rows, 12)
    free, limited = (
        lightgbm.train(words | more, lightgbm.Dataset(columns, targets, params=words), 4) for more in ({}, spared)
    )
    assert free.dump_model()["tree_info"] == limited.dump_model()["tree_info"]
    assert_array_equal(free.predict(columns), limited.predict(columns))


def test_a_list_of_slices_gives_the_bits_of_one_matrix(fitted):
    # the single-matrix way: all rows side by side, one Dataset, one call to predict
    descriptors, labels = planted()
    listed = Ensemble(list(descriptors), labels).predict_by_seed(list(descriptors))
    rows, parameters = descriptors.reshape(-1, 16), FAST.parameters(4)
    booster = lightgbm.train(parameters, lightgbm.Dataset(rows, np.repeat(labels, 4), params=parameters), 8)
    assert_array_equal(listed[0], booster.predict(rows).reshape(96, 4, 4).mean(axis=1))
    assert_array_equal(listed, fitted.predict_by_seed(descriptors))


def test_threads_and_layouts_do_not_move_a_bit():
    descriptors, labels = planted(images=60, views=4)
    rows, targets, predicted = descriptors.reshape(-1, 16), np.repeat(labels, 4), []
    for more in ({}, {"num_threads": 2}, {"force_col_wise": False, "force_row_wise": True}, {"enable_bundle": False}):
        parameters = PAPER.parameters(4) | more
        booster = lightgbm.train(parameters, lightgbm.Dataset(rows, targets, params=parameters), 4)
        predicted.append(booster.predict(rows, num_threads=1))
    for other in predicted[1:]:
        assert_array_equal(other, predicted[0])


def test_a_seed_trains_on_the_views_it_draws_and_on_no_others():
    descriptors, labels = planted(views=6)
    few = replace(FAST, views=2)
    answer = Ensemble(descriptors, labels, settings=few).predict_by_seed(descriptors)
    for seed in range(2):
        runs = view_runs(few, seed, 6)
        drawn = np.concatenate([np.arange(6)[run] for run in runs])
        assert len(set(drawn.tolist())) == 2
        wrecked = descriptors.copy()
        wrecked[:, np.setdiff1d(np.arange(6), drawn)] += 100
        alone = Ensemble(wrecked, labels, settings=few).predict_by_seed(descriptors)[seed]
        assert_array_equal(alone, answer[seed])
    assert view_runs(few, 0, 6) != view_runs(few, 1, 6)


def test_with_no_more_views_than_wanted_all_are_used(fitted):
    descriptors, labels = planted()
    for views in (4, 9, None):
        again = Ensemble(descriptors, labels, settings=replace(FAST, views=views))
        assert_array_equal(again.predict(descriptors), fitted.predict(descriptors))


def test_an_image_is_the_mean_of_its_views(fitted):
    descriptors, _ = planted(seed=1)
    alone = np.mean([fitted.predict(descriptors[:, [view]]) for view in range(4)], axis=0)
    assert_allclose(fitted.predict(descriptors), alone, rtol=1e-12)


def test_images_are_answered_one_by_one(fitted):
    descriptors, _ = planted(seed=1)
    assert_array_equal(fitted.predict(descriptors[5:6]), fitted.predict(descriptors)[5:6])


def test_a_fold_has_the_seeds_of_the_published_program():
    seeds = {
        (f, s): BoostSettings().for_fold(f).parameters(4, s)["feature_fraction_seed"] for f in (1, 10) for s in (0, 4)
    }
    assert seeds == {(1, 0): 1, (1, 4): 41, (10, 0): 10, (10, 4): 50}  # RANDOM_STATE + seed * 10 + fold, from 0


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
        Ensemble(planted()[0], labels, classes)


def test_descriptors_that_do_not_fit_are_refused():
    descriptors, _ = planted()
    with pytest.raises(ValueError, match="none of them 0"):
        check_images(descriptors[:0])
    with pytest.raises(ValueError, match=r"\(image, view, dim\)"):
        check_images(descriptors[0])
    descriptors[7, 1, 2] = np.nan
    with pytest.raises(ValueError, match=r"image rows \[7\]"):
        check_images(descriptors)
