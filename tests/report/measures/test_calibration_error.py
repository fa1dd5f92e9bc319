from itertools import combinations

import numpy as np
import pytest

from benchmarks import intervals_before
from report.measures.calibration_error import bins_of, error_by_chance, most_alike, shared_chance


def perfect(rng, patients, each, correlation):
    """Perfectly calibrated certainties of images that err together by patient, in bins."""
    certainty = rng.uniform(0.6, 1, patients * each)
    group = np.repeat(np.arange(patients), each)
    together = rng.random(len(group)) < np.sqrt(correlation)
    right = np.where(together, rng.random(patients)[group], rng.random(len(group))) < certainty
    codes = np.where(right, 0, 1)
    return bins_of(np.column_stack([certainty, 1 - certainty]), codes), group


def test_with_one_image_a_patient_it_is_the_independent_draw():
    bins, group = perfect(np.random.default_rng(0), 200, 1, 0)
    by_patient = error_by_chance(bins, group, np.random.default_rng(1))
    assert by_patient == pytest.approx(intervals_before.error_by_chance(bins, np.random.default_rng(2)), rel=0.05)


def test_what_images_of_many_patients_share_is_what_they_were_drawn_with():
    bins, group = perfect(np.random.default_rng(0), 1500, 6, 0.3)
    assert shared_chance(bins, group) ** 2 == pytest.approx(0.3, abs=0.04)


def test_the_most_two_images_can_be_alike_is_that_of_all_pairs():
    certainty = np.random.default_rng(0).uniform(0.5, 1, 20)
    pairs = [min(p, q) - p * q for p, q in combinations(certainty, 2)]
    assert most_alike(certainty) == pytest.approx(np.mean(pairs) / np.mean(certainty * (1 - certainty)))
    assert most_alike(np.ones(5)) == 1


def test_patients_who_err_together_show_the_error_that_is_expected():
    rng = np.random.default_rng(3)
    shown, independent, by_patient = [], [], []
    for _ in range(60):
        bins, group = perfect(rng, 27, 9, 0.4)
        shown.append(bins.error(np.ones((1, 243)))[0])
        independent.append(intervals_before.error_by_chance(bins, rng, 100))
        by_patient.append(error_by_chance(bins, group, rng, 100))
    assert np.mean(independent) < 0.9 * np.mean(shown)
    assert np.mean(by_patient) == pytest.approx(np.mean(shown), rel=0.12)
