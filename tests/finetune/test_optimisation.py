import math
import os

import numpy as np
import pytest
import torch

from finetune.optimisation import MovingAverage, make_optimiser, set_rates
from tests.finetune import tiny

GRADIENTS = (0.5, -2.0, 1e-3)


def steps_of(settings, gradients=GRADIENTS):
    """The values of one weight of the head, which begins at 1, after each step; all its gradients are given."""
    network = tiny.network()
    bias = network.head[1].bias
    torch.nn.init.ones_(bias)
    optimiser = make_optimiser(network, settings)
    values = []
    for step, gradient in enumerate(gradients):
        set_rates(optimiser, settings, step, len(gradients))
        bias.grad = torch.full_like(bias, gradient)
        optimiser.step()
        values.append(bias[0].item())
    return values


def test_adagrad_steps_as_keras_does_by_hand():
    settings = tiny.settings(optimiser="adagrad", rate=1e-2, schedule="by step", rate_decay=0.25)
    value, total, by_hand = 1.0, 0.1, []
    for step, gradient in enumerate(GRADIENTS):
        total += gradient**2
        value -= 1e-2 / (1 + 0.25 * step) * gradient / (math.sqrt(total) + 1e-7)
        by_hand.append(value)
    assert steps_of(settings) == pytest.approx(by_hand, abs=1e-7)


def test_adagrad_steps_as_keras_does():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    rate = keras.optimizers.schedules.InverseTimeDecay(1e-2, decay_steps=1, decay_rate=0.25)
    optimiser = keras.optimizers.Adagrad(rate, initial_accumulator_value=0.1, epsilon=1e-7)
    weight = keras.Variable(np.ones(1, np.float32))
    values = []
    for gradient in GRADIENTS:
        optimiser.apply([torch.full((1,), gradient)], [weight])
        values.append(float(weight.value[0]))
    settings = tiny.settings(optimiser="adagrad", rate=1e-2, schedule="by step", rate_decay=0.25)
    assert steps_of(settings) == pytest.approx(values, abs=1e-6)


def test_adamw_steps_as_its_paper_says():
    settings = tiny.settings(optimiser="adamw", rate=1e-2, schedule="cosine", weight_decay=0.1)
    value, first, second, by_hand = 1.0, 0.0, 0.0, []
    for step, gradient in enumerate(GRADIENTS):
        rate = 1e-2 * 0.5 * (1 + math.cos(math.pi * step / len(GRADIENTS)))
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        value -= rate * 0.1 * value
        value -= rate * (first / (1 - 0.9 ** (step + 1))) / (math.sqrt(second / (1 - 0.999 ** (step + 1))) + 1e-8)
        by_hand.append(value)
    assert steps_of(settings) == pytest.approx(by_hand, abs=1e-6)


def test_the_average_follows_the_weights_and_its_limit_is_them():
    network = tiny.network()
    average = MovingAverage(network, 0.9)
    name = "head.1.bias"
    torch.nn.init.ones_(network.head[1].bias)
    average.update(network, step=0)
    torch.testing.assert_close(average.values[name], torch.full((2,), 0.9))  # (1 + 0) / (10 + 0) of the old stays
    for step in range(1, 200):
        average.update(network, step)
    torch.testing.assert_close(average.values[name], torch.ones(2), atol=1e-6, rtol=0)


def test_without_an_average_the_last_weights_count():
    network = tiny.network()
    average = MovingAverage(network, 0.0)
    torch.nn.init.ones_(network.head[1].bias)
    average.update(network, step=0)
    assert torch.equal(average.values["head.1.bias"], torch.ones(2))
