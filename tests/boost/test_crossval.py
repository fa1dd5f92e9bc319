"""Out-of-fold predictions do not leak, and do not depend on workers, order or where the descriptors lie."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from boost.crossval import HeldOut, collect, cross_validate
from boost.ensemble import Ensemble
from boost.folds import FoldError
from boost.settings import BoostError, BoostSettings

FAST = BoostSettings(rounds=5, seeds=2)
LABELS = np.arange(48) % 2
FOLD = 1 + np.arange(48) // 2 % 3


def descriptors(seed):
    rng = np.random.default_rng(seed)
    array = rng.normal(size=(48, 3, 16)).astype(np.float32)
    array[np.arange(48), :, LABELS] += 1
    return array


VARIANTS = {"one": descriptors(1), "two": descriptors(2)}


def predictions(variants=VARIANTS, labels=LABELS, fold=FOLD, settings=FAST, jobs=1):
    return collect(cross_validate(variants, labels, 2, fold, settings, jobs), variants, fold)


@pytest.fixture(scope="module")
def reference():
    return predictions()


def test_every_image_is_answered_by_every_variant(reference):
    assert list(reference) == ["one", "two"]
    for p in reference.values():
        assert p.shape == (48, 2)
        assert ((p > 0) & (p < 1)).all()
        assert (p.argmax(axis=1) == LABELS).mean() > 0.7


def test_two_jobs_give_the_bits_of_one(reference):
    for name, p in predictions(jobs=2).items():
        assert_array_equal(p, reference[name])


def test_order_of_variants_and_their_company_do_not_matter(reference):
    reordered = predictions({name: VARIANTS[name] for name in ("two", "one")})
    assert list(reordered) == ["two", "one"]
    assert_array_equal(reordered["one"], reference["one"])
    assert_array_equal(predictions({"two": VARIANTS["two"]})["two"], reference["two"])


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_memory_map_gives_what_memory_gives(tmp_path, reference, jobs):
    VARIANTS["one"].tofile(tmp_path / "one")
    mapped = np.memmap(tmp_path / "one", dtype=np.float32, mode="r", shape=(48, 3, 16))
    assert_array_equal(predictions({"one": mapped}, jobs=jobs)["one"], reference["one"])


def test_an_images_own_fold_cannot_change_its_prediction(reference):
    # flip the labels and wreck the descriptors of a whole fold: only the other folds' answers may move
    held_out = FOLD == 2
    flipped = predictions(labels=np.where(held_out, 1 - LABELS, LABELS))
    assert_array_equal(flipped["one"][held_out], reference["one"][held_out])
    assert (flipped["one"][~held_out] != reference["one"][~held_out]).any()
    wrecked = VARIANTS["one"].copy()
    wrecked[np.flatnonzero(held_out)[1:]] *= 1000  # all but one image of the fold, so bins would show a leak
    first = np.flatnonzero(held_out)[0]
    assert_array_equal(predictions({"one": wrecked})["one"][first], reference["one"][first])


def test_a_fold_is_the_ensemble_trained_on_the_others(reference):
    train, test = FOLD != 3, FOLD == 3
    ensemble = Ensemble(FAST.for_fold(3)).fit(VARIANTS["two"][train], LABELS[train], 2)
    assert_array_equal(reference["two"][test], ensemble.predict_proba(VARIANTS["two"][test]))


def test_units_come_one_by_one_with_their_seeds():
    units = cross_validate(VARIANTS, LABELS, 2, FOLD, FAST)
    first = next(units)
    assert (first.variant, first.fold, first.probabilities.shape) == ("one", 1, (2, 16, 2))
    assert {(unit.variant, unit.fold) for unit in units} == {("one", 2), ("one", 3), ("two", 1), ("two", 2), ("two", 3)}


def test_fold_numbers_need_not_be_consecutive(reference):
    sparse = predictions(fold=np.array([0, 1, 5, 9])[FOLD])
    assert_array_equal(sparse["one"][FOLD == 1], reference["one"][FOLD == 1])


def test_bad_input_is_refused_before_work_starts():
    with pytest.raises(ValueError, match=r"two: descriptors, labels and fold.*47"):
        cross_validate({"one": VARIANTS["one"], "two": VARIANTS["two"][:47]}, LABELS, 2, FOLD)
    with pytest.raises(FoldError, match="left to train on"):
        cross_validate(VARIANTS, LABELS, 2, 1 + LABELS)
    with pytest.raises(FoldError, match="left to train on"):
        cross_validate(VARIANTS, LABELS, 2, np.ones(48, int))


def test_units_missing_doubled_or_unknown_are_refused():
    units = [HeldOut("one", number, np.full((1, 16, 2), 0.5)) for number in (1, 2, 3)]
    assert (collect(units[::-1], ["one"], FOLD)["one"] == 0.5).all()
    for odd, name in (
        (units[:2], 3),
        ([*units, units[0]], 1),
        ([*units, HeldOut("one", 4, units[0].probabilities)], 4),
    ):
        with pytest.raises(ValueError, match=rf"come once.*\[\('one', {name}\)\]"):
            collect(odd, ["one"], FOLD)


def test_too_few_views_for_a_single_split_are_refused_and_not_answered_with_the_prior():
    descriptors = np.random.default_rng(0).normal(size=(12, 3, 8)).astype(np.float32)
    labels, fold = np.arange(12) % 2, np.arange(12) // 2 % 3 + 1
    with pytest.raises(BoostError, match="24 views to train on are fewer than the 40"):
        next(cross_validate({"few": descriptors}, labels, 2, fold))
