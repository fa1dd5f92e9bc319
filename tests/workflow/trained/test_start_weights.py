import pytest

from featurize.encoders.weights import WeightsError
from finetune.training_settings import TrainingSettings
from workflow.trained.start_weights import start_weights


def test_a_documents_own_network_begins_with_drawn_weights():
    files, words = start_weights(TrainingSettings("idc_cnn", 48), None, offline=True)
    assert files == ()
    assert "random weights of seed 13" in words


def test_random_weights_are_no_file():
    files, words = start_weights(TrainingSettings("squeezenet1_1", 64), "random", offline=True)
    assert files == ()
    assert "random" in words


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(WeightsError):
        start_weights(TrainingSettings("squeezenet1_1", 64), str(tmp_path / "none"), offline=True)


def test_each_network_of_a_pair_gets_its_own_file():
    with pytest.raises(WeightsError):
        start_weights(TrainingSettings("keras_vgg16+keras_resnet50", 64), None, offline=True)
