import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from featurize.encoders.registry import find_encoder
from featurize.encoders.weights import load_network
from finetune.networks.bodies import PooledMap
from finetune.networks.build import build_classifier, encoders_of
from finetune.training_settings import TrainingError, TrainingSettings


@pytest.fixture(scope="module")
def squeezenet():
    return load_network(find_encoder("squeezenet1_1"), None)


def settings(network="squeezenet1_1", **changes):
    return TrainingSettings(network, 32, **changes)


def pixels(count=2, side=40):
    return torch.randint(0, 256, (count, side, side, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def test_the_average_of_the_last_map_is_what_the_encoder_gives_and_the_maximum_is_above_it(squeezenet):
    encoder = find_encoder("squeezenet1_1")
    x = torch.rand(2, 3, 64, 64)
    average = PooledMap(squeezenet, encoder, "average")(x)
    torch.testing.assert_close(average, squeezenet(x))
    assert (PooledMap(squeezenet, encoder, "maximum")(x) >= average).all()


def test_vgg16_ends_in_maxima_as_that_of_keras_does():
    encoder = find_encoder("keras_vgg16")
    network = load_network(encoder, None)
    x = torch.rand(1, 3, 32, 32)
    last = network.maps(x)[-1]  # (1, 512, 2, 2)
    torch.testing.assert_close(PooledMap(network, encoder, "average")(x), last.amax(dim=(2, 3)))


def test_a_pair_gives_what_both_give_each_with_its_own_pixels():
    pair = build_classifier(settings("squeezenet1_1+vgg16", pooling="average"), 2).eval()
    single = [build_classifier(settings(name, pooling="average"), 2).eval() for name in ("squeezenet1_1", "vgg16")]
    by_hand = torch.cat([network.features(pixels()) for network in single], dim=1)
    largest = float(by_hand.abs().max())
    torch.testing.assert_close(pair.features(pixels()) / largest, by_hand / largest, rtol=0, atol=1e-5)
    assert by_hand.shape == (2, 512 + 512)
    assert [encoder.name for encoder in encoders_of(settings("squeezenet1_1+vgg16"))] == ["squeezenet1_1", "vgg16"]


def test_tokens_cannot_be_pooled():
    with pytest.raises(TrainingError, match="tokens"):
        build_classifier(TrainingSettings("vit_small_patch16_224", 224, pooling="maximum"), 2)


def test_one_output_answers_for_two_classes_as_a_sigmoid_does():
    network = build_classifier(settings(head="sigmoid"), 2).eval()
    z = network.head[1](network.features(pixels()))[:, 0]
    logits = network(pixels())
    targets = torch.tensor([0, 1])
    torch.testing.assert_close(logits.softmax(dim=1)[:, 1], z.sigmoid())
    torch.testing.assert_close(cross_entropy(logits, targets), binary_cross_entropy_with_logits(z, targets.float()))
    assert network.head[1].weight.shape == (1, 512)


def test_one_output_cannot_answer_for_three_classes():
    with pytest.raises(TrainingError, match="two classes"):
        build_classifier(settings(head="sigmoid"), 3)


def test_a_stage_that_a_network_lacks_is_told(squeezenet):
    network = build_classifier(settings(frozen_to="layer3", upper_rate=0.1), 2)
    network.pretrained = True
    with pytest.raises(TrainingError, match="layer3"):
        network.trained_layers(settings(frozen_to="layer3", upper_rate=0.1))


def test_layers_above_a_stage_are_trained():
    asked = settings(frozen_to="features.11", upper_rate=0.1)
    network = build_classifier(asked, 2)
    network.pretrained = True
    network.set_trained(asked, epoch=0)
    for name, parameter in network.body.named_parameters():
        assert parameter.requires_grad == name.startswith("features.12")
