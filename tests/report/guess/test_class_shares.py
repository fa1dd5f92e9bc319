"""The line to beat is that of the training parts, from labels and folds alone."""

from dataclasses import replace

import numpy as np
import pytest

from report.evaluation import Evaluation
from report.guess.class_shares import class_shares, shares_of_other_folds


def test_they_are_those_of_the_other_folds(cohort):
    answers = cohort()
    evaluation = Evaluation.of(answers)
    found = evaluation.class_shares
    right = []
    surprise = []
    for label, fold in zip(answers.label, answers.fold, strict=True):
        others = answers.label[answers.fold != fold]
        shares = [np.mean(others == name) for name in answers.classes]
        right.append(answers.classes[int(np.argmax(shares))] == label)
        surprise.append(-np.log(shares[answers.classes.index(label)]))
    assert found.accuracy.value == pytest.approx(np.mean(right))
    assert found.log_loss.value == pytest.approx(np.mean(surprise))
    assert found.gain.value == pytest.approx(evaluation.totals["log-loss"] - np.mean(surprise))


def test_the_predictions_do_not_matter_but_for_the_gain(cohort):
    answers = cohort()
    one = class_shares(answers, np.arange(len(answers.label)))
    other = class_shares(replace(answers, probabilities=None), np.arange(len(answers.label)))
    assert (one.accuracy, one.log_loss, one.brier) == (other.accuracy, other.log_loss, other.brier)
    assert other.gain is None


def test_a_class_that_the_other_folds_lack_has_a_small_share():
    shares = shares_of_other_folds(np.array([0, 0, 0, 1, 1]), np.array([1, 1, 1, 2, 2]), 2)
    assert (shares > 0).all()
    assert shares[0].tolist() == pytest.approx([0.5 / 3, 2.5 / 3])


def test_one_fold_has_none(cohort):
    answers = cohort()
    assert (
        class_shares(replace(answers, fold=np.ones(len(answers.label), dtype=int)), np.arange(len(answers.label)))
        is None
    )
