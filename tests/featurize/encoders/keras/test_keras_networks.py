"""Our networks of Keras' applications say what Keras itself said of the same pixels with the same weights.

Its answers were written down by `python -m benchmarks.keras_oracle --write`, so that no test needs Keras.
"""

import json
from functools import cache

import pytest
import torch
from numpy.testing import assert_allclose

from benchmarks.keras_oracle import ANSWERS, CLOSE, KEPT, drawn_pixels, our_features, our_network
from featurize.encoders.inference import fold
from featurize.encoders.keras.keras_network import KerasNetwork
from featurize.encoders.keras.keras_networks import KERAS_BUILDERS
from featurize.encoders.keras.nasnet_mobile import Halved
from featurize.encoders.keras.resnet50 import Bottleneck
from featurize.encoders.keras.xception import Xception
from featurize.encoders.known.keras_applications import KERAS, keras_name
from featurize.encoders.registry import find_encoder

WITH_STATISTICS = {  # parameters that Keras counts, moving means and variances with them, no classifier
    "resnet50": 23_587_712, "inception_v3": 21_802_784, "vgg16": 14_714_688, "xception": 20_861_480,
    "nasnet_mobile": 4_269_716,
}  # fmt: skip
GAMMAS = 17_216  # of InceptionV3 here, where they are ones; Keras has none

network_of = cache(our_network)


@pytest.mark.parametrize("name", KERAS_BUILDERS)
def test_features_are_those_of_keras(name):
    answers = json.loads(ANSWERS.read_text())[name]
    ours = our_features(name, network_of(name))
    assert len(ours) == find_encoder(keras_name(name)).dim
    assert_allclose(ours[:: len(ours) // KEPT], answers["features"], rtol=0, atol=CLOSE * answers["largest"])
    assert_allclose(abs(ours).max(), answers["largest"], rtol=CLOSE)


@pytest.mark.parametrize("name", KERAS_BUILDERS)
def test_parameters_are_as_many_as_those_of_keras(name):
    network, encoder = network_of(name), find_encoder(keras_name(name))
    parameters = sum(parameter.numel() for parameter in network.parameters())
    statistics = sum(value.numel() for key, value in network.named_buffers() if "running" in key)
    gammas = GAMMAS if name == "inception_v3" else 0
    assert parameters == encoder.parameters
    assert parameters + statistics - gammas == WITH_STATISTICS[name]


@pytest.mark.parametrize("name", KERAS_BUILDERS)
def test_batch_norm_learns_its_statistics_as_in_keras(name):
    """Keras' momentum is 1 less PyTorch's: .99, and .9997 in NASNet."""
    norms = [layer for layer in network_of(name).modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    wanted = 0.9997 if name == "nasnet_mobile" else 0.99
    assert {1 - norm.momentum for norm in norms} <= {wanted}


def test_of_13_by_13_cells_of_resnet50_the_top_left_49_count():
    network = network_of("resnet50")
    cells = torch.randn(1, 2048, 13, 13)
    network.maps, maps = lambda x: [cells], network.maps
    try:
        features = network(torch.zeros(1, 3, 400, 400))
    finally:
        network.maps = maps
    windows = torch.nn.AvgPool2d(7)(cells)  # as Keras 2.1 has it before the top
    assert windows.shape[2:] == (1, 1)
    assert_allclose(features, windows[:, :, 0, 0], atol=1e-6)
    assert_allclose(features, cells[:, :, :7, :7].mean(dim=(2, 3)), atol=1e-6)


@pytest.mark.parametrize(("pixels", "cells"), [(197, 7), (196, 6), (400, 13), (650, 21)])
def test_of_400_pixels_resnet50_makes_13_by_13_cells(pixels, cells):
    network = network_of("resnet50")
    row = torch.zeros(1, 3, pixels, 12)
    for layer in (network.conv1, network.pool1):
        row = layer(row)
    for name in ("res3a", "res4a", "res5a"):
        halving = network.blocks.get_submodule(name).shortcut[0]
        row = halving(torch.zeros(1, halving.in_channels, row.shape[2], 1))
    assert row.shape[2] == cells


@pytest.mark.parametrize(
    "part", [lambda: Bottleneck("2a", 8, 4, stride=2), lambda: Xception().block1, lambda: Halved("0", 8, 6)]
)
def test_folded_layers_say_the_same(part):
    """No batch norm stands behind a convolution that is not before it."""
    network = KerasNetwork()
    network.part = part().eval()
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
    x = torch.randn(1, next(network.parameters()).shape[1], 9, 8)
    with torch.inference_mode():
        plain = network.part(x)
        assert_allclose(fold(network).part(x), plain, atol=1e-4)


def test_blue_comes_first_where_the_weights_come_from_caffe():
    """Less the mean of each channel, as numbers of 255, and in the order blue, green, red."""
    for encoder in KERAS:
        is_caffe = encoder.built_as in ("resnet50", "vgg16")
        assert encoder.mean == pytest.approx((123.68 / 255, 116.779 / 255, 103.939 / 255) if is_caffe else (0.5,) * 3)
        assert encoder.std == pytest.approx((1 / 255,) * 3 if is_caffe else (0.5,) * 3)
    network, seen = network_of("vgg16"), []
    hook = network.blocks["block1"].register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    pixels = torch.from_numpy(drawn_pixels("vgg16")).permute(0, 3, 1, 2)
    with torch.inference_mode():
        network.maps(pixels)
    hook.remove()
    assert_allclose(seen[0], pixels.flip(1))


def test_names_of_networks_lead_to_keras():
    assert keras_name("inception_v3") == "keras_inception_v3" == keras_name("keras_inception_v3")
    assert keras_name("squeezenet1_1") == "squeezenet1_1"
