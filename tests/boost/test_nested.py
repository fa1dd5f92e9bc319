"""Each two folds are predicted by models that saw neither; each pair is trained for once and serves both orders."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

from boost.crossval import Part, predict_parts
from boost.descriptors import Descriptors
from boost.model_cache import PredictionCache, open_caches
from boost.nested import fold_pairs, nested_table, predict_pairs
from boost.settings import BoostError, BoostSettings
from cohort.cohort import Cohort
from cohort.folds import TRAIN_ONLY, make_folds

FAST = BoostSettings(rounds=4, seeds=2)
CLASSES = ("benign", "malignant")
IMAGES = [f"i{number:02d}" for number in range(72)]
LABELS = np.arange(72) % 2
PATIENTS = [f"p{number // 3:02d}" for number in range(72)]
FOLD = make_folds(IMAGES, LABELS, PATIENTS, 4, 0)
COHORT = Cohort(IMAGES, LABELS, CLASSES, PATIENTS, FOLD)


def descriptors(seed=0):
    array = np.random.default_rng(seed).normal(size=(72, 8, 8)).astype(np.float32)
    array[np.arange(72), :, LABELS] += 1
    return Descriptors.of(array)


VARIANTS = {"one": descriptors(), "two": descriptors(seed=1)}
PAIRS = fold_pairs(COHORT, views=8)


def table_of(jobs=1, cache=None, variants=VARIANTS, pairs=PAIRS, cohort=COHORT):
    return nested_table(predict_pairs(pairs, variants, FAST, jobs, cache), cohort)


@pytest.fixture(scope="module")
def table():
    return table_of()


def test_no_image_of_either_fold_is_trained_on_and_all_others_are():
    assert [(pair.first, pair.second) for pair in PAIRS] == [(1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)]
    for pair in PAIRS:
        expected = [row for row in range(72) if FOLD[row] not in (pair.first, pair.second)]
        assert pair.part.train.tolist() == expected
        tested = {PATIENTS[row] for row in range(72) if FOLD[row] in (pair.first, pair.second)}
        assert not tested & {PATIENTS[row] for row in expected}


def test_what_is_held_out_cannot_change_the_answers_to_what_else_is(table):
    """Descriptors of folds 1 and 2 are destroyed, but for one image: it is answered as before without these folds."""
    chosen = int(np.flatnonzero(FOLD == 1)[0])
    others = np.setdiff1d(np.flatnonzero(np.isin(FOLD, (1, 2))), [chosen])
    spoiled = {}
    for name, described in VARIANTS.items():
        array = described.array.copy()
        array[others] *= 1000
        spoiled[name] = Descriptors.of(array)
    again = table_of(variants=spoiled, pairs=PAIRS[:1])
    row = again[again["image"] == IMAGES[chosen]].reset_index(drop=True)
    before = table[(table["image"] == IMAGES[chosen]) & (table["without"] == 2)].reset_index(drop=True)
    pd.testing.assert_frame_equal(row, before, check_exact=True)


def test_every_image_is_answered_without_each_other_fold_by_models_trained_on_the_rest(table):
    for without in (1, 2, 3, 4):
        rows = table[table["without"] == without]
        expected = {image for image, fold in zip(IMAGES, FOLD, strict=True) if fold != without}
        assert len(rows) == len(expected) and set(rows["image"]) == expected
    train = np.flatnonzero(~np.isin(FOLD, (2, 3)))
    part = Part(2, train, 12)
    probabilities = []
    for unit in predict_parts(COHORT, VARIANTS, [part], FAST):
        probabilities.append(unit.probabilities.mean(axis=0))
    rows = table[(table["fold"] == 2) & (table["without"] == 3)]
    assert rows["p_malignant"].to_list() == np.mean(probabilities, axis=0)[:, 1].tolist()


def test_two_jobs_say_what_one_says_and_the_order_of_units_does_not_matter(table):
    with parallel_config("threading"):
        pd.testing.assert_frame_equal(table_of(jobs=2), table, check_exact=True)
    pd.testing.assert_frame_equal(table_of(pairs=PAIRS[::-1]), table, check_exact=True)


def test_a_second_run_makes_nothing_and_an_interrupted_one_goes_on(tmp_path, monkeypatch, table):
    variants = {name: replace(described, source=name) for name, described in VARIANTS.items()}
    cache = open_caches(PredictionCache, tmp_path, COHORT, variants, FAST)
    list(predict_pairs(PAIRS[:2], variants, FAST, cache=cache))
    assert len(list(tmp_path.rglob("*.safetensors"))) == 2 * 2 * FAST.seeds
    pd.testing.assert_frame_equal(table_of(cache=cache, variants=variants), table, check_exact=True)
    assert len(list(tmp_path.rglob("*.safetensors"))) == 6 * 2 * FAST.seeds
    monkeypatch.setattr("boost.ensemble.train_models", None)
    pd.testing.assert_frame_equal(table_of(cache=cache, variants=variants), table, check_exact=True)


def test_images_that_are_trained_on_only_are_trained_on_and_not_answered():
    cohort = replace(COHORT, fold=np.where(FOLD == 4, TRAIN_ONLY, FOLD))
    pairs = fold_pairs(cohort, views=8)
    assert len(pairs) == 3
    assert all(set(np.flatnonzero(FOLD == 4)) <= set(pair.part.train) for pair in pairs)
    assert set(table_of(pairs=pairs, cohort=cohort)["fold"]) == {1, 2, 3}


def test_too_few_folds_a_class_that_is_lacking_and_too_few_rows_are_refused():
    with pytest.raises(BoostError, match="use 3 folds or more"):
        fold_pairs(replace(COHORT, fold=FOLD % 2 + 1), views=8)
    with pytest.raises(BoostError, match="without folds 1 and 2 a class"):
        fold_pairs(replace(COHORT, codes=(FOLD < 3).astype(int)), views=8)
    with pytest.raises(BoostError, match="without folds 1 and 2 a class, or the 40 views"):
        fold_pairs(COHORT, views=1)
