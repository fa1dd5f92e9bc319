"""Cached predictions come back to the bit, or not at all; the key changes with all that decides an answer."""

from dataclasses import fields, replace
from shutil import copy

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from boost.descriptors import Descriptors
from boost.prediction_cache import PredictionCache, key_of
from boost.settings import PRESETS, BoostError, BoostSettings

ANSWERS = np.random.default_rng(0).dirichlet([1, 1, 1], size=5)  # (image, class)
ARRAY = np.random.default_rng(1).normal(size=(6, 2, 4)).astype(np.float32)
LABELS, FOLD = np.array([0, 1, 2, 0, 1, 2]), np.array([1, 1, 1, 2, 2, 2])


@pytest.fixture
def kept(tmp_path):
    kept = PredictionCache(tmp_path / "kept", "resnet50-400@0.5#1a/b", "f" * 64)
    kept.write(3, 1, ANSWERS)
    return kept


def test_answers_come_back_to_the_bit_and_nothing_else_is_left(kept):
    assert_array_equal(kept.read(3, 1, (5, 3)), ANSWERS)
    assert [path.name for path in kept.path(3, 1).parent.iterdir()] == ["3-1.safetensors"]
    assert kept.path(3, 1).parent.parent == kept.folder  # whatever the variant's name


def test_writing_again_replaces(kept):
    kept.write(3, 1, ANSWERS[::-1].T.copy().T)  # whatever the order in memory
    assert_array_equal(kept.read(3, 1, (5, 3)), ANSWERS[::-1])


def test_what_is_missing_or_anothers_is_not_read(kept):
    assert kept.read(3, 0, (5, 3)) is None
    assert kept.read(3, 1, (4, 3)) is None
    copy(kept.path(3, 1), kept.path(2, 1))
    assert kept.read(2, 1, (5, 3)) is None
    for other in (replace(kept, variant="resnet50-400@0.5#1a_b"), replace(kept, key="f" * 63 + "0")):
        assert other.path(3, 1) == kept.path(3, 1)  # safe names and short keys may meet
        assert other.read(3, 1, (5, 3)) is None


def test_no_flipped_bit_and_no_cut_is_believed(kept):
    path = kept.path(3, 1)
    whole = path.read_bytes()
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 16]) + whole[position + 1 :])
        answers = kept.read(3, 1, (5, 3))
        assert answers is None or (answers == ANSWERS).all()  # a space in the header may be any space
    for length in (0, 7, 8, 100, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert kept.read(3, 1, (5, 3)) is None


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BoostError, match="cannot be kept in"):
        PredictionCache(tmp_path / "file", "v", "0").write(1, 0, ANSWERS)


def key(array=ARRAY, labels=LABELS, classes=3, fold=FOLD, settings=None, source=""):
    return key_of(Descriptors.of(array, source=source), labels, classes, fold, settings or BoostSettings())


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
    monkeypatch.setattr("boost.prediction_cache.METHOD", 0)
    keys.add(key())
    monkeypatch.setattr("boost.prediction_cache.version", lambda _: "0.1")
    assert len(keys | {key()}) == len(changes) + 3


def test_the_key_is_the_same_tomorrow():
    assert key() == key(array=ARRAY.copy(), labels=LABELS.tolist(), fold=FOLD.astype(np.int32))


def test_the_key_is_that_of_earlier_versions(monkeypatch):
    """Computed once and for all: another key would orphan every cache."""
    monkeypatch.setattr("boost.prediction_cache.version", lambda _: "4.6.0")
    array = (np.arange(6 * 2 * 4).reshape(6, 2, 4) / 8).astype(np.float32)
    example = {"array": array, "fold": [1, 1, 1, 2, 2, 0], "source": "resnet50-400@0.5-1a2b3c4d"}
    assert key(**example) == "5580749607264b4feea6f658d26f0b5d9368b46e0d391c6577dd5d8a445bf87b"
    paper = key(**example, settings=PRESETS["paper"])
    assert paper == "cb4dccd242c91ca21ff4456f9e96f4014cc0cd2f02238202bdff5c64ee34041a"
