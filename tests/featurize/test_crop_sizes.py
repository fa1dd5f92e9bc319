"""Laws of what a pixel is to a network: told where it differs from training, and never guessed."""

from dataclasses import replace

import pytest

from featurize.crop_sizes import interpolation_of, read_by, resolution_at, size_notices
from featurize.encoders.registry import ENCODERS
from featurize.protocol import Protocol, ProtocolError, whole_image
from imaging.read import ImageInfo

NAME = "vit_small_patch16_224"
VIT = Protocol(NAME, "", crop=224, scale=1.0, crops=1, views=1, tokens="cls", input=224)


@pytest.fixture
def trained(monkeypatch):
    """Let the ViT be trained at these microns per pixel."""

    def at(*mpp):
        monkeypatch.setitem(ENCODERS, NAME, replace(ENCODERS[NAME], mpp=mpp))

    return at


def images(*mpp):
    return [ImageInfo("", 500, 500, "", "", each) for each in mpp]


def kinds(protocols, files, mpp=None):
    return [notice.kind for notice in size_notices(protocols, files, mpp)]


def test_the_resolution_at_the_network_follows_scale_and_resizing():
    assert resolution_at(VIT, 0.5) == 0.5
    assert resolution_at(replace(VIT, scale=0.5), 0.5) == 1.0
    assert resolution_at(replace(VIT, crop=448), 0.5) == 1.0
    assert resolution_at(replace(VIT, crop=448, input=0), 0.5) == 0.5


@pytest.mark.parametrize(("mpp", "is_told"), [(0.5, False), (0.41, False), (0.62, False), (0.38, True), (0.65, True)])
def test_a_resolution_is_told_where_it_is_off_by_more_than_a_quarter(trained, mpp, is_told):
    trained(0.5)
    expected = ["resolution-unlike-training"] if is_told else []
    assert kinds([VIT], images(0.0, 0.0), mpp) == expected
    assert kinds([VIT], images(mpp, mpp)) == expected
    trained(0.25, 0.5, 1.0)
    assert kinds([VIT], images(1.0, 0.26, 0.5)) == []


def test_the_notice_says_which_scale_would_do(trained):
    trained(0.5)
    (notice,) = size_notices([replace(VIT, scale=0.5)], images(0.5, 0.5), None)
    assert "2 images (0.5 microns per pixel by their files)" in notice
    assert "at 1 microns per pixel, and it was trained at 0.5; scale 1 would be 0.5" in notice


def test_what_nobody_says_is_not_guessed(trained):
    trained(0.5)
    assert kinds([VIT], images(0.5, 0.0, None)) == ["resolution-unknown"]
    trained()
    assert kinds([VIT], images(0.5, 0.0, None)) == []


def test_files_that_say_otherwise_than_was_given_are_told_whatever_the_network():
    assert kinds([Protocol("vgg16", "")], images(0.25, 0.0), 0.5) == ["resolutions-disagree"]
    assert kinds([Protocol("vgg16", "")], images(0.45, 0.0), 0.5) == []


@pytest.mark.parametrize("mpp", [0, -1, 1e9, float("nan")])
def test_an_mpp_that_is_none_is_refused(mpp):
    with pytest.raises(ProtocolError, match="microns per pixel must be"):
        size_notices([], [], mpp)


@pytest.mark.parametrize(("crop", "is_told"), [(224, False), (112, False), (111, True), (32, True), (500, False)])
def test_crops_that_are_enlarged_more_than_twice_are_told(crop, is_told):
    assert kinds([replace(VIT, crop=crop)], images(0.0)) == (["crops-enlarged"] if is_told else [])
    assert kinds([whole_image("vgg16", crop, "", "float32")], images(0.0)) == []


def test_what_becomes_of_crops_follows_from_the_network():
    assert read_by(ENCODERS[NAME]) == {"tokens": "cls", "input": 224, "interpolation": ENCODERS[NAME].interpolation}
    for name in ("resnet50", "vgg16", "squeezenet1_1"):
        changed = replace(ENCODERS[name], interpolation="bilinear")
        assert read_by(changed) == {"tokens": "map", "input": 0, "interpolation": interpolation_of(changed)}
        assert interpolation_of(changed) == Protocol.interpolation
