import json

import pytest

from finetune.training_settings import TrainingError, TrainingSettings


def test_settings_come_back_from_their_text():
    settings = TrainingSettings("idc_cnn", 48, optimiser="adagrad", rate_decay=0.1)
    assert TrainingSettings.from_json(settings.to_json()) == settings


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": 0}, {"epochs": 2.5}, {"epochs": True}, {"rate": float("nan")}, {"rate": -1.0}, {"batch": 10**9},
        {"optimiser": "sgd"}, {"symmetries": 3}, {"validation": 0.0}, {"input": 10**6}, {"seed": -1}, {"rate": "1"},
        {"drop_last": 1}, {"frozen_to": None}, {"head": "sigma"}, {"pooling": "min"}, {"stair_epochs": 0},
        {"network": 3}, {"averaging": "votes"},
    ],
)  # fmt: skip
def test_values_without_sense_are_refused(changes):
    with pytest.raises(TrainingError):
        TrainingSettings(**({"network": "idc_cnn", "input": 48} | changes))


@pytest.mark.parametrize(
    "text", ["", "[]", "1", '{"network": "a"}', "[" * 100_000, '{"network": "a", "input": 48, "x": 1}']
)
def test_a_text_that_holds_no_settings_is_refused(text):
    with pytest.raises(TrainingError):
        TrainingSettings.from_json(text)


def test_every_changed_setting_is_another_training():
    settings = TrainingSettings("idc_cnn", 48)
    changed = {"input": 50, "stain": "none", "epochs": 3, "rate": 0.5, "seed": 1, "class_weights": "none"}
    keys = {settings.key}
    for name, value in changed.items():
        keys.add(TrainingSettings(**(json.loads(settings.to_json()) | {name: value})).key)
    assert len(keys) == len(changed) + 1
