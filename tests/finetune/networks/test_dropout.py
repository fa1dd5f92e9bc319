import pytest
import torch
from torch import nn

from finetune.networks.build import build_classifier
from finetune.networks.dropout import THEIR_DROPOUT, SeededDropout, drawing_from, without_dropout
from finetune.networks.idc_networks import idc_initial
from tests.finetune import tiny


def masked(*numbers, layer=None):
    """Ones after dropout that draws from these numbers."""
    layer = layer or SeededDropout(0.5)
    with drawing_from(layer, "cpu", *numbers):
        return layer(torch.ones(64))


def test_the_same_numbers_give_the_same_mask_and_others_another():
    assert torch.equal(masked(1, 2, 3), masked(1, 2, 3))
    assert not torch.equal(masked(1, 2, 3), masked(1, 2, 4))


def test_layers_of_a_network_draw_different_masks():
    first, second = SeededDropout(0.5), SeededDropout(0.5)
    with drawing_from(nn.Sequential(first, second), "cpu", 1):
        assert not torch.equal(first(torch.ones(64)), second(torch.ones(64)))


def test_the_expectation_stays():
    layer = SeededDropout(0.25)
    with drawing_from(layer, "cpu", 0):
        values = layer(torch.ones(100_000))
    assert values.unique().tolist() == pytest.approx([0, 4 / 3])
    assert values.mean() == pytest.approx(1, abs=0.01)


def test_in_use_nothing_is_dropped():
    assert torch.equal(masked(1, layer=SeededDropout(0.5).eval()), torch.ones(64))


def test_the_draws_of_the_process_are_untouched():
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    masked(1, 2, 3)
    assert torch.equal(torch.rand(4), expected)


def test_no_mask_without_a_generator():
    with pytest.raises(RuntimeError, match="drawing_from"):
        SeededDropout(0.5)(torch.ones(4))


def test_heads_and_networks_of_documents_use_it():
    of_document = idc_initial(2)
    of_encoder = build_classifier(tiny.settings(network="squeezenet1_1", input=32, dropout=0.2), 2)
    for network in (of_document, of_encoder.head):
        assert any(isinstance(module, SeededDropout) for module in network.modules())
        assert not any(isinstance(module, THEIR_DROPOUT) for module in network.modules())


@pytest.mark.parametrize("name", ["squeezenet1_1", "timm:test_vit", "timm:test_efficientnet"])
def test_a_librarys_network_draws_nothing_in_training(name):
    network = build_classifier(tiny.settings(network=name, input=160), 2)
    network.train()
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    network.body(torch.zeros(2, 3, 160, 160))
    assert torch.equal(torch.rand(4), expected)


def test_what_a_library_would_drop_is_switched_off():
    body = without_dropout(nn.Sequential(nn.Dropout(0.5), nn.Dropout2d(0.5), nn.Linear(1, 1)))
    assert [body[0].p, body[1].p] == [0.0, 0.0]
