from dataclasses import replace

import numpy as np

from report.measures.accuracy import patient_table


def test_the_worst_come_first_with_their_mistakes(answered):
    truth = np.array([1, 1, 0, 0, 1, 0], bool)
    answers = answered(truth, np.array([0.9, 0.9, 0.1, 0.8, 0.2, 0.7]), np.array([0, 0, 1, 1, 1, 2]))
    table = patient_table(answers)
    assert table.index.to_list() == ["p2", "p1", "p0"]
    assert table[["right", "images"]].to_numpy().tolist() == [[0, 1], [1, 3], [2, 2]]
    assert table.loc["p1", "mistakes"] == "1 benign as malignant, 1 malignant as benign"
    assert table["classes"].to_list() == ["benign", "benign, malignant", "malignant"]


def test_unknown_patients_are_left_out(cohort):
    answers = cohort(4, 3)
    patients = np.where(answers.patients == "p2", "", answers.patients)
    assert "p2" not in patient_table(replace(answers, patients=patients)).index
    assert patient_table(replace(answers, patients=None)) is None
