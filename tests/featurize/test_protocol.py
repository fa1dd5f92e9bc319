"""Laws of the protocol: equal settings have one key, other settings another, and nonsense is refused."""

import doctest
import json
from dataclasses import FrozenInstanceError, asdict, replace

import pytest

import featurize.protocol
from featurize.protocol import ADDED, MOST, Protocol, ProtocolError, parse_crops, require_bounded

PAPER = Protocol("resnet50", "0" * 64)
OTHERS = {
    "encoder": "vgg16", "weights": "1" * 64, "crop": 650, "scale": 1.0, "crops": 12, "views": 10, "power": 1.0,
    "seed": 0, "precision": "bfloat16", "mode": "whole", "method": PAPER.method + 1,
    "stain": "none", "pooling": "mean", "style": "rakhlin2018", "tokens": "cls", "input": 224,
    "interpolation": "bilinear",
}  # fmt: skip


def test_the_defaults_are_the_papers():
    assert (PAPER.scale, PAPER.crops, PAPER.views, PAPER.power) == (0.5, 20, 50, 3)


def test_every_setting_is_part_of_the_key():
    assert OTHERS.keys() == asdict(PAPER).keys()
    keys = {replace(PAPER, **{field: value}).key for field, value in OTHERS.items()}
    assert len(keys | {PAPER.key}) == len(OTHERS) + 1


def test_equal_settings_have_one_key_however_they_are_written():
    assert PAPER.key == Protocol(weights="0" * 64, encoder="resnet50").key
    whole = replace(PAPER, scale=1.0, power=3.0)
    assert whole.key == replace(PAPER, scale=1, power=3).key == replace(PAPER, scale=1, crop=400.0).key
    assert len(PAPER.key) == 8
    assert int(PAPER.key, 16) >= 0


def test_json_round_trip():
    others = OTHERS | {"style": PAPER.style}  # the paper's program has its own stain and pooling
    for protocol in (PAPER, replace(PAPER, **others), replace(PAPER, style=OTHERS["style"])):
        again = Protocol(**json.loads(protocol.to_json()))
        assert again == protocol
        assert again.key == protocol.key


def test_settings_that_came_later_are_written_where_they_are_others_than_before():
    assert not set(PAPER.settings()) & set(ADDED)
    assert set(asdict(PAPER)) - set(PAPER.settings()) == set(ADDED)
    for field in ADDED:
        other = replace(PAPER, **{field: OTHERS[field]})
        assert set(other.settings()) - set(PAPER.settings()) == {field}
    old = json.dumps({name: value for name, value in asdict(PAPER).items() if name not in ADDED}, sort_keys=True)
    assert PAPER.to_json() == old


@pytest.mark.parametrize("setting", [{"input": 224}, {"tokens": "cls"}, {"style": "rakhlin2018"}])
def test_windows_are_refused_where_there_is_no_map_of_a_view(setting):
    alone = replace(PAPER, **setting)
    assert not alone.takes_windows
    with pytest.raises(ProtocolError, match=r"resnet50 cannot be asked in dense mode: .* use exact mode"):
        replace(alone, mode="dense")


@pytest.mark.parametrize("field", ["stain", "pooling", "style", "tokens", "interpolation"])
def test_a_word_that_is_none_is_refused_with_those_that_are(field):
    for value in ("other", "", None, 3):
        with pytest.raises(ProtocolError, match=f"{field} must be one of .*, not {value!r}"):
            replace(PAPER, **{field: value})


@pytest.mark.parametrize("side", [-1, 0.5, "224", float("nan"), 10**9, [224], "", [], None])
def test_an_input_that_is_no_side_is_refused(side):
    with pytest.raises(ProtocolError, match="input must be"):
        replace(PAPER, input=side)


def test_a_descriptor_with_deviations_is_twice_as_long():
    assert PAPER.width(512) == 512
    assert replace(PAPER, pooling="mean+std").width(512) == 1024


def test_settings_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        PAPER.crop = 3


def test_a_variant_is_named_like_a_row_of_the_paper():
    assert PAPER.variant == "resnet50-400@0.5"
    assert replace(PAPER, scale=1.0, crop=1300).variant == "resnet50-1300@1"


