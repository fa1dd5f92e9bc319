import numpy as np
import pytest
from sklearn.metrics import log_loss as sklearn_log_loss

from report.statistics.metrics import losses, ratio


def test_nothing_below_is_no_number():
    assert np.isnan(ratio(np.ones(1), np.zeros(1))).all() and ratio(np.ones(1), np.full(1, 2.0)) == [0.5]


def test_losses_worked_by_hand_and_as_in_scikit_learn():
    table = np.array([[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [1.0, 0, 0]])
    loss, brier = losses(table, np.array([0, 1, 0]))
    assert loss == pytest.approx([np.log(2), -np.log(0.8), 0])
    assert brier == pytest.approx([0.25 + 0.09 + 0.04, 0.04 + 0.02, 0])
    wrong = np.array([2, 0, 1])  # the last has probability 0
    assert losses(table, wrong)[0].mean() == pytest.approx(sklearn_log_loss(wrong, table, labels=[0, 1, 2]))
