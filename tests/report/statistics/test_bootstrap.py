from dataclasses import replace

import numpy as np

from report.statistics.bootstrap import cohort_sentence, resample


def test_images_of_a_patient_are_drawn_together_and_each_cohort_is_as_large(cohort):
    answers = cohort(12, 4)
    drawn = resample(answers, np.random.default_rng(0), times=50)
    assert drawn.weights.shape == (50, 48)
    by_patient = drawn.weights.reshape(50, 12, 4)
    assert (by_patient == by_patient[:, :, :1]).all()
    assert (by_patient[:, :, 0].sum(axis=1) == 12).all()


def test_the_order_of_the_images_does_not_matter(cohort):
    answers, turn = cohort(), np.random.default_rng(1).permutation(100)
    one, other = (resample(a, np.random.default_rng(0)) for a in (answers, answers.take(turn)))
    assert np.array_equal(one.weights[:, turn], other.weights)


def test_an_image_of_an_unknown_patient_is_drawn_by_itself(cohort):
    answers = cohort(10, 2)
    patients = answers.patients.copy()
    patients[:6] = ""
    drawn = resample(replace(answers, patients=patients), np.random.default_rng(0))
    assert drawn.patients() == 7 + 6 and drawn.by_patient
    assert "7 patients" in cohort_sentence(drawn) and "6 images of unknown patients" in cohort_sentence(drawn)


def test_the_sentence_warns_of_unknown_and_of_few_patients(cohort):
    nobody = resample(replace(cohort(), patients=None), np.random.default_rng(0))
    assert not nobody.by_patient and "too narrow" in cohort_sentence(nobody)
    assert "do not rely" in cohort_sentence(resample(cohort(9), np.random.default_rng(0)))
    assert "do not rely" not in cohort_sentence(resample(cohort(10), np.random.default_rng(0)))


def test_a_part_keeps_the_draws(cohort):
    drawn = resample(cohort(), np.random.default_rng(0))
    rows = np.arange(100) < 30
    assert np.array_equal(drawn.part(rows).weights, drawn.weights[:, rows])
    assert drawn.part(rows).patients() == 6


def test_large_cohorts_are_drawn_less_often(cohort):
    assert len(resample(cohort(), np.random.default_rng(0)).weights) == 2000
    assert len(resample(cohort(1000, 10), np.random.default_rng(0)).weights) == 400
