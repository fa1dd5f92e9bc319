"""Descriptors are referred to, not copied: what travels is small, and rows are those asked for."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from boost.descriptors import Descriptors, Mapped, check_finite
from boost.settings import BoostError

ARRAY = np.random.default_rng(0).normal(size=(12, 3, 500)).astype(np.float32)


@pytest.fixture
def mapped(tmp_path):
    """The array in a file, behind 64 other bytes."""
    (tmp_path / "d").write_bytes(bytes(64) + ARRAY.tobytes())
    return np.memmap(tmp_path / "d", np.float32, "r", 64, ARRAY.shape)


def test_a_file_is_referred_to_by_name_and_reads_as_the_array(mapped):
    descriptors = Descriptors.of(mapped)
    assert isinstance(descriptors.array, Mapped)
    assert_array_equal(descriptors.images(), ARRAY)
    assert descriptors.shape == ARRAY.shape


def test_a_part_of_a_map_is_found_in_the_file(mapped):
    part = Descriptors.of(mapped[2:9])
    assert isinstance(part.array, Mapped)
    assert_array_equal(part.images(), ARRAY[2:9])
    assert_array_equal(Descriptors.of(mapped[:, :2]).images(), ARRAY[:, :2])  # in no one piece: goes as data


def test_what_travels_is_small_and_arrives_whole(mapped):
    sent = pickle.dumps(Descriptors.of(mapped))
    assert len(sent) < 1000
    assert_array_equal(pickle.loads(sent).images(), ARRAY)  # noqa: S301


@pytest.mark.parametrize("source", ["memory", "file"])
def test_rows_are_those_asked_for_and_no_copies(mapped, source):
    rows = np.array([7, 0, 3])
    chosen = Descriptors.of(mapped if source == "file" else ARRAY, rows)
    assert len(chosen) == 3
    assert_array_equal(chosen.images(), ARRAY[rows])
    assert not any(image.flags.owndata for image in chosen.images())


def test_a_file_that_is_not_there_is_named_with_the_way_out(mapped, tmp_path):
    descriptors = Descriptors.of(mapped)
    (tmp_path / "d").write_bytes(bytes(100))
    with pytest.raises(BoostError, match=r"d is missing here or shorter .* on a path that all workers share"):
        descriptors.images()


def test_the_fingerprint_is_of_the_rows_used_wherever_they_lie(mapped):
    rows = np.array([1, 2, 5])
    print_ = Descriptors.of(ARRAY, rows).fingerprint()
    assert print_ == Descriptors.of(mapped, rows).fingerprint() == Descriptors.of(ARRAY[rows]).fingerprint()
    assert print_ != Descriptors.of(ARRAY, rows[::-1]).fingerprint()
    changed = ARRAY.copy()
    changed[0] = 0  # not one of the rows
    assert print_ == Descriptors.of(changed, rows).fingerprint()
    changed[5, 2, 499] += 1
    assert print_ != Descriptors.of(changed, rows).fingerprint()
    assert Descriptors.of(ARRAY).fingerprint() != Descriptors.of(ARRAY.reshape(12, 6, 250)).fingerprint()


@pytest.mark.parametrize(
    ("array", "rows", "match"),
    [
        (ARRAY[0], None, r"\(image, view, dim\) float32"),
        (ARRAY.astype(float), None, "got float64"),
        (ARRAY[:0], None, "none of them 0"),
        (ARRAY, [12], r"0\.\.11; got \[12\]"),
        (ARRAY, [-1], r"got \[-1\]"),
        (ARRAY, [], "one or more"),
        (ARRAY, np.ones(12, bool), "positions"),
    ],
)
def test_what_does_not_fit_is_refused(array, rows, match):
    with pytest.raises(BoostError, match=match):
        Descriptors.of(array, rows)


def test_values_that_are_not_finite_are_refused_by_image():
    check_finite(ARRAY)
    broken = ARRAY.copy()
    broken[7, 1, 2] = np.nan
    with pytest.raises(BoostError, match=r"image rows \[7\]"):
        check_finite(broken)
