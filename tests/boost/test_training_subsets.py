"""Parts of the training patients are nested, hold every class and nobody who is tested; the whole is cv's own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from numpy.testing import assert_array_equal

from boost.crossval import collect, cross_validate, predict_parts
from boost.descriptors import Descriptors
from boost.fusion import fuse
from boost.model_cache import PredictionCache, open_caches
from boost.settings import BoostError, BoostSettings
from boost.training_subsets import DRAWS, SHARES, learned_table, order_of, parts_of
from cohort.cohort import Cohort
from cohort.folds import TRAIN_ONLY, groups_of, make_folds
from cohort.predictions import predictions_table

FAST = BoostSettings(rounds=4, seeds=1)
CLASSES = ("benign", "malignant")
IMAGES = [f"i{number:02d}" for number in range(72)]
LABELS = np.arange(72) % 2
PATIENTS = [f"p{number // 3:02d}" for number in range(72)]
FOLD = make_folds(IMAGES, LABELS, PATIENTS, 3, 0)
GROUPS = groups_of(IMAGES, PATIENTS)


def descriptors(labels=LABELS, seed=0):
    array = np.random.default_rng(seed).normal(size=(72, 8, 8)).astype(np.float32)
    array[np.arange(72), :, labels] += 1
    return Descriptors.of(array)


def cohort_of(images=IMAGES, labels=LABELS, patients=PATIENTS, fold=FOLD):
    return Cohort(images, labels, CLASSES, [""] * len(images) if patients is None else patients, fold)


COHORT = cohort_of()
VARIANTS = {"one": descriptors(), "two": descriptors(seed=1)}
PARTS = parts_of(COHORT, 0, views=8)
TRAINED = [part for part in PARTS if part.share in (1 / 4, 1) and part.draw < 2]  # enough to train on


def table_of(parts=TRAINED, jobs=1, cache=None, variants=VARIANTS):
    learned = list(predict_parts(COHORT, variants, parts, FAST, jobs, cache))
    return learned_table(learned, variants, COHORT)


@pytest.fixture(scope="module")
def table():
    return table_of()


def test_parts_are_nested_and_hold_so_many_groups_of_every_class():
    assert {(part.share, part.draw) for part in PARTS} == {
        (s, d) for s in SHARES for d in range(DRAWS) if s < 1 or not d
    }
    for part in PARTS:
        assert len(set(GROUPS[part.train])) == part.groups == np.ceil(part.share * 16)
        assert set(LABELS[part.train]) == {0, 1}
        for larger in PARTS:
            if (larger.fold, larger.draw) == (part.fold, part.draw) and larger.share > part.share:
                assert set(part.train) < set(larger.train)


def test_nobody_who_is_tested_is_trained_on():
    for part in PARTS:
        tested = {patient for patient, number in zip(PATIENTS, FOLD, strict=True) if number == part.fold}
        assert not tested & {PATIENTS[row] for row in part.train}


def test_draws_differ_and_do_not_depend_on_the_order_of_the_images_or_on_other_sizes():
    order = np.random.default_rng(0).permutation(72)
    shuffled = cohort_of([IMAGES[row] for row in order], LABELS[order], [PATIENTS[row] for row in order], FOLD[order])
    for parts in (parts_of(shuffled, 0, views=8), parts_of(shuffled, 0, 8, shares=(0.5, 1), draws=5)):
        names = {(part.fold, part.share, part.draw): {IMAGES[order[row]] for row in part.train} for part in parts}
        for part in PARTS:
            found = names.get((part.fold, part.share, part.draw))
            assert found in (None, {IMAGES[row] for row in part.train})
    halves = [part.train.tolist() for part in PARTS if part.share == 0.5 and part.fold == 1]
    assert len(set(map(tuple, halves))) == DRAWS


def test_classes_come_early_and_at_an_even_pace():
    labels = np.repeat([0, 1, 2], [60, 30, 3])
    groups = np.arange(93)
    for seed in range(20):
        order = order_of(groups, labels, np.random.default_rng(seed))
        assert sorted(order) == groups.tolist()
        assert set(labels[order[:3]]) == {0, 1, 2}
        assert 18 <= (labels[order[:31]] == 0).sum() <= 22


def test_shares_that_are_too_small_are_left_out_and_too_few_patients_refused():
    assert {part.share for part in parts_of(COHORT, 0, views=4)} == set(SHARES[1:])
    with pytest.raises(BoostError, match="even 75 % of the patients are too few"):
        parts_of(COHORT, 0, views=1)


def test_with_few_patients_shares_of_as_many_are_told_once():
    patients = [f"p{number // 2 % 6}" for number in range(72)]  # each with both classes
    fold = make_folds(IMAGES, LABELS, patients, 3, 0)
    parts = parts_of(cohort_of(patients=patients, fold=fold), 0, views=8)
    assert {(part.share, part.groups) for part in parts} == {(1 / 4, 1), (1 / 2, 2), (3 / 4, 3), (1, 4)}


def test_images_that_are_trained_on_only_can_be_chosen_and_are_not_answered():
    fold = np.where(FOLD == 3, TRAIN_ONLY, FOLD)
    cohort = cohort_of(fold=fold)
    parts = parts_of(cohort, 0, views=8)
    assert {part.fold for part in parts} == {1, 2}
    assert any(fold[row] == TRAIN_ONLY for part in parts for row in part.train)
    learned = list(predict_parts(cohort, {"one": VARIANTS["one"]}, [p for p in parts if p.share == 1], FAST))
    answered = learned_table(learned, ["one"], cohort)
    assert set(answered["image"]) == {image for image, number in zip(IMAGES, fold, strict=True) if number}


def test_the_whole_is_what_cross_validation_says_to_the_bit(table):
    probabilities = collect(cross_validate(COHORT, VARIANTS, FAST), VARIANTS, COHORT)
    fused = fuse(predictions_table(COHORT, probabilities))
    whole = table[table["share"] == 1].reset_index(drop=True)
    pd.testing.assert_frame_equal(whole[fused.columns], fused, check_exact=True)
    assert set(whole["trained_groups"]) == {16} and set(whole["trained_images"]) == {48}


def test_every_size_answers_the_same_images_and_two_jobs_say_what_one_says(table):
    for _, rows in table.groupby(["share", "draw"]):
        assert rows["image"].to_list() == IMAGES
    with parallel_config("threading"):
        pd.testing.assert_frame_equal(table_of(jobs=2), table, check_exact=True)


def test_what_is_not_in_a_part_cannot_change_its_answers(table):
    part = next(part for part in PARTS if part.share == 0.25)
    array = VARIANTS["one"].array.copy()
    outside = np.setdiff1d(np.arange(72), np.union1d(part.train, np.flatnonzero(part.fold == FOLD)))
    array[outside] *= 1000
    for one in (VARIANTS["one"], Descriptors.of(array)):
        predicted = next(predict_parts(COHORT, {"one": one}, [part], FAST)).probabilities
        assert_array_equal(predicted, next(predict_parts(COHORT, VARIANTS, [part], FAST)).probabilities)


def test_a_second_run_makes_nothing_and_the_whole_is_found_in_what_cv_kept(tmp_path, monkeypatch, table):
    one = {"one": replace(VARIANTS["one"], source="store")}
    cache = open_caches(PredictionCache, tmp_path, COHORT, one, FAST)
    list(cross_validate(COHORT, one, FAST, cache=cache))
    before = len(list(tmp_path.rglob("*.safetensors")))
    first = table_of(cache=cache, variants=one)
    assert len(list(tmp_path.rglob("*.safetensors"))) == before + sum(part.share < 1 for part in TRAINED)
    monkeypatch.setattr("boost.ensemble.train_models", None)
    pd.testing.assert_frame_equal(table_of(cache=cache, variants=one), first, check_exact=True)


def test_shuffled_labels_stay_at_chance_at_every_size():
    right = []
    for seed in range(4):
        labels = np.random.default_rng(seed).permutation(LABELS)
        cohort = cohort_of(labels=labels, patients=None, fold=make_folds(IMAGES, labels, None, 3, 0))
        parts = parts_of(cohort, seed, 8, shares=(0.5, 1), draws=1)
        learned = list(predict_parts(cohort, {"one": VARIANTS["one"]}, parts, FAST))
        answered = learned_table(learned, ["one"], cohort)
        hit = (answered["p_malignant"] > 0.5) == (answered["label"] == "malignant")
        right.append(hit.groupby(answered["share"]).mean())
    means = pd.concat(right, axis=1).mean(axis=1)
    noise = (0.25 / (4 * 72)) ** 0.5
    assert (means - 0.5).abs().max() < 3 * noise
