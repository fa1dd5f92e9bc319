"""Laws of crops that fit: what auto takes, and what is advised, is accepted whatever the sizes of the images."""

import re
import shlex
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from cohort.checks.file_checks import Inspected
from cohort.read_dataset import read_dataset
from commands.extract_options import ExtractOptions
from featurize.crops_that_fit import (
    ENLARGING,
    LEAST,
    AutoCrops,
    as_options,
    auto_crops,
    fitting_crops,
    if_few_were_left_out,
    least_crop,
    not_fitting,
    rescaled,
    too_small,
    way_out,
)
from featurize.plan import draft_protocol, plan_extraction
from featurize.protocol import parse_crops
from imaging.crops import CropTooLarge
from imaging.read import ImageInfo

SIDES = [*range(2, 130), *range(130, 1700, 37), 224, 384, 512, 649, 650, 651, 767, 768, 866, 867, 1299, 1300, 20_000]
NETWORKS = ("squeezenet1_1", "resnet50", "vgg16", "inception_v3", "keras_resnet50", "vit_small_patch16_224")
ASKED = [
    [(400, 0.5), (650, 0.5)], [(400, 0.5)], [(224, 1.0)], [(400, 0.5), (1300, 1.0)], [(300, 2.0), (400, 0.3)],
    [(50, 0.25), (8000, 0.25)], [(400, 0.5), (400, 1.0)], [(197, 0.123456789)],
]  # fmt: skip


def fits(crops, side):
    return bool(crops) and all(crop <= rescaled(side, scale) for crop, scale in crops)


def info(height, width):
    return ImageInfo("0" * 64, height, width, "")


@pytest.mark.parametrize("name", NETWORKS)
def test_auto_fits_whatever_the_shortest_side_and_is_accepted_by_the_network(name):
    least = least_crop([name])
    for side in SIDES:
        crops = auto_crops(side, least)
        if rescaled(side, ENLARGING[-1]) < least:
            assert crops == []
            continue
        assert fits(crops, side) and len(set(crops)) == len(crops)
        for crop, scale in crops:
            draft_protocol(name, crop, scale)
            assert crop >= LEAST and (scale <= 1 or side < least), "images are enlarged where nothing else does"


@pytest.mark.parametrize(("side", "scale"), [(1536, 0.5), (1300, 0.5), (900, 0.75), (768, 1), (650, 1)])
def test_auto_takes_the_papers_crops_where_they_fit_and_their_shares_of_the_side_where_not(side, scale):
    assert auto_crops(side) == [(400, scale), (650, scale)]
    for smaller in (649, 512, 224, 100):
        (small, large) = (crop / smaller for crop, _ in auto_crops(smaller))
        assert small == pytest.approx(400 / 768, abs=0.01) and large == pytest.approx(650 / 768, abs=0.01)


@pytest.mark.parametrize("scale", [0.1, 0.5, 1.0, 2.0])
def test_a_scale_that_is_given_is_kept_by_auto(scale):
    for side in SIDES:
        crops = auto_crops(side, scale=scale)
        assert {own for _, own in crops} <= {scale}
        assert fits(crops, side) == (rescaled(side, scale) >= LEAST)
        if rescaled(side, scale) >= 650:
            assert crops == [(400, scale), (650, scale)]


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("least", [LEAST, 75, 197])
def test_what_is_advised_fits_and_can_be_copied(asked, least):
    for side in SIDES:
        crops = fitting_crops(asked, side, least)
        if not crops:
            assert rescaled(side, ENLARGING[-1]) < least
            continue
        assert fits(crops, side)
        words = shlex.split(as_options(crops))
        given = dict(zip(words[::2], words[1::2], strict=True))
        assert parse_crops(given["--crops"], float(given.get("--scale", "0.5"))) == crops
        assert max(scale for _, scale in crops) <= max(1, *(scale for _, scale in asked)) or side < least


@pytest.mark.parametrize("asked", ASKED)
def test_what_fits_is_left_as_it_was_asked(asked):
    for side in SIDES:
        if fits(asked, side):
            assert fitting_crops(asked, side) == asked


def test_the_nearest_is_a_larger_round_scale_and_then_smaller_crops():
    paper = ASKED[0]
    assert fitting_crops(paper, 768) == [(400, 1.0), (650, 1.0)]
    assert fitting_crops(paper, 1000) == [(400, 0.75), (650, 0.75)]
    assert fitting_crops(paper, 224) == auto_crops(224)
    assert fitting_crops([(224, 1.0), (400, 1.0)], 300) == [(224, 1.0), (254, 1.0)], "one of two fits"
    assert fitting_crops(ASKED[3], 1000) == [(400, 0.5), (846, 1.0)]


def test_the_message_says_how_many_names_the_first_and_gives_values():
    images = {"a.png": info(768, 896), "b.png": info(800, 5000), "c.png": info(768, 896)}
    reasons = not_fitting(images, ASKED[0])
    said = way_out(reasons, images, ASKED[0], LEAST)
    assert said.startswith("crop 400 does not fit a.png (448 x 384 after scale 0.5), and 3 of 3 images are too small")
    assert "--scale 1 fits crops 400, 650: use --crops 400,650 --scale 1; or use --crops auto" in said
    assert "of 1 images" not in way_out({"a.png": "x"}, {"a.png": info(768, 896)}, ASKED[0], LEAST)
    tiny = {"a.png": info(1, 9)}
    said = way_out(not_fitting(tiny, ASKED[0]), tiny, ASKED[0], LEAST)
    assert too_small("a.png", tiny["a.png"], LEAST) in said and "a.png (9 x 1 pixels) is too small for any crop" in said


