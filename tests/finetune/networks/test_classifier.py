import pytest
import torch

from finetune.networks.build import build_classifier
from finetune.networks.idc_networks import separable
from finetune.training_settings import TrainingSettings
from tests.finetune import tiny


def trained(network):
    return {name for name, parameter in network.named_parameters() if parameter.requires_grad}


def test_the_head_alone_is_trained_first_and_then_the_upper_layers():
    network = tiny.network(pretrained=True)
    settings = tiny.settings(head_epochs=2, upper_rate=0.1, trained_share=0.34, frozen_norms=True)
    network.set_trained(settings, epoch=1)
    assert trained(network) == {"head.1.weight", "head.1.bias"}
    network.set_trained(settings, epoch=2)
    assert trained(network) == {
        "head.1.weight",
        "head.1.bias",
        "body.3.weight",
        "body.3.bias",
        "body.1.weight",
        "body.1.bias",
    }
    assert not network.body[1].training


def test_a_network_that_knows_nothing_is_trained_as_a_whole_from_the_start():
    network = tiny.network(pretrained=False)
    network.set_trained(tiny.settings(head_epochs=2, trained_share=0.3), epoch=0)
    assert trained(network) == {name for name, _ in network.named_parameters()}
    assert network.body[1].training


def test_rates_fall_from_layer_to_layer():
    network = tiny.network(pretrained=True)
    groups = list(network.parameter_groups(tiny.settings(rate=1e-2, upper_rate=1e-3, layer_decay=0.5)))
    assert [group["lr"] for group in groups] == pytest.approx([1e-2, 1e-3, 5e-4, 2.5e-4])
    counted = sum(len(group["params"]) for group in groups)
    assert counted == len(list(network.parameters()))


def test_pixels_are_normalised_as_the_network_wants_them():
    network = tiny.network()
    pixels = torch.randint(0, 256, (2, 16, 16, 3), dtype=torch.uint8)
    by_hand = (pixels.permute(0, 3, 1, 2) / 255 - 0.5) / 0.5
    network.eval()
    torch.testing.assert_close(network(pixels), network.head(network.body(by_hand)))


def test_a_separable_layer_has_one_bias_a_channel():
    parameters = sum(part.numel() for layer in separable(3, 8) for part in layer.parameters())
    assert parameters == 3 * 9 + 3 * 8 + 8


def test_first_weights_are_those_of_the_seed():
    settings = TrainingSettings("idc_cnn", 48)
    same, again = (build_classifier(settings, 2).state_dict() for _ in range(2))
    assert all(torch.equal(same[name], again[name]) for name in same)


def test_an_encoder_gets_a_head_for_its_width():
    network = build_classifier(TrainingSettings("squeezenet1_1", 32), 5)
    assert network.head[1].weight.shape == (5, 512)
    assert not network.pretrained
