"""What models leave on the disk comes back to the bit, or not at all; its key changes with all that decides it."""

import os
from dataclasses import fields, replace
from shutil import copy
from types import SimpleNamespace

import lightgbm
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from safetensors.numpy import save

from benchmarks import hostile
from boost.bundle.archive import BundleError, write_archive
from boost.bundle.lightgbm_text import read_model
from boost.crossval import cross_validate
from boost.descriptors import Descriptors
from boost.model_cache import ModelCache, PredictionCache, cached_models, key_of
from boost.settings import PRESETS, BoostError, BoostSettings
from cohort.cohort import Cohort

VIEWS = np.random.default_rng(0).dirichlet([1, 1, 1], size=(5, 4))  # (image, view, class)
SILENT = SimpleNamespace(remarks=())
MEANS = np.stack([image.mean(axis=0) for image in VIEWS])[:, None]  # (image, 1, class)
ARRAY = np.random.default_rng(1).normal(size=(6, 2, 4)).astype(np.float32)
LABELS, FOLD = np.array([0, 1, 2, 0, 1, 2]), np.array([1, 1, 1, 2, 2, 2])


@pytest.fixture
def cache(tmp_path):
    cache = PredictionCache(tmp_path / "cache", "resnet50-400@0.5#1a/b", "f" * 64)
    cache.write(3, 1, SILENT, VIEWS)
    return cache


def test_predictions_come_back_to_the_bit_and_nothing_else_is_left(cache):
    assert_array_equal(cache.read(3, 1, 5, 3), MEANS)
    folder = cache.path(3, 1).parent
    assert [path.name for path in folder.iterdir()] == ["3-1.safetensors"]
    assert folder.parent == cache.folder / "answers"  # whatever the variant's name


def test_writing_again_replaces(cache):
    cache.write(3, 1, SILENT, VIEWS[::-1].T.copy().T)  # whatever the order in memory
    assert_array_equal(cache.read(3, 1, 5, 3), MEANS[::-1])


def test_what_is_missing_or_anothers_is_not_read(cache):
    assert cache.read(3, 0, 5, 3) is None
    assert cache.read(3, 1, 4, 3) is None
    copy(cache.path(3, 1), cache.path(2, 1))
    assert cache.read(2, 1, 5, 3) is None
    for other in (replace(cache, variant="resnet50-400@0.5#1a_b"), replace(cache, key="f" * 63 + "0")):
        assert other.path(3, 1) == cache.path(3, 1)  # safe names and short keys may meet
        assert other.read(3, 1, 5, 3) is None


def test_models_of_other_parts_have_other_files(cache):
    parts = [cache.for_part(3, np.array([1, 2])), cache.for_part(3, np.array([1, 4])), cache.for_part(2, np.array([1]))]
    assert len({part.path(3, 1) for part in [cache, *parts]}) == 4


def test_no_flipped_bit_and_no_cut_is_believed(cache):
    path = cache.path(3, 1)
    whole = path.read_bytes()
    for position in range(0, len(whole), 2):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 16]) + whole[position + 1 :])
        predicted = cache.read(3, 1, 5, 3)
        assert predicted is None or (predicted == MEANS).all()  # a space in the header may be any space
    for length in (0, 7, 8, 100, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert cache.read(3, 1, 5, 3) is None


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BoostError, match="cannot be kept in"):
        PredictionCache(tmp_path / "file", "v", "0").write(1, 0, SILENT, VIEWS)


def key(array=ARRAY, labels=LABELS, classes=3, fold=FOLD, settings=None, source=""):
    names = [f"class {number}" for number in range(classes)]
    cohort = Cohort([f"image {number}" for number in range(6)], labels, names, [""] * 6, fold)
    return key_of(cohort, Descriptors.of(array, source=source), settings or BoostSettings())


def test_every_setting_but_the_number_of_seeds_is_in_the_key():
    changed = {"learning_rate": 0.2, "rounds": 9, "num_leaves": 9, "max_depth": 3, "feature_fraction": 0.2,
               "max_bin": 9, "views": None, "first_seed": 2}  # fmt: skip
    assert set(changed) == {field.name for field in fields(BoostSettings)} - {"seeds"}
    keys = {key(settings=BoostSettings(**{name: value})) for name, value in changed.items()}
    assert len(keys | {key()}) == len(changed) + 1
    assert key(settings=BoostSettings(seeds=50)) == key()


def test_data_labels_folds_source_and_versions_are_in_the_key(monkeypatch):
    order = np.arange(6)[::-1]
    changes = [
        {"array": ARRAY + 1}, {"array": ARRAY[order]}, {"labels": LABELS[order]}, {"classes": 4},
        {"fold": 3 - FOLD}, {"source": "protocol 1a2b"},
    ]  # fmt: skip
    keys = {key(), *(key(**change) for change in changes)}
    monkeypatch.setattr("boost.model_cache.METHOD", 0)
    keys.add(key())
    monkeypatch.setattr("boost.model_cache.version", lambda _: "0.1")
    assert len(keys | {key()}) == len(changes) + 3


def test_the_key_is_the_same_tomorrow():
    assert key() == key(array=ARRAY.copy(), labels=LABELS.tolist(), fold=FOLD.astype(np.int32))


