import math
import os

import numpy as np
import pytest
import torch

from finetune.optimisation import MovingAverage, make_optimiser, rate_factor, set_rates
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
        values.append(float(weight.value[0].detach()))
    settings = tiny.settings(optimiser="adagrad", rate=1e-2, schedule="by step", rate_decay=0.25)
    assert steps_of(settings) == pytest.approx(values, abs=1e-6)


def test_adam_steps_as_pytorch_has_it_with_l2_and_stairs_by_hand():
    changes = {"rate": 1e-2, "weight_decay": 0.1, "schedule": "stairs", "stair_epochs": 1, "stair_factor": 0.75}
    settings = tiny.settings(optimiser="adam", epochs=3, **changes)
    value, first, second, by_hand = 1.0, 0.0, 0.0, []
    for step, gradient in enumerate(GRADIENTS):
        gradient += 0.1 * value
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        rate = 1e-2 * 0.75**step
        value -= rate * (first / (1 - 0.9 ** (step + 1))) / (math.sqrt(second / (1 - 0.999 ** (step + 1))) + 1e-8)
        by_hand.append(value)
    assert steps_of(settings) == pytest.approx(by_hand, abs=1e-6)


SMALL = (1e-5, -3e-6, 2e-6)  # gradients for which epsilon counts


@pytest.mark.parametrize("gradients", [GRADIENTS, SMALL])
def test_adam_of_keras_by_hand(gradients):
    settings = tiny.settings(optimiser="keras_adam", rate=1e-2, schedule="by step", rate_decay=0.25)
    value, first, second, by_hand = 1.0, 0.0, 0.0, []
    for step, gradient in enumerate(gradients):
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        rate = 1e-2 / (1 + 0.25 * step) * math.sqrt(1 - 0.999 ** (step + 1)) / (1 - 0.9 ** (step + 1))
        value -= rate * first / (math.sqrt(second) + 1e-7)
        by_hand.append(value)
    assert steps_of(settings, gradients) == pytest.approx(by_hand, abs=1e-6)
    assert steps_of(settings, gradients) == pytest.approx(KERAS_GAVE[gradients], abs=1e-6)


KERAS_GAVE = {  # what Keras 3 answered, where it is not installed
    GRADIENTS: (0.9900001, 0.9944761, 0.9973573),
    SMALL: (0.9924026, 0.9897758, 0.9874892),
}


@pytest.mark.parametrize("gradients", KERAS_GAVE)
def test_adam_steps_as_keras_does(gradients):
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    rate = keras.optimizers.schedules.InverseTimeDecay(1e-2, decay_steps=1, decay_rate=0.25)
    optimiser = keras.optimizers.Adam(rate, epsilon=1e-7)
    weight = keras.Variable(np.ones(1, np.float32))
    values = []
    for gradient in gradients:
        optimiser.apply([torch.full((1,), gradient)], [weight])
        values.append(float(weight.value[0].detach()))
    assert KERAS_GAVE[gradients] == pytest.approx(values, abs=1e-6)


def test_stairs_go_down_after_whole_epochs_as_those_of_pytorch():
    settings = tiny.settings(epochs=12, schedule="stairs", stair_epochs=5, stair_factor=0.75, optimiser="adam")
    weight = torch.nn.Parameter(torch.ones(1))
    theirs = torch.optim.SGD([weight], lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(theirs, 5, 0.75)
    steps_an_epoch = 7
    for epoch in range(12):
        for step in (0, steps_an_epoch - 1):
            factor = rate_factor(settings, epoch * steps_an_epoch + step, 12 * steps_an_epoch)
            assert factor == pytest.approx(theirs.param_groups[0]["lr"])
        theirs.step()
        schedule.step()


def test_a_constant_rate_is_a_decay_of_nothing():
    settings = tiny.settings(schedule="by step", rate_decay=0.0)
    assert [rate_factor(settings, step, 10) for step in range(10)] == [1.0] * 10


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