@pytest.mark.parametrize("field", ["crop", "scale", "crops", "views", "power"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_nonsense_is_refused_with_its_name_and_value(field, value):
    with pytest.raises(ProtocolError, match=rf"{field} must be a positive .*, not {value}"):
        replace(PAPER, **{field: value})


@pytest.mark.parametrize("field", ["crop", "crops", "views"])
def test_half_a_crop_is_refused(field):
    with pytest.raises(ProtocolError, match=rf"{field} must be a positive whole number, not 2.5"):
        replace(PAPER, **{field: 2.5})


@pytest.mark.parametrize("seed", [-1, 0.5])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(ProtocolError, match="seed must be"):
        replace(PAPER, seed=seed)


@pytest.mark.parametrize("method", [None, "1", 1.5, [], {}])
def test_a_method_that_is_no_count_is_refused(method):
    with pytest.raises(ProtocolError, match="method must be a whole number"):
        replace(PAPER, method=method)


def test_crops_take_the_common_scale_or_their_own():
    assert parse_crops("400,650", 0.5) == [(400, 0.5), (650, 0.5)]
    assert parse_crops(" 400@0.5 , 650@0.5,800@1,1300@1.0", 0.25) == [(400, 0.5), (650, 0.5), (800, 1), (1300, 1)]
    assert parse_crops("400,400@1", 0.5) == [(400, 0.5), (400, 1)]


@pytest.mark.parametrize("text", ["", "400,", "400@", "@1", "a", "400.5", "400@half", "400@0.5@1", "400 650"])
def test_what_is_no_crop_is_refused_with_an_example(text):
    with pytest.raises(ProtocolError, match="is not SIZE or SIZE@SCALE, as in 400,650@1"):
        parse_crops(text, 0.5)


@pytest.mark.parametrize("text", ["0", "-400", "400@0", "400@-1", "400@nan", "400@inf", "400,650@1e999"])
def test_crops_and_scales_are_positive(text):
    with pytest.raises(ProtocolError, match="must be positive"):
        parse_crops(text, 0.5)


def test_a_common_scale_that_is_no_number_is_refused():
    with pytest.raises(ProtocolError, match="must be positive"):
        parse_crops("400", float("nan"))


def test_a_crop_named_twice_is_refused():
    with pytest.raises(ProtocolError, match="twice"):
        parse_crops("400,650,400@0.5", 0.5)


def test_the_examples_hold():
    assert doctest.testmod(featurize.protocol).failed == 0


# what a stranger may ask for


@pytest.mark.parametrize("field", MOST)
def test_no_setting_asks_for_work_without_end(field):
    at_most = {"crop": 1, "crops": 1, "views": 1, "scale": 1.0} | {field: MOST[field]}  # one alone is not too much
    assert getattr(replace(PAPER, **at_most), field) == MOST[field]
    for value in (MOST[field] + 1, 10**9 * MOST[field], 10**400):
        with pytest.raises(ProtocolError, match=rf"{field} must be .*{MOST[field]:g} at most, not|seed must be"):
            replace(PAPER, **{field: value})


@pytest.mark.parametrize("field", ["crop", "scale", "crops", "views", "power", "seed", "encoder", "weights"])
@pytest.mark.parametrize("value", ["many", None, [3], {}, 1j, float("nan"), float("-inf"), b"1"])
def test_what_is_no_number_or_text_is_refused_with_its_name(field, value):
    if field in ("encoder", "weights") and isinstance(value, str):
        return
    with pytest.raises(ProtocolError, match=f"{field} must be"):
        replace(PAPER, **{field: value})


@pytest.mark.parametrize("mode", ["exact", "dense"])
@pytest.mark.parametrize("settings", [
    {"views": 20_000, "crops": 20_000}, {"crop": 8192, "crops": 20_000},
    {"crop": 1, "views": 20_000, "crops": 5000}])  # fmt: skip
def test_settings_that_are_modest_alone_are_not_so_together(mode, settings):
    if mode == "dense" and "views" not in settings:
        return  # a view is encoded once, however many crops
    with pytest.raises(ProtocolError, match=r"pixels would be worked on for one image, more than 1e\+11, .* fewer"):
        replace(PAPER, mode=mode, **settings)


def test_variants_that_are_modest_alone_are_not_so_together_or_for_a_large_image():
    protocols = [replace(PAPER, crop=crop, views=50) for crop in range(400, 800)]
    for modest in (protocols[:1], [PAPER, replace(PAPER, crop=650)] * 3):
        require_bounded(modest, 8192 * 8192)
    with pytest.raises(ProtocolError):
        require_bounded(protocols)
    dense = replace(PAPER, mode="dense", scale=8.0)
    require_bounded([dense], 1000 * 1000)
    with pytest.raises(ProtocolError):
        require_bounded([dense], 8192 * 8192)


def test_work_is_that_of_the_views_and_their_crops():
    assert PAPER.pixels() == 50 * 20 * 400**2
    assert PAPER.pixels(2048 * 1536) == 50 * (20 * 400**2 + 1024 * 768)
    assert replace(PAPER, mode="dense").pixels(2048 * 1536) < 2 * 50 * 1024 * 768
