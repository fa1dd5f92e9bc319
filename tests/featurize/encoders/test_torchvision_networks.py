"""Laws of the networks: features are those of torchvision's own networks, whatever company a crop has."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torchvision import models

from featurize.encoders.network import FromPixels
from featurize.encoders.registry import find_encoder
from featurize.encoders.threads import one_thread
from featurize.encoders.torchvision_networks import BUILDERS
from featurize.encoders.weights import load_network
from tests.featurize.random_networks import TORCHVISION, random_network

CPU = torch.device("cpu")


@torch.inference_mode()
def encode(network, encoder, given, device):
    """Features as the plain network gives them."""
    pixels = torch.from_numpy(given).to(device)
    return FromPixels(network, encoder, as_maps=False).to(device)(pixels).cpu().numpy()


def crops(count, side, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", TORCHVISION)
def test_the_smallest_crop_has_finite_features_of_the_promised_width(name):
    encoder = find_encoder(name)
    features = encode(random_network(name), encoder, crops(2, encoder.smallest), CPU)
    assert features.shape == (2, encoder.dim) and features.dtype == np.float32
    assert np.isfinite(features).all()
    if encoder.smallest > 1:
        with pytest.raises(RuntimeError):
            encode(random_network(name), encoder, crops(2, encoder.smallest - 1), CPU)


@pytest.mark.parametrize("name", TORCHVISION)
def test_features_do_not_depend_on_the_batch(name):
    given = crops(3, 80)
    together = encode(random_network(name), find_encoder(name), given, CPU)
    alone = np.concatenate([encode(random_network(name), find_encoder(name), crop[None], CPU) for crop in given])
    shifted = encode(random_network(name), find_encoder(name), given[1:], CPU)
    scale = np.abs(together).max(axis=1, keepdims=True)
    assert_allclose(alone / scale, together / scale, atol=1e-4)
    assert_allclose(shifted / scale[1:], together[1:] / scale[1:], atol=1e-4)


@pytest.mark.parametrize("name", TORCHVISION)
def test_features_tell_images_apart_and_stay_sane(name):
    features = encode(
        random_network(name), find_encoder(name), crops(3, 96) // np.array([1, 2, 4])[:, None, None, None], CPU
    )
    assert 1e-3 < np.abs(features).max() < 1e4
    assert (features != 0).mean() > 0.05
    assert np.abs(features[0] - features[2]).max() > 1e-3


def test_vgg_is_read_after_the_last_relu_of_blocks_two_to_five():
    with torch.device("meta"):  # its classifier, which is not looked at, takes half a gigabyte
        full = models.vgg16(weights=None, init_weights=False).eval()
    full.load_state_dict(random_network("vgg16").state_dict(), strict=False, assign=True)
    poolings = [index for index, layer in enumerate(full.features) if isinstance(layer, torch.nn.MaxPool2d)]
    seen = []
    for index in poolings[1:]:  # what a block's pooling is given is the output of its last ReLU
        full.features[index].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].clone()))
    given = crops(1, 64)
    encoder = find_encoder("vgg16")
    pixels = torch.from_numpy(given).permute(0, 3, 1, 2) / 255
    with torch.inference_mode():
        full.features((pixels - torch.tensor(encoder.mean).view(3, 1, 1)) / torch.tensor(encoder.std).view(3, 1, 1))
    expected = torch.cat([block.mean(dim=(2, 3)) for block in seen], dim=1).numpy()
    found = encode(random_network("vgg16"), encoder, given, CPU)
    assert (found >= 0).all()
    assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * expected.max())


def test_squeezenet_is_the_average_of_its_last_feature_map():
    full = models.squeezenet1_1(weights=None).eval()
    full.load_state_dict(random_network("squeezenet1_1").state_dict(), strict=False)
    given = crops(1, 64)
    pixels = torch.from_numpy(given).permute(0, 3, 1, 2) / 255
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.inference_mode():
        expected = full.features((pixels - mean) / std).mean(dim=(2, 3)).numpy()
    found = encode(random_network("squeezenet1_1"), find_encoder("squeezenet1_1"), given, CPU)
    assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * expected.max())


def test_every_encoder_can_be_built():
    assert list(BUILDERS) == TORCHVISION


def test_the_number_of_threads_is_given_back():
    before = torch.get_num_threads()
    with pytest.raises(ZeroDivisionError), one_thread():
        assert torch.get_num_threads() == 1
        _ = 1 / 0
    assert torch.get_num_threads() == before


def test_encoding_leaves_the_pixels_alone():
    given = crops(2, 64)
    kept = given.copy()
    encode(random_network("squeezenet1_1"), find_encoder("squeezenet1_1"), given, CPU)
    assert_array_equal(given, kept)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("name", TORCHVISION)
def test_a_gpu_gives_the_same_features_whatever_the_batch(name, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    given = crops(3, 80)
    on_cpu = encode(random_network(name), find_encoder(name), given, CPU)
    gpu = torch.device("cuda")
    moved = load_network(find_encoder(name), None).to(gpu)
    together = encode(moved, find_encoder(name), given, gpu)
    alone = np.concatenate([encode(moved, find_encoder(name), crop[None], gpu) for crop in given])
    scale = np.abs(on_cpu).max(axis=1, keepdims=True)
    assert_allclose(alone / scale, together / scale, atol=1e-4)
    assert_allclose(together / scale, on_cpu / scale, atol=1e-3)
