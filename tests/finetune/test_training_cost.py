from dataclasses import replace

import pytest
import torch

from finetune.training_cost import StepCost, cost_of_training, measure_step, saved_bytes
from tests.finetune import tiny

STEP = StepCost(training=0.2, answering=0.1, altering=0.4, bytes_shared=1000, bytes_each=10)


def settings(**changes):
    return tiny.settings(**({"epochs": 3, "batch": 4, "validation": 0.25, "symmetries": 4, "input": 16} | changes))


def test_a_training_with_a_test_apart_is_counted_by_hand():
    cost = cost_of_training(STEP, settings(), training=80, test=10, folds=0, workers=4)
    an_epoch = 60 * 0.2 + 20 * 0.1
    assert cost.epoch_seconds == pytest.approx(an_epoch)
    assert cost.seconds == pytest.approx(3 * an_epoch + 10 * 4 * 0.1)
    assert cost.memory == 1000 + 4 * 10
    assert cost.disk == 90 * 3 * 16**2


def test_folds_train_on_the_others_and_hold_out_every_image_once():
    cost = cost_of_training(STEP, settings(validation=0.0), training=100, test=0, folds=5, workers=4)
    assert cost.epoch_seconds == pytest.approx(80 * 0.2)
    assert cost.seconds == pytest.approx(5 * 3 * 16 + 100 * 4 * 0.1)


def test_what_alters_too_slowly_decides():
    slow = cost_of_training(STEP, settings(validation=0.0), 100, 10, 0, workers=1)
    assert slow.epoch_seconds == pytest.approx(100 * 0.4)


def test_selecting_on_the_test_takes_every_training_image():
    cost = cost_of_training(STEP, settings(select_on="test"), 80, 10, 0, workers=4)
    assert cost.epoch_seconds == pytest.approx(80 * 0.2 + 10 * 0.1)


def test_a_few_steps_are_measured_with_dropout_and_batch_norm():
    network = tiny.network(dropout=0.5)
    step = measure_step(network, settings(optimiser="adam"), "cpu", seconds=0.05)
    assert min(step.training, step.answering, step.altering) > 0
    more = measure_step(tiny.network(dropout=0.5), settings(optimiser="adagrad"), "cpu", seconds=0.05)
    assert step.bytes_shared > more.bytes_shared  # Adam keeps two moments, Adagrad one sum


def test_what_a_step_keeps_grows_with_the_batch_and_frozen_layers_keep_less():
    pixels = torch.zeros(4, 16, 16, 3, dtype=torch.uint8)
    network = tiny.network(pretrained=True)
    all_layers = replace(settings(), upper_rate=0.1)
    network.set_trained(all_layers, 0)
    kept = saved_bytes(network, pixels, all_layers, "cpu")
    assert kept > 1.8 * saved_bytes(network, pixels[:2], all_layers, "cpu")
    head = replace(settings(), upper_rate=0.0)
    network.set_trained(head, 0)
    assert saved_bytes(network, pixels, head, "cpu") < kept / 4
