"""Laws of one answer per patient."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from statsmodels.stats.proportion import proportion_confint

from report.by_patient import POOLS, by_patient, majority, mean_of_logs, mean_recognition_rate
from report.chapters.patient_answers import patient_answers
from report.evaluation import Evaluation
from report.out_of_fold import out_of_fold_of

ROWS = [  # image, label, patient, p_a
    ("1", "a", "x", 0.9), ("2", "a", "x", 0.4), ("3", "a", "x", 0.4),
    ("4", "b", "y", 0.2), ("5", "b", "y", 0.6),
    ("6", "a", "z", 0.7), ("7", "b", "z", 0.1),
    ("8", "b", "", 0.3), ("9", "a", "w", 0.2),
]  # fmt: skip


def cohort(rows=ROWS, fold=1):
    table = pd.DataFrame(rows, columns=["image", "label", "patient", "p_a"])
    return out_of_fold_of(table.assign(p_b=1 - table["p_a"], fold=fold, model="fusion"), ["b"])


def test_by_hand():
    result = by_patient(cohort())
    assert result.mixed == ("z",) and result.unknown == 1
    answers = result.answers
    assert answers.images.tolist() == ["w", "x", "y"] and answers.label.tolist() == ["a", "a", "b"]
    odds = (9 * (2 / 3) ** 2) ** (1 / 3)  # of a for x: the geometric mean of 9, 2/3 and 2/3
    assert_allclose(answers.probabilities[1], [odds / (1 + odds), 1 / (1 + odds)])
    assert answers.predicted.tolist() == ["b", "a", "b"]
    assert_allclose(answers.score, answers.probabilities[:, 1])


def test_ways_differ_where_they_should():
    images = np.array([[0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    answered = {name: int(pool(images).argmax()) for name, pool in POOLS.items()}
    assert answered == {"mean of log-probabilities": 0, "mean of probabilities": 0, "majority vote": 1}
    assert majority(np.array([[0.9, 0.1], [0.4, 0.6]])).argmax() == 0  # a tie


@pytest.mark.parametrize("pool", POOLS.values(), ids=list(POOLS))
def test_order_and_repetition_of_images_do_not_matter(pool):
    images = np.random.default_rng(0).dirichlet([1, 1, 1], 5)
    pooled = pool(images)
    assert_allclose(pooled.sum(), 1)
    assert_allclose(pool(images[::-1]), pooled)
    assert_allclose(pool(np.repeat(images, 3, axis=0)), pooled)
    assert pool(images[:1]).argmax() == images[0].argmax()


def test_one_image_cannot_rule_out_a_class_for_good():
    assert mean_of_logs(np.array([[0.0, 1.0]] + [[0.999, 0.001]] * 9)).argmax() == 0


def test_the_recognition_rate_is_the_mean_over_patients():
    rate = mean_recognition_rate(cohort())
    assert_allclose(rate.value, np.mean([1 / 3, 1 / 2, 1, 0]))  # x, y, z and w
    assert rate.low < rate.value < rate.high
    assert np.isnan(mean_recognition_rate(cohort([("1", "a", "", 0.9), ("2", "b", "", 0.9)])).value)


def test_the_chapter_has_wilsons_interval_and_is_there_only_when_asked_for():
    assert patient_answers(Evaluation.of(cohort())) is None
    section = patient_answers(Evaluation.of(cohort(), by_patient=True)).sections[0]
    row = section.cells.loc["mean of log-probabilities"]
    low, high = proportion_confint(2, 3, method="wilson")
    assert str(row["right"]) == "2 of 3" and str(row["accuracy"]) == f"66.7 [{100 * low:.1f}, {100 * high:.1f}]"
    assert "1 patients whose images have several labels, such as z" in section.sentence
    assert "1 images of unknown patients" in section.sentence


def test_without_patients_there_is_a_sentence():
    nobody = cohort([("1", "a", "", 0.9), ("2", "b", "", 0.9)])
    assert by_patient(nobody) is None
    section = patient_answers(Evaluation.of(nobody, by_patient=True)).sections[0]
    assert section.cells is None and section.sentence.startswith("Left out")


def test_patients_of_two_classes_have_an_auc_though_none_is_named_positive():
    rows = [(str(n), "ab"[n % 2], f"p{n}", 0.9 - 0.1 * (n % 5)) for n in range(20)]
    named = cohort(rows)
    section = {}
    for fusion in (named, replace(named, positive=None, score=None)):
        cells = patient_answers(Evaluation.of(fusion, by_patient=True)).sections[0].cells
        section[fusion.positive] = list(map(str, cells["AUC"]))
    assert section[None] == section[("b",)]