def test_auto_without_any_image_large_enough_says_so():
    auto = AutoCrops(("inception_v3",))
    with pytest.raises(CropTooLarge, match=r"b \(6 x 6 pixels\) is too small for any crop.*75 pixels"):
        auto.chosen({"a": info(99, 99), "b": info(6, 6)})
    assert auto.chosen({"a": info(99, 99), "b": info(6, 6)}, skip=True) == auto_crops(99, 75)
    with pytest.raises(CropTooLarge, match=r"at scale 0\.1.*larger --scale or none"):
        AutoCrops(("vgg16",), scale=0.1).chosen({"a": info(99, 99)})


def test_a_few_small_images_are_told_unless_a_class_has_no_other():
    auto = AutoCrops(("squeezenet1_1",))
    sides = [*[2000] * 20, 64]
    said = if_few_were_left_out(sides, ["x", "y"] * 10 + ["x"], auto_crops(64), auto)
    assert said.startswith("1 of 21 images") and "--crops 400,650 --scale 0.5 --on-error skip" in said
    assert if_few_were_left_out(sides, ["x"] * 20 + ["y"], auto_crops(64), auto) == ""
    assert if_few_were_left_out([224, 223] * 9, ["x", "y"] * 9, auto_crops(223), auto) == ""


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """What plans an extraction of images that are said to be of some sizes, under some options."""

    def plan(sizes, skip=False, **options):
        folder = tmp_path / "fields"
        facts = {}
        for number, size in enumerate(sizes):
            path = folder / "ab"[number % 2] / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                Image.fromarray(np.full((2, 2, 3), number, np.uint8)).save(path)
            facts[f"{'ab'[number % 2]}/{number}.png"] = info(*size)
        inspected = Inspected(facts)
        monkeypatch.setattr("featurize.plan.inspect_all", lambda samples, known: inspected)
        asked = ExtractOptions(encoders="squeezenet1_1", preset="draft", **options)
        return plan_extraction(read_dataset(folder), asked.variants, "random", "cpu", skip=skip, **asked.protocol)

    monkeypatch.setattr("featurize.plan.network_facts", lambda encoder, pool: {"digest": "", "dim": 512})
    monkeypatch.setattr("featurize.plan.size_notices", lambda *_: [])
    return plan


def options_in(message):
    """The piece of a command line in a message, as options."""
    words = shlex.split(re.search(r"use (--crops \S+(?: --scale [\d.]+)?)", message.replace(", ", " , ")).group(1))
    found = dict(zip(words[::2], words[1::2], strict=True))
    return {"crops": found["--crops"]} | ({"scale": float(found["--scale"])} if "--scale" in found else {})


@pytest.mark.parametrize("mode", ["exact", "dense"])
@pytest.mark.parametrize("crops", ["400,650", "100,400@0.5,1300@1", "8000"])
def test_the_advice_is_followed_without_an_error_and_so_is_auto(planned, crops, mode):
    rng = np.random.default_rng(1)
    for _ in range(12):
        sizes = np.exp(rng.uniform(np.log(20), np.log(3000), (6, 2))).astype(int).tolist()
        assert planned(sizes, crops="auto", mode=mode).protocols
        try:
            planned(sizes, crops=crops, mode=mode)
        except CropTooLarge as error:
            assert planned(sizes, mode=mode, **options_in(str(error))).protocols


def test_a_few_small_images_may_be_left_out_as_the_message_says(planned):
    sizes = [(1536, 2048)] * 8 + [(300, 4000)]
    with pytest.raises(CropTooLarge, match="--on-error skip leaves out the one that"):
        planned(sizes)
    plan = planned(sizes, skip=True)
    assert list(plan.refused) == ["a/8.png"] and len(plan.images) == 8
    with pytest.raises(CropTooLarge) as lost:
        planned([(1536, 2048), (300, 300)] * 3, skip=True)
    assert "use --crops" in str(lost.value) and "--on-error" not in str(lost.value), "a class would be gone"


def test_auto_is_as_if_its_crops_had_been_asked_for(planned):
    for side in (40, 224, 768, 1536):
        sizes = [(side, 2 * side)] * 4
        crops = auto_crops(side, least_crop(["squeezenet1_1"]))
        asked = planned(sizes, crops=",".join(f"{crop}@{scale}" for crop, scale in crops))
        assert planned(sizes, crops="auto").protocols == asked.protocols
        assert planned(sizes, crops="Auto ", scale=1.0).protocols[0].scale == 1


def test_settings_without_sense_are_told_with_auto_too_before_an_image_is_read():
    unread = SimpleNamespace(samples=None)
    with pytest.raises(ValueError, match="unknown encoder"):
        plan_extraction(unread, AutoCrops(("nothing",)), "random", "cpu")
