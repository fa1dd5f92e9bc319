"""Laws of networks as they are built for a training."""

import torch

from finetune.networks.build import build_classifier
from tests.finetune import tiny


def first_weights(seed):
    settings = tiny.settings(network="squeezenet1_1", input=64, seed=seed)
    return build_classifier(settings, 2).state_dict()


def test_the_seed_draws_all_first_weights_of_a_network_that_has_no_file():
    one, again, other = first_weights(1), first_weights(1), first_weights(2)
    assert all(torch.equal(one[name], again[name]) for name in one)
    drawn = [name for name, value in one.items() if value.dim() > 1]
    assert any(name.startswith("body") for name in drawn) and any(name.startswith("head") for name in drawn)
    assert not any(torch.equal(one[name], other[name]) for name in drawn)
