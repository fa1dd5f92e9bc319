import pytest

from finetune.training_settings import TrainingError, TrainingSettings
from tests.finetune import tiny
from workflow.trained.asked_settings import fitting, require_answers


def test_a_network_of_one_size_gets_its_size_unless_another_was_asked_for():
    of_document = TrainingSettings("idc_cnn", 224)
    assert fitting(of_document, is_input_asked=False).input == 48
    with pytest.raises(TrainingError, match="48 pixels a side alone; got 224"):
        fitting(of_document, is_input_asked=True)
    transformer = TrainingSettings("timm:vit_tiny_patch16_224", 96)
    assert fitting(transformer, is_input_asked=False).input in (96, 224)


def test_a_network_of_any_size_keeps_what_is_large_enough():
    assert fitting(TrainingSettings("squeezenet1_1", 64), is_input_asked=False).input == 64
    with pytest.raises(TrainingError, match="larger input"):
        fitting(TrainingSettings("inception_v3", 32), is_input_asked=True)


def test_what_cannot_answer_is_said_before_any_work():
    settings = tiny.settings(network="tiny")
    require_answers(tiny.network(), settings)
    with pytest.raises(TrainingError, match="does not take images of 2 pixels"):
        require_answers(tiny.network(), type("S", (), {"input": 2, "network": "tiny"}))
