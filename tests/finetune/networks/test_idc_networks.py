import torch

from finetune.networks.counting import keras_count, layer_rows, torch_count
from finetune.networks.idc_networks import idc_cnn, idc_initial


def test_parameters_are_those_of_the_document():
    assert keras_count(idc_initial(2)) == 1_235_133
    assert keras_count(idc_cnn(2)) == 2_755_682


def test_layers_hold_all_parameters():
    for network in (idc_initial(2), idc_cnn(2)):
        assert sum(row.parameters for row in layer_rows(network)) == torch_count(network)


def test_they_answer_for_any_number_of_classes():
    pixels = torch.zeros(2, 3, 48, 48)
    assert idc_initial(3).eval()(pixels).shape == (2, 3)
    assert idc_cnn(9)(pixels).shape == (2, 9)
