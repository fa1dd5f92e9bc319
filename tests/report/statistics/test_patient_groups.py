from dataclasses import replace

import numpy as np

from report.statistics.patient_groups import PatientGroups, cohort_sentence


def test_an_image_of_an_unknown_patient_is_one_by_itself_and_makes_intervals_too_narrow(cohort):
    answers = cohort(10, 2)
    patients = answers.patients.copy()
    patients[:6] = ""
    groups = PatientGroups.of(replace(answers, patients=patients))
    assert groups.patients() == 7 + 6 and groups.patients(groups.known) == 7 and groups.by_patient
    sentence = cohort_sentence(groups)
    assert "7 patients" in sentence and "6 images of unknown patients as one each: too narrow" in sentence
    assert "too narrow" not in cohort_sentence(PatientGroups.of(answers))


def test_names_and_order_of_patients_do_not_matter(cohort):
    answers = cohort()
    turn = np.random.default_rng(1).permutation(100)
    one, turned = PatientGroups.of(answers), PatientGroups.of(answers.take(turn))
    assert np.array_equal(one.group[turn], turned.group)
    renamed = PatientGroups.of(replace(answers, patients=np.array([f"x{name[::-1]}" for name in answers.patients])))
    together, as_before = (groups.group[:, None] == groups.group for groups in (renamed, one))
    assert np.array_equal(together, as_before)


def test_the_sentence_says_what_the_intervals_are_of_and_warns_of_unknown_and_of_few_patients(cohort):
    nobody = PatientGroups.of(replace(cohort(), patients=None))
    assert not nobody.by_patient and "too narrow" in cohort_sentence(nobody)
    for groups in (nobody, PatientGroups.of(cohort())):
        assert "these models on more patients like these; training and choice of split are not in it" in (
            cohort_sentence(groups)
        )
    assert "do not rely" in cohort_sentence(PatientGroups.of(cohort(9)))
    assert "do not rely" not in cohort_sentence(PatientGroups.of(cohort(10)))
