"""What a reader is warned of: answers worth less than a guess, chance not excluded, few patients."""

from dataclasses import replace

import numpy as np

from cohort.checks.told_notices import MAY_BE_RIGHT
from report.evaluation import Evaluation
from report.guess.cautions import TOLD_ONCE, chances, few_patients_words, guess_words, label_words


def with_probability_of_truth(answers, share):
    """The same answers, the true class having a probability drawn by `share` (n,)."""
    truth = np.eye(len(answers.classes))[answers.codes]
    others = (1 - share[:, None]) / (len(answers.classes) - 1)
    probabilities = np.where(truth == 1, share[:, None], others)
    predicted = np.array(answers.classes)[probabilities.argmax(axis=1)]
    return replace(answers, probabilities=probabilities, predicted=predicted, score=probabilities[:, 1])


def test_answers_that_are_right_are_not_doubted(cohort):
    answers = cohort(30, 4)
    good = with_probability_of_truth(answers, np.full(len(answers.label), 0.9))
    assert guess_words(Evaluation.of(good)) == [] == few_patients_words(Evaluation.of(good))


def test_a_log_loss_worse_than_a_guess_and_chance_are_said(cohort):
    answers = cohort(30, 4)
    tossed = np.where(np.arange(len(answers.label)) % 2, 0.95, 0.05)
    evaluation = Evaluation.of(with_probability_of_truth(answers, tossed))
    loss, chance = guess_words(evaluation)
    assert f"{evaluation.class_shares.log_loss.value:.3f}" in loss and "worse" in loss
    assert "accuracy" in chances(evaluation) and "AUC" in chances(evaluation)
    assert "accuracy" in chance and "AUC 0.5" in chance


def test_classes_of_few_patients_are_named(cohort):
    answers = cohort(8, 4)
    (words,) = few_patients_words(Evaluation.of(answers))
    assert all(f"{name} (" in words for name in answers.classes)
    assert few_patients_words(Evaluation.of(replace(answers, patients=None))) == []


def test_what_is_told_once_of_labels_stands_in_every_report(cohort):
    mixed = cohort(patients=6, each=4)
    [words] = label_words(Evaluation.of(mixed))
    assert words.startswith("Patients with images of several classes: ") and words.endswith("correct them.")
    assert label_words(Evaluation.of(replace(mixed, patients=None))) == []
    own = np.array([f"{number}" for number in range(len(mixed.label))])
    [words] = label_words(Evaluation.of(replace(mixed, patients=own)))
    assert words.startswith("Each of the 24 images of known patients is of a patient of its own")
    rare = np.array(["benign"] * 23 + ["malignant"])
    words = label_words(Evaluation.of(replace(mixed, patients=None, label=rare)))
    assert [word.partition(" of ")[0] for word in words] == ["1 images"]


def test_what_the_terminal_tells_once_a_reader_of_the_report_is_told_always():
    assert {*TOLD_ONCE, "small-class"} == MAY_BE_RIGHT, "few_images_words tell of small classes"
