"""Laws of company: what is described beside it, in which order or batches, changes no descriptor."""

from contextlib import contextmanager
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from featurize.descriptor import describe_image, prepare_image
from featurize.encoders.inference import TorchRunner
from featurize.encoders.networks import build_network
from featurize.encoders.registry import ENCODERS
from featurize.encoders.threads import one_thread
from featurize.protocol import Protocol, whole_image
from featurize.resizing import resize_crops
from imaging.phantom import draw_field
from imaging.stain import optical_density
from tests.featurize.random_networks import random_digest, random_pool

NAME = "squeezenet1_1"
FIELDS = [draw_field(kind, "p", 0, 90, 110, seed=0).image for kind in ("normal", "invasive")]
TINY = (("img_size", 32), ("depth", 2), ("embed_dim", 32), ("num_heads", 2))  # of a ViT


class Recorder:
    """A pool whose networks give each crop's mean colour, and keep the crops."""

    device = place = "cpu"

    def __init__(self):
        self.crops = {}  # by protocol's key

    @contextmanager
    def lend(self, protocol):
        self.key = protocol.key
        yield self

    def features(self, crops):
        self.crops.setdefault(self.key, []).append(crops.clone())
        return crops.float().mean(dim=(1, 2))


def squeezenet(**settings):
    common = {"crop": 40, "scale": 1.0, "crops": 3, "views": 2}
    return Protocol(NAME, random_digest(NAME), **common | settings)


def described(protocols, field=FIELDS[1], pool=None):
    rows = describe_image("a", prepare_image(field, protocols), protocols, pool or random_pool())
    return {protocol: rows[protocol.key] for protocol in protocols}


def test_protocols_side_by_side_in_any_order_are_described_as_each_alone():
    protocols = [squeezenet(), squeezenet(stain="none"), squeezenet(pooling="mean+std", crop=48),
                 whole_image(NAME, 64, random_digest(NAME), "float32")]  # fmt: skip
    alone = {protocol: described([protocol])[protocol] for protocol in protocols}
    for order in list(permutations(protocols))[::5]:
        for protocol, row in described(order).items():
            assert_array_equal(row.descriptors, alone[protocol].descriptors)
            assert_array_equal(row.gains, alone[protocol].gains)
            assert_array_equal(row.boxes, alone[protocol].boxes)


def test_images_in_any_order_are_described_as_each_alone():
    first = [described([squeezenet()], field)[squeezenet()].descriptors for field in FIELDS]
    again = [described([squeezenet()], field)[squeezenet()].descriptors for field in FIELDS[::-1]]
    for one, other in zip(first, again[::-1], strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize("tokens", ["cls", "patches", "cls+patches", "map"])
def test_the_size_of_batches_changes_no_descriptor(tokens):
    vit = replace(ENCODERS["vit_small_patch16_224"], name="tiny", architecture="vit_tiny_patch16_224", arguments=TINY,
                  dim=32 * len(tokens.split("+")), tokens=tokens, input=32)  # fmt: skip
    encoder = ENCODERS[NAME] if tokens == "map" else vit
    network = build_network(encoder).eval()
    crops = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (15, 32, 32, 3), dtype=np.uint8))
    runner = TorchRunner(network, encoder, "cpu", "float32")
    found = {}
    with one_thread():
        for batch in (1, 7, 64):
            runner.batch = batch
            found[batch] = runner.features(crops).numpy()
            shuffled = runner.features(crops.flip(0)).numpy()[::-1]
            assert_allclose(shuffled, found[batch], rtol=1e-4, atol=1e-5)
    assert found[1].shape == (15, encoder.dim)
    for batch in (7, 64):
        assert np.linalg.norm(found[batch] - found[1]) < 1e-4 * np.linalg.norm(found[1])


# what the settings of a protocol do to a descriptor


def test_crops_of_a_network_of_fixed_input_are_resized_before_they_are_encoded():
    recorder = Recorder()
    plain, small, large = squeezenet(), squeezenet(input=24), squeezenet(input=64, interpolation="bilinear")
    rows = described([large, plain, small], pool=recorder)
    for view in range(2):
        crops = recorder.crops[plain.key][view]
        for protocol in (small, large):
            expected = resize_crops(crops, protocol.input, protocol.interpolation)
            assert_array_equal(recorder.crops[protocol.key][view], expected)
            assert_array_equal(rows[protocol].boxes, rows[plain].boxes)


def test_a_descriptor_with_deviations_begins_with_the_means():
    both = squeezenet(pooling="mean"), squeezenet(pooling="mean+std")
    means, with_deviations = (described(both)[protocol].descriptors for protocol in both)
    assert means.shape == (2, 512) and with_deviations.shape == (2, 1024)
    assert_array_equal(with_deviations[:, :512], means)
    assert (with_deviations[:, 512:] >= 0).all() and with_deviations[:, 512:].any()


def test_an_image_that_keeps_its_stains_varies_along_them_alone():
    recorder, protocol = Recorder(), squeezenet(stain="none", crop=90, crops=1)
    row = described([protocol], pool=recorder)[protocol]
    assert row.stain_status.item() == b"ok"
    for view, (crop,) in enumerate(recorder.crops[protocol.key]):
        left = row.boxes[view, 0, 1]
        before = optical_density(FIELDS[1][:, left : left + 90]).mean(axis=1)
        moved = optical_density(crop.numpy()).mean(axis=1) - before  # (3,): turning changes no mean
        across = moved - row.stain_matrix @ np.linalg.pinv(row.stain_matrix) @ moved
        assert np.abs(across).max() < 0.01  # grey levels are rounded
        assert np.abs(moved).max() > 0.02


def test_an_image_without_stains_to_speak_of_stays_as_it_is_and_says_so():
    recorder, protocol = Recorder(), squeezenet(stain="none", crop=90, crops=1)
    grey = np.random.default_rng(0).integers(90, 110, (90, 90, 1)).repeat(3, axis=2).astype(np.uint8)
    row = described([protocol], grey, recorder)[protocol]
    assert row.stain_status.item() != b"ok"
    assert_array_equal(row.gains, np.ones((2, 2)))
    for (crop,) in recorder.crops[protocol.key]:
        assert_array_equal(np.sort(crop.numpy(), axis=None), np.sort(grey, axis=None))
