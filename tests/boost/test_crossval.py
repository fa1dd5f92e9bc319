"""Out-of-fold predictions do not leak, and do not depend on workers, order or where the descriptors lie."""

from collections import Counter
from dataclasses import replace

import lightgbm
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from boost.crossval import HeldOut, Part, as_descriptors, collect, collect_views, cross_validate
from boost.descriptors import Descriptors
from boost.ensemble import mean_over_views, train_models
from boost.heads.head import predict_views
from boost.heads.trees import TreesModel
from boost.model_cache import ModelCache, PredictionCache, open_caches
from boost.settings import BoostError, BoostSettings
from cohort.cohort import Cohort
from cohort.folds import FoldError

FAST = BoostSettings(rounds=5, seeds=2)
LABELS = np.arange(48) % 2
FOLD = 1 + np.arange(48) // 2 % 3


def cohort_of(labels=LABELS, fold=FOLD):
    images = [f"i{number:02}" for number in range(len(labels))]
    return Cohort(images, labels, ("benign", "malignant"), [""] * len(labels), fold)


COHORT = cohort_of()


def descriptors(seed):
    rng = np.random.default_rng(seed)
    array = rng.normal(size=(48, 3, 16)).astype(np.float32)
    array[np.arange(48), :, LABELS] += 1
    return array


VARIANTS = {"one": descriptors(1), "two": descriptors(2)}


def cross_validated(
    variants=VARIANTS, labels=LABELS, fold=FOLD, settings=FAST, jobs=1, kept=None, kind=PredictionCache
):
    cohort = cohort_of(labels, fold)
    descriptors = {name: as_descriptors(described) for name, described in variants.items()}
    cache = kept and open_caches(kind, kept, cohort, descriptors, settings)
    return list(cross_validate(cohort, descriptors, settings, jobs, cache))


def predictions(variants=VARIANTS, labels=LABELS, fold=FOLD, settings=FAST, jobs=1, kept=None):
    units = cross_validated(variants, labels, fold, settings, jobs, kept)
    return collect(units, variants, cohort_of(labels, fold))


def files(kept):
    return sorted(kept.glob("answers/*/*.safetensors"))


@pytest.fixture
def bins_and_models(monkeypatch):
    """Counts how often rows are binned and models trained, in this process."""
    counts = Counter()

    def counting(name, function):
        def counted(*args, **kwargs):
            counts[name] += 1
            return function(*args, **kwargs)

        return counted

    for name in ("train", "Dataset"):
        monkeypatch.setattr(f"boost.ensemble.lightgbm.{name}", counting(name, getattr(lightgbm, name)))
    return counts


@pytest.fixture(scope="module")
def reference():
    return predictions()


def test_every_image_is_answered_by_every_variant(reference):
    assert list(reference) == ["one", "two"]
    for p in reference.values():
        assert p.shape == (48, 2)
        assert ((p > 0) & (p < 1)).all()
        assert (p.argmax(axis=1) == LABELS).mean() > 0.7


def test_two_workers_give_and_keep_the_bits_of_one_and_open_a_memory_map_by_name(tmp_path, reference):
    VARIANTS["one"].tofile(tmp_path / "one")
    mapped = np.memmap(tmp_path / "one", dtype=np.float32, mode="r", shape=(48, 3, 16))
    for jobs in (1, 2):
        found = predictions({"one": mapped, "two": VARIANTS["two"]}, jobs=jobs, kept=tmp_path / str(jobs))
        for name, p in found.items():
            assert_array_equal(p, reference[name])
    one, two = files(tmp_path / "1"), files(tmp_path / "2")
    assert [path.relative_to(tmp_path / "1") for path in one] == [path.relative_to(tmp_path / "2") for path in two]
    for a, b in zip(one, two, strict=True):
        assert a.read_bytes() == b.read_bytes()


def test_order_of_variants_and_their_company_do_not_matter(reference):
    reordered = predictions({name: VARIANTS[name] for name in ("two", "one")})
    assert list(reordered) == ["two", "one"]
    assert_array_equal(reordered["one"], reference["one"])
    assert_array_equal(predictions({"two": VARIANTS["two"]})["two"], reference["two"])