def test_the_key_is_that_of_earlier_versions(monkeypatch):
    """Computed once and for all: another key would orphan every cache."""
    monkeypatch.setattr("boost.model_cache.version", lambda _: "4.6.0")
    array = (np.arange(6 * 2 * 4).reshape(6, 2, 4) / 8).astype(np.float32)
    example = {"array": array, "fold": [1, 1, 1, 2, 2, 0], "source": "resnet50-400@0.5-1a2b3c4d"}
    first = key(**example)
    assert first == "5580749607264b4feea6f658d26f0b5d9368b46e0d391c6577dd5d8a445bf87b"
    paper = key(**example, settings=PRESETS["paper"])
    assert paper == "cb4dccd242c91ca21ff4456f9e96f4014cc0cd2f02238202bdff5c64ee34041a"
    part = PredictionCache("cache", "resnet50-400@0.5", first).for_part(1, np.array([3, 5]))
    assert part.key == "94ab6b89ab49457def321219a4ac30809142adc8716262100d3c8a05dd94abd5"


@pytest.fixture
def no_training(monkeypatch):
    monkeypatch.setattr(lightgbm, "train", lambda *_, **__: pytest.fail("a model is trained again"))


def by_unit(units):
    return {(unit.variant, unit.fold): unit.probabilities for unit in units}


def test_fitting_predicts_what_cross_validation_predicts_to_the_bit(small):
    validated = by_unit(cross_validate(small.cohort, small.variants, small.settings))
    fitted = by_unit(small.units)
    assert fitted.keys() == validated.keys()
    for unit, predicted in fitted.items():
        assert_array_equal(predicted, validated[unit])


def test_what_is_kept_is_found_by_the_next_run_and_by_cross_validation(small, no_training):
    again = small.fit(small.folder)
    cache = small.cache(small.folder, PredictionCache)
    validated = by_unit(cross_validate(small.cohort, small.descriptors(), small.settings, cache=cache))
    for unit, first in zip(again, small.units, strict=True):
        assert_array_equal(unit.views, first.views)
        assert_array_equal(validated[unit.variant, unit.fold], unit.probabilities)


def test_the_kept_models_give_the_kept_predictions(small):
    units = {(unit.variant, unit.fold): unit for unit in small.units}
    for stored in cached_models(small.cache(small.folder), small.variants, [1, 2, 3], small.settings):
        variant, fold, seed = stored.variant, stored.fold, stored.seed
        held_out = small.variants[variant][small.cohort.fold == fold]
        model = read_model(stored.content.decode(), 3, held_out.shape[2])
        predicted = np.stack([model.predict(image, num_threads=1) for image in held_out])
        assert_array_equal(predicted, units[variant, fold].views[seed])


def test_a_damaged_model_is_trained_again_and_is_the_same_file(small, tmp_path):
    small.fit(tmp_path)
    cache = small.cache(tmp_path)
    paths = [cache["wide"].model_path(2, 1), cache["narrow"].model_path(1, 0), cache["narrow"].model_path(3, 1)]
    before = [path.read_bytes() for path in paths]
    paths[0].write_bytes(before[0][:-20])
    paths[1].unlink()
    paths[2].write_bytes(before[0])  # another's
    small.fit(tmp_path)
    assert [path.read_bytes() for path in paths] == before
    moved = replace(small, cohort=replace(small.cohort, fold=small.cohort.fold % 3 + 1))
    for strangers in moved.cache(tmp_path).values():  # other folds find nothing
        assert strangers.read(1, 0, 18, 3) is None


def test_models_are_cleared_once_a_bundle_has_them_and_predictions_stay(small, tmp_path):
    small.fit(tmp_path)
    wide, narrow = small.cache(tmp_path).values()
    wide.clear()
    assert not wide.model_path(1, 0).exists() and narrow.model_path(1, 0).exists()
    narrow.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["answers"]
    assert PredictionCache.read(wide, 1, 0, 18, 3) is not None


def test_a_model_that_has_gone_is_an_error(small, tmp_path):
    assert all(isinstance(cache, ModelCache) for cache in small.cache(tmp_path).values())
    with pytest.raises(BundleError, match="run fit again"):
        next(cached_models(small.cache(tmp_path), small.variants, [1], small.settings))


def test_whatever_lies_in_its_place_is_the_prediction_or_none(cache):
    """Other types, infinite sizes, numbers that are no shares, torn headers: trained again, without a traceback."""
    path = cache.path(3, 1)
    for content in hostile.kept(path.read_bytes()):
        path.write_bytes(content)
        predicted = cache.read(3, 1, 5, 3)
        assert predicted is None or (predicted == MEANS).all()
    path.unlink()
    path.mkdir()
    assert cache.read(3, 1, 5, 3) is None


@pytest.mark.parametrize("views", [VIEWS[0], VIEWS[:4], VIEWS.astype(np.float32), VIEWS * np.nan, VIEWS * 9, None])
def test_kept_views_of_another_kind_are_none(views, tmp_path):
    models = ModelCache(tmp_path, "v", "0")
    content = b"none" if views is None else save({"views": np.ascontiguousarray(views)})
    facts = {"key": "0", "variant": "v", "fold": 1, "seed": 0, "method": 1}
    write_archive(models.model_path(1, 0), facts, [("model.txt", b"\xff"), ("views.safetensors", content)])
    assert models.read(1, 0, 5, 3) is None
    with pytest.raises(BundleError, match="gone or is damaged"):
        models.content(1, 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_in_its_place_is_not_waited_for(cache):
    cache.path(3, 1).unlink()
    os.mkfifo(cache.path(3, 1))
    assert cache.read(3, 1, 5, 3) is None
