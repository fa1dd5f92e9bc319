"""Laws of the columns of trained networks: each has its own, and nobody learns anything here."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from boost.heads.choices import MEMBERS, NETWORKS, find_head, model_name
from boost.heads.trained_networks import OwnColumns
from boost.settings import BoostError, BoostSettings


def test_a_network_answers_by_its_own_columns():
    rows = np.random.default_rng(0).dirichlet([1, 1], (5, 3)).reshape(5, 6).astype(np.float32)
    for first in (0, 2, 4):
        model = NETWORKS.of_bytes(OwnColumns(first, 2).to_bytes(), 2, 6)
        assert_array_equal(model.predict(rows), rows[:, first : first + 2].astype(float))


@pytest.mark.parametrize("first", [-2, 1, 6, 10**9])
def test_columns_that_are_not_there_are_refused(first):
    with pytest.raises(BoostError, match="has no columns"):
        NETWORKS.of_bytes(OwnColumns(first, 2).to_bytes(), 2, 6)


def test_bundles_know_it_and_cv_does_not():
    assert find_head("networks") is NETWORKS and "networks" not in MEMBERS
    assert model_name("v", "networks", ["networks"]) == "v"
    with pytest.raises(BoostError, match="trained end to end by finetune"):
        NETWORKS.train(None, BoostSettings(), [0])