@pytest.mark.parametrize("where", ["memory", "file"])
def test_rows_of_a_larger_array_give_what_they_give_alone(tmp_path, reference, where):
    positions = np.random.default_rng(0).permutation(60)[:48]
    larger = np.full((60, 3, 16), np.nan, np.float32)
    larger[positions] = VARIANTS["one"]
    if where == "file":
        larger.tofile(tmp_path / "one")
        larger = np.memmap(tmp_path / "one", np.float32, "r", shape=(60, 3, 16))
    assert_array_equal(predictions({"one": Descriptors.of(larger, positions)})["one"], reference["one"])


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
    models = train_models(VARIANTS["two"][train], LABELS[train], 2, FAST.for_fold(3), range(2))
    by_seed = [mean_over_views(predict_views(TreesModel(model), VARIANTS["two"][test])) for model in models]
    assert_array_equal(reference["two"][test], np.mean(by_seed, axis=0))


def test_units_come_one_by_one_with_their_seeds():
    units = cross_validate(COHORT, VARIANTS, FAST)
    first = next(units)
    assert (first.variant, first.fold, first.probabilities.shape) == ("one", 1, (2, 16, 2))
    assert_array_equal(first.part.train, np.flatnonzero(FOLD != 1))
    assert {(unit.variant, unit.fold) for unit in units} == {("one", 2), ("one", 3), ("two", 1), ("two", 2), ("two", 3)}


@pytest.mark.parametrize(("kind", "views"), [(None, 1), (PredictionCache, 1), (ModelCache, 3)])
def test_fresh_units_are_those_that_the_cache_gives(tmp_path, kind, views, bins_and_models):
    """Views that only a fresh unit had would make what a run holds depend on what was there before it."""
    fresh, again = (cross_validated(kept=kind and tmp_path, kind=kind) for _ in range(2))
    assert bins_and_models["train"] == (24 if kind is None else 12)
    for unit, same in zip(fresh, again, strict=True):
        assert [of_seed.shape for of_seed in unit.views] == [(16, views, 2)] * 2
        assert_array_equal(unit.views, same.views)
        assert_array_equal(unit.probabilities[1], np.stack([image.mean(axis=0) for image in unit.views[1]]))


def test_views_are_in_the_order_of_the_folds_whatever_the_order_of_the_units(tmp_path):
    units = cross_validated(kept=tmp_path, kind=ModelCache)
    views = collect_views(units)
    assert views.shape == (48, 3, 2)
    assert_array_equal(views, collect_views(units[::-1]))
    wanted = np.mean([unit.probabilities.mean(axis=0) for unit in units if unit.fold == 1], axis=0)
    assert views.mean(axis=1)[: len(wanted)] == pytest.approx(wanted)


def test_fold_numbers_need_not_be_consecutive(reference):
    sparse = predictions(fold=np.array([0, 1, 5, 9])[FOLD])
    assert_array_equal(sparse["one"][FOLD == 1], reference["one"][FOLD == 1])


def test_images_of_fold_0_are_trained_on_and_never_answered(reference):
    fold = np.where(FOLD == 2, 0, FOLD)
    p = predictions({"one": VARIANTS["one"]}, fold=fold)["one"]
    assert_array_equal(p[FOLD != 2], reference["one"][FOLD != 2])
    assert np.isnan(p[FOLD == 2]).all()
    with pytest.raises(FoldError, match="left to train on"):
        cross_validate(cohort_of(fold=np.where(FOLD == 1, 1, 0)), VARIANTS)


def test_bad_input_is_refused_before_work_starts():
    with pytest.raises(ValueError, match=r"two: 48 images need a descriptor each; got 47"):
        cross_validate(COHORT, {"one": VARIANTS["one"], "two": VARIANTS["two"][:47]})
    with pytest.raises(FoldError, match="left to train on"):
        cross_validate(cohort_of(fold=1 + LABELS), VARIANTS)
    with pytest.raises(FoldError, match="left to train on"):
        cross_validate(cohort_of(fold=np.ones(48, int)), VARIANTS)


