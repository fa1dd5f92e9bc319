from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from report.measures.roc import GRID, roc_band, sensitivities
from report.statistics.bootstrap import resample
from report.statistics.patient_groups import PatientGroups


def band(answers):
    groups = PatientGroups.of(answers)
    return roc_band(answers, groups, resample(groups, np.random.default_rng(0)))


def test_the_curve_is_that_of_scikit_learn(cohort):
    answers = cohort()
    score = answers.score.round(1)  # ties
    for weights in (np.ones(100), np.random.default_rng(0).integers(0, 3, 100).astype(float)):
        alarms, found, _ = roc_curve(answers.truth, score, sample_weight=weights, drop_intermediate=False)
        wanted = [found[alarms <= at + 1e-9].max() for at in GRID]
        assert sensitivities(weights[None], answers.truth, score)[0] == pytest.approx(wanted)


def test_the_band_holds_the_curve_and_rises(cohort):
    answers = cohort()
    grid, low, high = band(answers)
    curve = sensitivities(np.ones((1, 100)), answers.truth, answers.score)[0]
    assert (low <= curve + 1e-9).all() and (curve <= high + 1e-9).all() and len(grid) == 101
    assert (np.diff(low) >= 0).all() and (np.diff(high) >= 0).all()


def test_fewer_patients_have_a_wider_band(cohort):
    answers = cohort(40, 5)
    few = replace(answers, patients=np.array([f"p{k // 20}" for k in range(200)]))
    widths = [np.subtract(*band(a)[:0:-1]).mean() for a in (answers, few)]
    assert widths[0] < widths[1]


def test_a_resample_without_positives_has_no_curve(cohort):
    answers = cohort()
    assert np.isnan(sensitivities((~answers.truth)[None].astype(float), answers.truth, answers.score)).all()
