"""Laws of the whole image, the plain way that a result is held against: resized, encoded as it is, nothing drawn."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from cohort.samples import Sample
from featurize.descriptor import describe_image, prepare
from featurize.encoders.registry import ENCODERS
from featurize.on_demand import describe_views, open_image, view_threads
from featurize.protocol import WHOLE, Protocol, whole_image
from imaging.phantom import draw_field
from tests.featurize.random_networks import random_digest, random_network, random_pool

NAME = "squeezenet1_1"
SIDE = ENCODERS[NAME].input


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    path = tmp_path_factory.mktemp("image") / "field.png"
    Image.fromarray(draw_field("insitu", "p", 0, 100, 176, seed=0).image).save(path)
    return path


def protocols():
    digest = random_digest(NAME)
    crops = Protocol(NAME, digest, crop=48, scale=0.5, crops=1, views=2)
    return crops, whole_image(NAME, SIDE, digest, "float32")


def test_its_descriptor_is_what_the_network_says_of_the_resized_file(image):
    whole = protocols()[1]
    rows = describe_image("any name", prepare((Sample("a", image, ""), [whole])), [whole], random_pool())
    resized = np.asarray(Image.open(image).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    encoder = ENCODERS[NAME]
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (encoder.mean, encoder.std))
    pixels = (torch.from_numpy(resized.copy()).float().permute(2, 0, 1) / 255 - mean) / std
    with torch.inference_mode():
        expected = random_network(NAME)(pixels[None])[0].numpy()
    assert rows[whole.key].descriptors.shape == (1, encoder.dim)
    assert_allclose(rows[whole.key].descriptors[0], expected, rtol=1e-3, atol=1e-4)


def test_it_is_described_beside_crops_without_changing_them(image):
    crops, whole = protocols()
    pool, sample = random_pool(), Sample("a", image, "")
    both = describe_image("a", prepare((sample, [crops, whole])), [crops, whole], pool)
    for protocol in (crops, whole):
        alone = describe_image("a", prepare((sample, [protocol])), [protocol], pool)
        assert_array_equal(both[protocol.key].descriptors, alone[protocol.key].descriptors, strict=True)
    assert both[whole.key].stain_status.item() == b""


def test_it_is_described_on_demand_as_in_the_cache_even_where_it_is_smaller_than_the_input(image):
    whole = protocols()[1]
    pool = random_pool()
    with view_threads(2) as threads:
        opened = open_image(image, {"whole": whole})
        found = describe_views(opened, {"whole": whole}, pool, range(1), threads, parts=2)
    rows = describe_image("a", prepare((Sample("a", image, ""), [whole])), [whole], pool)
    assert_array_equal(found["whole"], rows[whole.key].descriptors)


def test_its_name_says_what_it_is():
    whole = whole_image("inception_v3", ENCODERS["inception_v3"].input, "digest", "float32")
    assert (whole.variant, whole.mode, whole.views, whole.crops) == ("inception_v3-whole299", WHOLE, 1, 1)
