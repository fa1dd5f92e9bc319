"""Laws of batch norms that begin at nothing."""

import numpy as np
import pytest
import torch

from finetune.networks.batch_norms import YoungNorms
from tests.finetune import tiny

SHARE = 0.01  # of a batch, as in Keras


def norm_of(network):
    return next(layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d))


@pytest.mark.parametrize("steps", [1, 7])
def test_statistics_are_the_weighted_mean_of_the_batches_there_were(steps):
    network = tiny.network().train()
    norm = norm_of(network)
    norm.momentum = SHARE
    young = YoungNorms(network)
    batches = 5 + torch.randn(steps, 8, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    for step, batch in enumerate(batches):
        young.before(step)
        norm(batch)
    weights = (1 - SHARE) ** np.arange(steps)[::-1]
    expected = np.average(batches.mean(dim=(1, 3, 4)).numpy(), axis=0, weights=weights)
    np.testing.assert_allclose(norm.running_mean.numpy(), expected, rtol=1e-5)


def test_in_the_long_run_nothing_is_corrected_and_statistics_that_came_with_weights_are_left_alone():
    network, pretrained = tiny.network(), tiny.network(pretrained=True)
    norm_of(network).momentum = norm_of(pretrained).momentum = SHARE
    YoungNorms(network).before(3000)
    YoungNorms(pretrained).before(0)
    assert norm_of(network).momentum == pytest.approx(SHARE, rel=1e-9)
    assert norm_of(pretrained).momentum == SHARE


def test_every_step_of_a_training_is_corrected_where_it_was_interrupted_too(tmp_path):
    undisturbed = tiny.training(epochs=2)
    list(undisturbed.run())
    steps = undisturbed.progress.steps
    assert norm_of(undisturbed.network).momentum == pytest.approx(0.1 / (1 - 0.9**steps))
    next(tiny.training(tmp_path / "fold.safetensors", epochs=2).run())
    resumed = tiny.training(tmp_path / "fold.safetensors", epochs=2)
    list(resumed.run())
    assert tiny.weights(resumed) == tiny.weights(undisturbed)
