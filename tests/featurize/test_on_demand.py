"""Laws of describing single images: the same rows as extraction would make, a view at a time, in any thread."""

import shutil

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from cohort.phantom_cohort import write_phantoms
from cohort.samples import Sample
from featurize.encoders.encoder_pool import EncoderPool
from featurize.extract import describe_block
from featurize.on_demand import describe_views, open_image, view_threads
from featurize.protocol import Protocol
from imaging.phantom import draw_field
from imaging.read import ImageError
from tests.featurize.random_networks import random_digest


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    folder = tmp_path_factory.mktemp("image")
    write_phantoms(folder, [draw_field("insitu", "p", 0, 144, 176, seed=0)])
    return folder / "insitu_p_0.png"


@pytest.fixture(scope="module")
def protocols():
    return two_scales("exact")


def two_scales(mode):
    digest = random_digest("squeezenet1_1")
    common = {"encoder": "squeezenet1_1", "weights": digest, "crops": 2, "views": 4, "mode": mode}
    made = (Protocol(crop=64, scale=0.5, **common), Protocol(crop=96, scale=1.0, **common))
    return {protocol.variant: protocol for protocol in made}


@pytest.fixture(scope="module")
def pool():
    with EncoderPool({"squeezenet1_1": None}) as made:
        yield made


def described(image, protocols, pool, numbers, jobs=1, parts=1):
    with view_threads(jobs) as threads:
        return describe_views(open_image(image, protocols), protocols, pool, numbers, threads, parts)


@pytest.mark.parametrize("mode", ["exact", "dense"])
def test_the_rows_are_those_of_extraction_under_the_name_of_the_content(image, pool, mode):
    protocols = two_scales(mode)
    found = described(image, protocols, pool, range(4))
    sample = Sample(open_image(image, protocols).sha256, image, "")
    (_, rows, _), = describe_block([(sample, list(protocols.values()))], pool)  # fmt: skip
    for variant, protocol in protocols.items():
        assert_array_equal(found[variant], rows[protocol.key].descriptors)


def test_parts_threads_and_order_do_not_matter(image, protocols, pool):
    whole = described(image, protocols, pool, range(6), jobs=2, parts=3)
    parts = [described(image, protocols, pool, numbers) for numbers in (range(2), range(2, 3), range(3, 6))]
    for variant in protocols:
        assert whole[variant].shape == (6, 512)
        assert_array_equal(np.concatenate([part[variant] for part in parts]), whole[variant])


def test_a_copy_under_another_name_is_described_alike(image, protocols, pool, tmp_path):
    shutil.copy(image, tmp_path / "other.png")
    one, other = (described(path, protocols, pool, range(2)) for path in (image, tmp_path / "other.png"))
    for variant in protocols:
        assert_array_equal(one[variant], other[variant])


def test_what_is_no_image_or_too_small_is_told(image, protocols, tmp_path):
    (tmp_path / "text.png").write_text("no image")
    for path in (tmp_path / "text.png", tmp_path / "gone.png", tmp_path):
        with pytest.raises(ImageError, match="not a readable image"):
            open_image(path, protocols)
    write_phantoms(tmp_path, [draw_field("normal", "p", 0, 90, 176, seed=0)])
    with pytest.raises(ImageError, match="too small for crops of"):
        open_image(tmp_path / "normal_p_0.png", protocols)


def test_the_stain_is_told(image, protocols, tmp_path):
    from PIL import Image

    Image.new("RGB", (176, 144), "white").save(tmp_path / "white.png")
    assert open_image(image, protocols).status == "ok"
    assert open_image(tmp_path / "white.png", protocols).status == "little tissue"
