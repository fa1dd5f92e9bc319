from dataclasses import replace

import numpy as np

from report.evaluation import Evaluation
from report.measures.leakage import find_leaks
from report.page.headline import ONE_DATA_SET, ONE_TEST_SET, cautions_of, headline
from report.page.page import about, kind_of
from report.section import estimate
from report.trained.training_history import TrainingHistory
from tests.report.trained.test_training_history import epochs


def test_every_measure_stands_there_with_its_interval(cohort):
    evaluation = Evaluation.of(cohort())
    top = headline(evaluation)
    measures = dict(evaluation.overall)
    assert top.accuracy == f"{100 * measures.pop('accuracy').value:.1f} %"
    for tile in top.tiles:
        assert f"{tile.value} {tile.interval}".replace("−", "-") == str(estimate(tile.name, measures.pop(tile.name)))
    assert not measures


def test_leaks_are_the_first_caution_and_only_where_there_are_some(cohort):
    answers = cohort(each=2)
    split = find_leaks(answers.images, np.arange(len(answers.images)) % 2, answers.patients)
    none = find_leaks(answers.images, answers.fold, answers.patients)
    assert "see Leaks" in cautions_of(Evaluation.of(answers, leaks=split))[0]
    for leaks in (none, None):
        assert not any("Leaks" in words for words in cautions_of(Evaluation.of(answers, leaks=leaks)))


def test_what_is_not_known_of_leaks_is_said(cohort):
    answers = cohort(each=2, folds=1)
    leaks = find_leaks(answers.images, answers.fold, answers.patients)
    assert "Leaks are not known: the training images are not in this table." in cautions_of(
        Evaluation.of(answers, leaks=leaks)
    )


def test_scores_the_wrong_way_round_are_said(cohort):
    for separation, expected in ((-3, 1), (3, 0)):
        cautions = cautions_of(Evaluation.of(cohort(separation=separation)))
        assert sum("Columns may be swapped" in words for words in cautions) == expected


def test_a_class_of_few_images_is_named(answered):
    cautions = cautions_of(Evaluation.of(answered(np.arange(100) < 3, np.full(100, 0.2))))
    (few,) = [words for words in cautions if words.startswith("Classes of few images")]
    assert "malignant (3)" in few and "benign" not in few


def test_that_other_laboratories_were_not_tested_is_always_said(cohort):
    for answers in (cohort(), replace(cohort(), patients=None)):
        assert cautions_of(Evaluation.of(answers))[-1] == ONE_DATA_SET


def test_a_separate_test_set_is_not_called_a_cross_validation(cohort):
    history = TrainingHistory(epochs(folds=1))
    tested = Evaluation.of(cohort(), history=history, settings={"command": "finetune", "test": "elsewhere"})
    assert cautions_of(tested)[-1] == ONE_TEST_SET
    assert kind_of(tested) == "separate test"
    assert about(tested).endswith("test elsewhere")
    assert kind_of(Evaluation.of(cohort(), history=history, settings={"command": "finetune"})) == "cross-validation"


def test_the_least_that_a_prediction_is_held_against(answered):
    top = headline(Evaluation.of(answered(np.array([True, True, True, False]), np.array([0.9, 0.9, 0.1, 0.1]))))
    assert (top.right, top.images, top.most_frequent, top.baseline) == (3, 4, "malignant", "75.0 %")


def test_images_of_unknown_patients_are_also_counted_as_the_known_come(cohort):
    answers = cohort(20, 6)
    half = replace(answers, patients=np.where(np.arange(120) < 60, answers.patients, ""))
    evaluation = Evaluation.of(half)
    (words,) = [caution for caution in cautions_of(evaluation) if "unknown images come 6 to a patient" in caution]
    for name, interval in evaluation.under_assumed_patients.items():
        assert f"{name} {estimate(name, interval)}" in words
    assert "too narrow" in words
    for all_or_none in (answers, replace(answers, patients=None)):
        assert not any("unknown images come" in caution for caution in cautions_of(Evaluation.of(all_or_none)))


def test_the_interval_of_the_whole_procedure_stands_there_where_it_was_asked_for(cohort):
    answers = cohort()
    wrong = np.repeat((answers.predicted != answers.label)[:, None], 5, axis=1)
    evaluation = Evaluation.of(answers, wrong_without=wrong)
    words = f"Of the whole procedure, training and split in it: accuracy {evaluation.procedure_accuracy.text()}."
    assert any(words in caution for caution in cautions_of(evaluation))
    assert not any("whole procedure" in caution for caution in cautions_of(Evaluation.of(answers)))
