"""Weights are known by their content, never by their name alone."""

from hashlib import sha256

import pytest
from torchvision import models

from featurize.encoders import provenance as module
from featurize.encoders.files.weights_error import WeightsError
from featurize.encoders.provenance import UNKNOWN, provenance
from featurize.encoders.registry import ENCODERS
from featurize.encoders.sources.published_file import published_file
from tests.featurize.random_networks import TORCHVISION


@pytest.fixture
def content(monkeypatch):
    """Pretend that every file has this SHA-256."""

    def pretend(start):
        monkeypatch.setattr(module, "sha256_of", lambda path: start + 56 * "0")

    return pretend


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.pth"
    path.write_bytes(b"weights")
    return path


@pytest.mark.parametrize("encoder", [ENCODERS[name] for name in TORCHVISION], ids=str)
def test_the_published_file_is_known_whatever_its_name(encoder, file, content):
    content(published_file(encoder).removesuffix(".pth").rsplit("-", 1)[1])
    found = provenance(encoder, file)
    assert (found.weights, found.licence, found.file) == (encoder.weights, encoder.licence, "mine.pth")


@pytest.mark.parametrize("encoder", [ENCODERS[name] for name in TORCHVISION], ids=str)
def test_the_facts_about_pixels_are_those_of_the_published_weights(encoder):
    wanted = models.get_weight(encoder.weights).transforms()
    assert tuple(wanted.mean) == pytest.approx(encoder.mean) and tuple(wanted.std) == pytest.approx(encoder.std)


def test_other_content_is_recorded_as_unknown(file):
    found = provenance(ENCODERS["resnet50"], file)
    assert found.weights == found.licence == UNKNOWN
    assert found.sha256 == sha256(b"weights").hexdigest()


def test_a_published_name_with_other_content_is_refused(tmp_path):
    encoder = ENCODERS["resnet50"]
    path = tmp_path / published_file(encoder)
    path.write_bytes(b"weights")
    with pytest.raises(WeightsError, match=r"its SHA-256 begins with .* not 0676ba61"):
        provenance(encoder, path)


def test_published_weights_for_other_pixels_are_refused_under_any_name(file, content):
    content("397923af")  # VGG-16 as torchvision trained it: another mean and deviation than the original
    with pytest.raises(WeightsError, match="wants other pixels"):
        provenance(ENCODERS["vgg16"], file)


def test_other_published_weights_for_the_same_pixels_are_named(file, content):
    content("11ad3fa6")
    found = provenance(ENCODERS["resnet50"], file)
    assert found.weights == "ResNet50_Weights.IMAGENET1K_V2" and found.licence == UNKNOWN
