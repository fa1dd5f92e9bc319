"""Laws of the distance to the training images and of the warning."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from safetensors.numpy import load, save

from benchmarks import hostile
from boost.descriptors import Descriptors
from boost.settings import BoostError
from boost.uncertainty.out_of_distribution import ALARM, OutOfDistribution, deviations, fit_out_of_distribution

DIMS, VIEWS = {"a": 12, "b": 5}, 6


def cohort(patients, rng, each=3, shift=0.0):
    """Images (image, view, dim) of each variant, alike within a patient, and whose they are."""
    group = np.repeat(np.arange(patients), each)
    found = {}
    for name, dim in DIMS.items():
        whole = shift + rng.normal(size=(patients, dim))[group] + rng.normal(size=(len(group), dim))
        found[name] = (whole[:, None] + 0.3 * rng.normal(size=(len(group), VIEWS, dim))).astype(np.float32)
    return found, group


def fitted(variants, group):
    return fit_out_of_distribution({name: Descriptors.of(array) for name, array in variants.items()}, group)


def p_values(outliers, variants, views=VIEWS):
    """Of each image, by so many views."""
    images = range(len(next(iter(variants.values()))))
    seen = ({name: array[image, :views] for name, array in variants.items()} for image in images)
    return np.array([outliers.p_value(outliers.distance(image), views) for image in seen])


@pytest.fixture(scope="module")
def trained():
    return cohort(40, np.random.default_rng(0))


@pytest.fixture(scope="module")
def outliers(trained):
    return fitted(*trained)


def test_many_images_are_taken_in_blocks(trained, outliers, monkeypatch):
    monkeypatch.setattr("boost.uncertainty.out_of_distribution.BLOCK", 7)
    np.testing.assert_allclose(fitted(*trained).distances, outliers.distances, rtol=1e-6)


def test_a_training_image_is_next_to_itself(outliers, trained):
    image = {name: array[7] for name, array in trained[0].items()}
    assert outliers.distance(image) == pytest.approx(0, abs=1e-2)


def test_a_distance_is_the_root_mean_square_in_deviations(outliers, trained):
    spread = {name: outliers.spread[name] for name in DIMS}
    image = {name: array[7] + 2 * spread[name] for name, array in trained[0].items()}
    assert outliers.distance(image) <= 2.01
    whole = {name: array.mean(axis=1) for name, array in trained[0].items()}
    squares = [((whole[n] - image[n].mean(axis=0)) / spread[n]) ** 2 for n in DIMS]
    slow = np.sqrt(np.mean([square.mean(axis=1) for square in squares], axis=0)).min()
    assert outliers.distance(image) == pytest.approx(slow, rel=1e-2)


@pytest.mark.parametrize("views", [1, 2, 5, VIEWS])
def test_new_patients_of_the_same_kind_are_seldom_far_and_others_are(outliers, views):
    alike, _ = cohort(150, np.random.default_rng(1))
    foreign, _ = cohort(20, np.random.default_rng(2), shift=6.0)
    p = p_values(outliers, alike, views)
    assert (p <= ALARM).mean() <= ALARM + 0.03
    assert all(outliers.is_outlier(value) for value in p_values(outliers, foreign, views))


def test_further_is_never_likelier(outliers):
    p = [outliers.p_value(distance, VIEWS) for distance in np.linspace(0, 10, 50)]
    assert p == sorted(p, reverse=True) and p[0] == 1 and p[-1] == pytest.approx(1 / 41)


def test_a_patient_counts_once_however_many_images(outliers):
    columns = np.r_[np.arange(len(outliers.group)), np.repeat([0, 1, 2], 30)]  # all of patient 0 thirty times more
    more = replace(outliers, distances=outliers.distances[:, columns], group=outliers.group[columns])
    for distance in np.linspace(0, 5, 30):
        assert more.p_value(distance, VIEWS) == pytest.approx(outliers.p_value(distance, VIEWS))


def test_one_patient_is_nobody_to_compare_with(trained):
    variants, group = trained
    alone = fitted(variants, np.zeros(len(group)))
    assert alone.p_value(1e9, VIEWS) == 1 and not alone.is_outlier(1.0)


def test_of_few_patients_only_what_lies_beyond_all_is_far():
    outliers = fitted(*cohort(5, np.random.default_rng(5)))
    assert outliers.is_outlier(outliers.p_value(1e9, VIEWS)) and not outliers.is_outlier(2 / 6)


def test_columns_that_do_not_vary_do_not_rule():
    spread = deviations(np.array([[0, 1, 5.0], [1, 3, 5], [0, 5, 5]]))
    assert (spread > 0).all() and np.isfinite(deviations(np.zeros((3, 2)))).all()


def test_what_is_kept_is_read(outliers, trained):
    again = OutOfDistribution.from_bytes(outliers.to_bytes(), DIMS)
    assert again.to_bytes() == outliers.to_bytes()
    assert_array_equal(p_values(again, trained[0]), p_values(outliers, trained[0]))


@pytest.mark.parametrize("dims", [{"a": 13, "b": 5}, {"a": 12, "c": 5}])
def test_those_of_other_variants_are_refused(outliers, dims):
    with pytest.raises(BoostError, match="fit again"):
        OutOfDistribution.from_bytes(outliers.to_bytes(), dims)


def test_what_is_damaged_is_refused(outliers):
    content = outliers.to_bytes()
    for broken in (b"", content[:100], content[:-1], b"\xff" * 50):
        with pytest.raises(BoostError, match="fit again"):
            OutOfDistribution.from_bytes(broken, DIMS)


@pytest.mark.parametrize("change", [
    lambda arrays: {"distances": arrays["distances"] * np.float32(np.nan)},
    lambda arrays: {"distances": -arrays["distances"]}, lambda arrays: {"distances": arrays["distances"].astype(float)},
    lambda arrays: {"spread a": np.zeros_like(arrays["spread a"])},
    lambda arrays: {"centre a": arrays["centre a"] * np.float32(np.inf)},
    lambda arrays: {"seen a": arrays["seen a"].astype(np.float32)}, lambda arrays: {"counts": arrays["counts"][::-1]},
    lambda arrays: {"counts": arrays["counts"] * 0}, lambda arrays: {"group": arrays["group"].astype(float)},
    lambda arrays: {"seen b": arrays["seen b"][:0]},
])  # fmt: skip
def test_values_that_are_no_distances_are_refused(outliers, change):
    arrays = load(outliers.to_bytes())
    changed = {name: np.ascontiguousarray(array) for name, array in (arrays | change(arrays)).items()}
    with pytest.raises(BoostError, match="fit again"):
        OutOfDistribution.from_bytes(save(changed), DIMS)


def test_whatever_is_kept_there_is_read_or_refused(outliers):
    for content in hostile.kept(outliers.to_bytes()):
        with suppress(BoostError):
            OutOfDistribution.from_bytes(content, DIMS)
