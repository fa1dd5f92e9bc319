import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, recall_score, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from report.statistics.metrics import auc, balanced_accuracy, kappa, losses, mean

RNG = np.random.default_rng(0)
LABEL, PREDICTED = RNG.choice(list("abc"), (2, 90))
TRUTH, SCORE = RNG.random(90) < 0.4, RNG.random(90).round(1)  # scores with many ties
WEIGHTS = np.vstack([np.ones(90), RNG.integers(0, 4, (3, 90))]).astype(float)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_measures_are_those_of_scikit_learn_on_any_resample(weights):
    one = weights[None]
    sample = {"sample_weight": weights}
    assert mean(one, LABEL == PREDICTED)[0] == pytest.approx(np.average(LABEL == PREDICTED, weights=weights))
    assert balanced_accuracy(one, LABEL, PREDICTED)[0] == pytest.approx(
        balanced_accuracy_score(LABEL, PREDICTED, **sample)
    )
    assert kappa(one, LABEL, PREDICTED)[0] == pytest.approx(cohen_kappa_score(LABEL, PREDICTED, **sample))
    called = SCORE >= 0.5
    assert mean(one, called, TRUTH)[0] == pytest.approx(recall_score(TRUTH, called, **sample))  # sensitivity
    assert mean(one, ~called, ~TRUTH)[0] == pytest.approx(recall_score(TRUTH, called, pos_label=False, **sample))
    assert auc(one, TRUTH, SCORE)[0] == pytest.approx(roc_auc_score(TRUTH, SCORE, **sample))


def test_the_auc_worked_by_hand():
    truth, score = np.array([False, False, True, True, True]), np.array([0.1, 0.4, 0.2, 0.4, 0.9])
    assert auc(np.ones((1, 5)), truth, score)[0] == pytest.approx(4.5 / 6)  # of the 6 pairs 4 in order and one tied


def test_a_weight_of_two_is_an_image_twice():
    twice = np.repeat(np.arange(90), WEIGHTS[1].astype(int))
    one = np.ones((1, len(twice)))
    assert auc(WEIGHTS[1:2], TRUTH, SCORE) == pytest.approx(auc(one, TRUTH[twice], SCORE[twice]))
    assert kappa(WEIGHTS[1:2], LABEL, PREDICTED) == pytest.approx(kappa(one, LABEL[twice], PREDICTED[twice]))


def test_a_resample_without_a_class_has_no_number():
    weights = np.array([[1.0, 1, 0, 0]])
    label, truth = np.array(list("aabb")), np.array([False, False, True, True])
    assert np.isnan(balanced_accuracy(weights, label, label)).all()
    assert np.isnan(auc(weights, truth, np.arange(4.0))).all()
    assert np.isnan(mean(weights, truth, truth)).all()


def test_losses_worked_by_hand_and_as_in_scikit_learn():
    table = np.array([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [1.0, 0, 0]])
    loss, brier = losses(table, np.array([0, 1, 0]))
    assert loss == pytest.approx([np.log(2), -np.log(0.8), 0])
    assert brier == pytest.approx([0.25 + 0.09 + 0.04, 0.04 + 0.02, 0])
    wrong = np.array([2, 0, 1])  # the last has probability 0
    assert losses(table, wrong)[0].mean() == pytest.approx(sklearn_log_loss(wrong, table, labels=[0, 1, 2]))
