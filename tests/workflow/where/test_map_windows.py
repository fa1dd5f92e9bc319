"""Laws of evidence maps: they are the bundle's own answers for windows, and lie where the class lies."""

import doctest
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from PIL import Image

import workflow.where.map_windows
from boost.bundle.bundle import Bundle
from featurize.descriptor import prepare_image
from featurize.pooling import pool_crops, pool_windows
from featurize.protocol import MEAN_AND_STD
from imaging.files import memory_budget
from imaging.files.memory_budget import MemoryBudget
from imaging.read import ImageError, read_image
from tests.imaging.test_read import png
from tests.workflow.where.conftest import CROWDED, EMPTY, tissue
from workflow.answering.bundle_describer import describer_of
from workflow.answering.describer import AllDescribers
from workflow.answering.encoder_views import EncoderDescriber
from workflow.where.map_windows import NoMapError, WindowModels, evidence_map


@pytest.fixture
def field(tmp_path):
    """What writes pixels to a file."""

    def write(name, pixels):
        path = tmp_path / f"{name}.png"
        Image.fromarray(pixels).save(path)
        return path

    return write


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_the_mass_of_a_class_lies_in_the_corner_where_it_is(field, asked, corner):
    bundle, describer = asked
    rows, columns = (slice(96), slice(96, 192))[corner[0]], (slice(112), slice(112, 224))[corner[1]]
    near_rows, near_columns = (slice(128), slice(64, 192))[corner[0]], (slice(144), slice(80, 224))[corner[1]]
    image = tissue(EMPTY, 50, 192, 224)
    image[rows, columns] = tissue(CROWDED, 50, 192, 224)[rows, columns]
    evidence = evidence_map(bundle, field(f"corner{corner}", image), describer)
    crowded = evidence.values[..., bundle.classes.index(CROWDED)]
    assert crowded.shape == (192, 224), "a cell for each pixel"
    is_dense = next(iter(bundle.variants)).endswith("dense")  # cells of maps see beyond their window
    share = crowded[rows, columns].sum() / crowded.sum()
    assert share > (0.4 if is_dense else 0.6), "in a quarter of the area"
    assert crowded[rows, columns].mean() > 0.8
    far = np.full((192, 224), True)
    far[near_rows, near_columns] = False  # a window of 32 may reach so far and still see the corner
    assert crowded[far].mean() < (0.4 if is_dense else 0.1)


def test_a_window_is_answered_as_its_descriptor_is_by_the_bundle(field, asked):
    bundle, describer = asked
    path = field("any", tissue(CROWDED, 60, 100, 130))
    table = evidence_map(bundle, path, describer).table("any")
    (variant, protocol), *_ = describer.parts[0].protocols.items()
    start = prepare_image(read_image(path), [protocol]).start(protocol)[0]  # (h, w, 3)
    with describer.parts[0].pool.lend(protocol) as runner:
        maps = runner.maps(torch.tensor(start)) if protocol.mode == "dense" else []
        for _, row in table.iloc[::9].iterrows():
            top, left = int(row["top"]), int(row["left"])
            crop = torch.tensor(start[top : top + 32, left : left + 32][None])
            corner = np.array([[top, left]])
            features = pool_windows(maps, corner, 32, 100, 130) if maps else runner.features(crop)
            descriptor = pool_crops(features, protocol).numpy()[None, None]  # (image, view, dim)
            answer = bundle.predict_proba({variant: descriptor})[0]
            assert_allclose([row[f"raw_{name}"] for name in bundle.classes], answer, atol=1e-5)


def test_workers_and_places_do_not_matter(field, asked):
    bundle, describer = asked
    path = field("moved", tissue(CROWDED, 61, 70, 90))
    one = evidence_map(bundle, path, describer, jobs=1)
    three = evidence_map(bundle, path, describer, jobs=3, memory=MemoryBudget(share=0.5))
    assert_allclose(one.values, three.values, atol=1e-6)
    assert (one.height, one.width) == (70, 90) and one.window == (32, 32) and one.classes == bundle.classes
    assert_allclose(one.values.sum(axis=2), 1, atol=1e-6)


def test_two_variants_of_other_scales_share_the_map_and_the_vote(place):
    bundle = Bundle.open(place.bundle)
    with describer_of(bundle) as describer:
        evidence = evidence_map(bundle, place.new / "test2.png", describer)
        assert [of_variant.variant for of_variant in evidence.answers] == list(bundle.variants)
        rows = {name: np.zeros((1, facts["network"]["dim"]), np.float32) for name, facts in bundle.variants.items()}
        apart = [bundle.variant_probabilities(name, zeros) for name, zeros in rows.items()]
        together = bundle.predict_proba({name: zeros[None] for name, zeros in rows.items()})
        assert_allclose(np.mean(apart, axis=0), together)
        names = {"bundle": bundle, "path": place.new / "test2.png", "describer_of": describer_of}
        assert doctest.testmod(workflow.where.map_windows, extraglobs=names).failed == 0
    for of_variant in evidence.answers:
        assert of_variant.boxes[:, :2].min() == 0
        assert_allclose((of_variant.boxes[:, :2] + of_variant.boxes[:, 2:]).max(axis=0), [144, 176])


@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 500), (500, 32)])
def test_images_hardly_larger_than_a_window_have_a_map(field, asked, height, width):
    bundle, describer = asked
    evidence = evidence_map(bundle, field("narrow", tissue(EMPTY, 1, height, width)), describer)
    assert evidence.values.shape[2] == 4 and evidence.picture.shape == (height, width, 3)


def test_what_cannot_be_mapped_says_why(field, asked):
    bundle, describer = asked
    small = field("small", tissue(EMPTY, 1, 31, 90))
    with pytest.raises(ImageError, match=r"small\.png: is 90 x 31 pixels .* too small for crops of 32"):
        evidence_map(bundle, small, describer)
    with pytest.raises(ImageError, match=r"has changed since it was answered for"):
        evidence_map(bundle, small, describer, digest="0" * 64)
    with pytest.raises(ImageError, match=r"does not exist"):
        evidence_map(bundle, Path("gone.png"), describer)
    spread = EncoderDescriber(
        {name: replace(one, pooling=MEAN_AND_STD) for name, one in describer.parts[0].protocols.items()},
        describer.parts[0].pool,
    )
    with pytest.raises(NoMapError, match=r"fields has no evidence maps\. .*deviate from each other"):
        WindowModels.of(bundle, AllDescribers([spread]))


def test_an_image_for_which_the_memory_does_not_suffice_is_refused_before_it_is_decoded(asked, tmp_path, monkeypatch):
    bundle, describer = asked
    (tmp_path / "large.png").write_bytes(png(8, 2, 8000, 8000, b""))
    monkeypatch.setattr(memory_budget.psutil, "virtual_memory", lambda: SimpleNamespace(available=1 << 30))
    with pytest.raises(ImageError, match=r"large\.png: 8000 x 8000 pixels need about .* cut it into smaller images"):
        evidence_map(bundle, tmp_path / "large.png", describer)