def test_units_missing_doubled_or_unknown_are_refused():
    views = np.full((1, 16, 1, 2), 0.5)
    units = [HeldOut("one", Part.whole(COHORT, number), views) for number in (1, 2, 3)]
    assert (collect(units[::-1], ["one"], COHORT)["one"] == 0.5).all()
    for odd, name in (
        (units[:2], 3),
        ([*units, units[0]], 1),
        ([*units, HeldOut("one", Part.whole(COHORT, 4), views)], 4),
    ):
        with pytest.raises(ValueError, match=rf"come once.*\[\('one', 'trees', {name}\)\]"):
            collect(odd, ["one"], COHORT)


def test_too_few_views_for_a_single_split_are_refused_and_not_answered_with_the_prior():
    descriptors = np.random.default_rng(0).normal(size=(12, 3, 8)).astype(np.float32)
    labels, fold = np.arange(12) % 2, np.arange(12) // 2 % 3 + 1
    with pytest.raises(BoostError, match="24 views to train on are fewer than the 40"):
        next(cross_validate(cohort_of(labels, fold), {"few": descriptors}))


def test_the_second_run_bins_nothing_and_gives_the_same_bits(tmp_path, reference, bins_and_models):
    first = predictions(kept=tmp_path)
    assert bins_and_models == {"train": 12, "Dataset": 6}  # 2 variants, 3 folds, 2 seeds that share their bins
    second = predictions(kept=tmp_path)
    assert bins_and_models == {"train": 12, "Dataset": 6}
    for name, p in reference.items():
        assert_array_equal(first[name], p)
        assert_array_equal(second[name], p)


@pytest.mark.parametrize("views", [2, None])
def test_a_run_cut_off_anywhere_goes_on_to_the_same_bits(tmp_path, bins_and_models, views):
    settings = replace(FAST, views=views)
    whole = predictions(settings=settings, kept=tmp_path)
    lost = np.random.default_rng(0).permutation(files(tmp_path))[:5]
    for path in lost[:3]:
        path.unlink()
    lost[3].write_bytes(lost[3].read_bytes()[:-1])  # damaged
    lost[4].write_bytes(lost[0].name.encode())  # not ours
    bins_and_models.clear()
    again = predictions(settings=settings, kept=tmp_path)
    assert bins_and_models["train"] == 5
    for name, p in whole.items():
        assert_array_equal(again[name], p)
    bins_and_models.clear()
    predictions(settings=settings, kept=tmp_path)
    assert not bins_and_models


def test_more_seeds_and_more_variants_make_only_what_is_new(tmp_path, bins_and_models):
    predictions({"one": VARIANTS["one"]}, kept=tmp_path)
    bins_and_models.clear()
    more = replace(FAST, seeds=3)
    assert_array_equal(
        predictions({"one": VARIANTS["one"]}, settings=more, kept=tmp_path)["one"],
        predictions({"one": VARIANTS["one"]}, settings=more)["one"],
    )
    assert bins_and_models["train"] == 3 + 9
    predictions(kept=tmp_path)
    assert bins_and_models["train"] == 3 + 9 + 6  # those of the second variant


def test_another_setting_is_another_run(tmp_path, bins_and_models):
    one = {"one": VARIANTS["one"]}
    predictions(one, kept=tmp_path)
    predictions(one, settings=replace(FAST, rounds=4), kept=tmp_path)
    predictions(one, fold=FOLD % 3 + 1, kept=tmp_path)
    assert bins_and_models["train"] == 3 * 6
    assert len(files(tmp_path)) == 3 * 6


def test_each_answer_is_kept_as_soon_as_it_is_made(tmp_path, monkeypatch):
    def cut_off(model, images, made=[]):  # noqa: B006
        made.append(model)
        if len(made) > 3:
            raise KeyboardInterrupt
        return predict_views(model, images)

    monkeypatch.setattr("boost.crossval.predict_views", cut_off)
    with pytest.raises(KeyboardInterrupt):
        predictions(kept=tmp_path)
    assert len(files(tmp_path)) == 3
