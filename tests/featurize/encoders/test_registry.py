"""The registry tells the truth."""

import pytest
from numpy.testing import assert_allclose
from torchvision import models

from featurize.encoders.registry import ENCODERS, find_encoder
from featurize.protocol import ProtocolError
from tests.featurize.random_networks import TORCHVISION


@pytest.mark.parametrize("name", TORCHVISION)
def test_the_registry_agrees_with_torchvision(name):
    encoder = find_encoder(name)
    published = models.get_weight(encoder.weights).transforms()
    assert encoder.name == name and encoder.licence and encoder.paper
    assert_allclose(encoder.mean, published.mean, atol=1e-5)
    assert_allclose(encoder.std, published.std, atol=1e-5)


def test_the_papers_networks_have_the_papers_widths():
    assert {name: encoder.dim for name, encoder in ENCODERS.items() if name in TORCHVISION} == {
        "resnet50": 2048, "inception_v3": 2048, "vgg16": 128 + 256 + 512 + 512, "squeezenet1_1": 512}  # fmt: skip
    assert ENCODERS["vgg16"].weights.endswith("IMAGENET1K_FEATURES")


def test_an_unknown_encoder_names_the_known_ones():
    with pytest.raises(ProtocolError, match=r"resnet500.*resnet50.*vgg16"):
        find_encoder("resnet500")
